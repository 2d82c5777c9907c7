// What a script hands to `fit`.

import type { Task, TextBackbone } from "../data/load-task.ts";
import type { Inside } from "../models/inside.ts";
import type { LayerMemory } from "../models/layer-memory.ts";
import type { Initialiser, TensorsOf } from "../prompts/initialisers.ts";
import type { Tensor3D } from "../tf.ts";
import type { Optimizer } from "./optimizers.ts";
import type { Group } from "./parameters.ts";
import type { Projection } from "./projections.ts";
import type { Schedule } from "./schedules.ts";
import type { Words } from "./step.ts";

type Initialisers = Readonly<Record<string, Initialiser>>;

export interface FitSettings<Parameters extends Initialisers, Constants extends Initialisers = Initialisers> {
  /** Names the run's folder: `runs/<name>/<number>`. */
  readonly name: string;
  /** Hash of the plan the script came from; it goes into the adapter's manifest. */
  readonly spec: string;
  readonly backbone: TextBackbone;
  readonly task: Task;
  /** The tensors that learn, by name; nothing else does. */
  readonly parameters: Parameters;
  /** Tensors that the method reads and nothing trains, by name: drawn once, from the same seed. */
  readonly constants?: Constants;
  /**
   * What the backbone reads, `[batch, prompt + rows, width]`, made of the tensors and of the words: `x`, `[batch, rows,
   * width]`, where rows ≤ the task's maxTokens, and what else there is to know of them. Left out, it reads the words.
   */
  readonly input?: (tensors: TensorsOf<Parameters & Constants>, x: Tensor3D, words: Words) => Tensor3D;
  /** What is changed inside the backbone's blocks. Its tensors are parameters as they are, and `input` does not read them. */
  readonly inside?: (tensors: TensorsOf<Parameters>) => Inside;
  /** One learning rate for each group; every tensor is in exactly one. */
  readonly groups: Readonly<Record<string, Group<keyof Parameters & string>>>;
  /** What is done to a tensor after each step. */
  readonly projections?: Readonly<Partial<Record<keyof Parameters & string, Projection>>>;
  /** The plan's total of trained entries. */
  readonly trained: number;
  readonly optimizer: Optimizer;
  readonly schedule: Schedule;
  readonly steps: number;
  /** Examples the backbone reads at once. */
  readonly batch: number;
  /** Batches in a step, their gradients added up; default 1. */
  readonly accumulate?: number;
  /** Whether the examples of a batch are of similar lengths. */
  readonly buckets?: boolean;
  /** What the backbone's layers hold for the backward pass: their activations, by default, or their input alone. */
  readonly memory?: LayerMemory;
  /** Limit of the global norm over all groups together; without it nothing is clipped. */
  readonly clip?: number;
  /** Validation accuracy is measured after every so many steps, and after the last. */
  readonly evaluateEvery: number;
  /** Training ends early after so many evaluations without a better one. */
  readonly patience?: number;
  readonly seed: number;
}
