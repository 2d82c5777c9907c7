// Everything there is to say about a run: what its manifest, its report and its summary are made from.

import type { Split } from "../data/load-task.ts";
import type { Scores } from "../data/metrics/metric.ts";
import type { BackboneIdentity } from "../models/backbone.ts";
import type { Initialiser, Shape } from "../prompts/initialisers.ts";
import type { Evaluation } from "./evaluate.ts";
import type { Optimizer } from "./optimizers.ts";
import type { Projection } from "./projections.ts";
import type { Schedule } from "./schedules.ts";

export interface TensorRecord {
  readonly name: string;
  /** Of a weight of the backbone, whose name is the checkpoint's, the method's tensor that it is a place of. */
  readonly tensor?: string;
  readonly shape: Shape;
  readonly group: string;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly projection?: Projection;
  readonly initialiser: Initialiser;
}

/** A tensor that was never trained. */
export interface ConstantRecord {
  readonly name: string;
  readonly shape: Shape;
  readonly initialiser: Initialiser;
  /** The seed brings its values back, so the adapter's file does not hold it. */
  readonly redrawn: boolean;
}

export interface StepRecord {
  /** Steps done, this one counted. */
  readonly step: number;
  /** Mean token cross-entropy of the batch, nats. */
  readonly loss: number;
  /** Of all gradients together, before clipping. */
  readonly gradientNorm: number;
  /** By group, as used in this step. */
  readonly learningRates: Readonly<Record<string, number>>;
  readonly examplesPerSecond: number;
}

/** Whether a line of the metrics is a step's. */
export function isStep(line: object): line is StepRecord {
  return "gradientNorm" in line;
}

export interface ValidationRecord {
  /** Steps done when it was measured. */
  readonly step: number;
  /** From 0 to 1. */
  readonly accuracy: number;
  /** Of the task's metrics, in their order. */
  readonly scores: Scores;
}

/** How the training ended; `running` in files written in the midst of it. */
export type Ending =
  | { readonly kind: "running" }
  /** `patience`: before its last step, after so many evaluations without a better one. */
  | { readonly kind: "finished"; readonly patience?: number }
  | { readonly kind: "interrupted"; readonly signal: "SIGINT" | "SIGTERM" }
  | { readonly kind: "failed"; readonly reason: string; readonly cause?: "device" };

/** Which values the adapter holds: those that the first metric finds best on validation, or the latest where none was measured. */
export interface Kept {
  readonly step: number;
  readonly because: "best on validation" | "latest";
}

export interface SplitRecord {
  readonly source: string;
  readonly rows: number;
  readonly majority: { readonly text: string; readonly share: number };
}

export interface Settings {
  readonly seed: number;
  readonly steps: number;
  readonly batch: number;
  /** Batches in a step; 1 where it is left out. */
  readonly accumulate?: number;
  readonly patience?: number;
  /** Groups that have a schedule or a limit of their own. */
  readonly groups?: Readonly<Record<string, { readonly schedule?: Schedule; readonly clip?: number }>>;
  readonly clip: number | undefined;
  readonly evaluateEvery: number;
  readonly optimizer: Optimizer;
  readonly schedule: Schedule;
  readonly maxTokens: number;
  readonly input: string;
}

/** A test row with what the tuned backbone says of it. */
export interface Prediction {
  readonly text: string;
  readonly label: number;
  readonly predicted: number;
  /** Probability of each class among the classes, `[classes]`. */
  readonly probabilities: readonly number[];
  /** Where the target is free text; there are no classes then. */
  readonly written?: { readonly text: string; readonly references: readonly string[] };
}

export interface RunRecord {
  readonly name: string;
  /** Hash of the plan the script came from. */
  readonly spec: string;
  readonly startedAt: string;
  readonly seconds: number;
  readonly versions: { readonly dept: string; readonly node: string; readonly tfjs: string };
  readonly backend: { readonly name: string; readonly description: string };
  readonly backbone: BackboneIdentity;
  readonly settings: Settings;
  readonly tensors: readonly TensorRecord[];
  readonly constants: readonly ConstantRecord[];
  readonly trained: number;
  readonly data: Readonly<Record<Split, SplitRecord>>;
  /** Texts of the classes, in their order; none where the target is free text. */
  readonly classes: readonly string[];
  readonly steps: readonly StepRecord[];
  readonly validations: readonly ValidationRecord[];
  readonly kept: Kept;
  readonly ending: Ending;
  /** Accuracy on the test rows with the tensors as they started. */
  readonly before: number | undefined;
  /** The task's metrics there. */
  readonly scoresBefore: Scores | undefined;
  /** On the test rows, with the adapter's values. */
  readonly after: Evaluation | undefined;
  /** The test rows, in their order; empty without `after`. */
  readonly predictions: readonly Prediction[];
}
