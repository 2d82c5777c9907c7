// A run on its way: what it was asked for, where it stands, what it has done.

import type { Example } from "../data/load-task.ts";
import type { Scores } from "../data/metrics/metric.ts";
import type { Initialiser } from "../prompts/initialisers.ts";
import type { Pace } from "../report/pace.ts";
import type { Progress, TextStream } from "../report/progress.ts";
import type { StartedBackend } from "../tf.ts";
import type { Constant } from "./constants.ts";
import type { Evaluation } from "./evaluate.ts";
import type { Parameter } from "./parameters.ts";
import type { RunFolder } from "./run-folder.ts";
import type { StepRecord, ValidationRecord } from "./run-record.ts";
import type { FitSettings } from "./settings.ts";
import type { InsideOf, Method } from "./step.ts";
import type { StopSignal } from "./stop-signal.ts";

/** Settings with the names and shapes of the tensors forgotten: what the training loop works with. */
export type AnySettings = Omit<FitSettings<Readonly<Record<string, Initialiser>>>, "input" | "inside"> & {
  readonly input?: Method;
  readonly inside?: InsideOf;
};

/** What a run is given by where it runs: the command line, the terminal. */
export interface Surroundings {
  /** Folder under which the run's folder is made. */
  readonly runs: string;
  /** Instead of the script's number of steps. */
  readonly steps: number | undefined;
  /** Whether to go on with the latest unfinished run of the same plan, if there is one. */
  readonly resume?: boolean;
  /** For the result. */
  readonly out: TextStream;
  /** For progress. */
  readonly log: TextStream;
}

/** Values of all tensors after some step. */
export interface Snapshot {
  readonly step: number;
  readonly values: ReadonlyMap<string, Float32Array>;
}

/** A run on its way. */
export interface Run {
  readonly settings: AnySettings;
  readonly steps: number;
  readonly backend: StartedBackend;
  readonly parameters: readonly Parameter[];
  /** The values they began with, also where the run goes on from a checkpoint. */
  readonly first: ReadonlyMap<string, Float32Array>;
  readonly constants: readonly Constant[];
  /** The method's function, its constants put in. */
  readonly method: Method;
  readonly examplesOf: (step: number) => Example[];
  readonly folder: RunFolder;
  /** What TensorBoard reads of this process. */
  readonly events: string;
  readonly progress: Progress;
  readonly pace: Pace;
  readonly stop: StopSignal;
  /** When its first process began. */
  readonly startedAt: Date;
  /** Spent so far, by all its processes. */
  readonly seconds: () => number;
  /** Seconds since the last checkpoint; `checkpointed` sets them back. */
  readonly sinceCheckpoint: () => number;
  readonly checkpointed: () => void;
  readonly history: History;
}

export interface History {
  /** Every line of the metrics, in order. */
  readonly lines: object[];
  readonly steps: StepRecord[];
  readonly validations: ValidationRecord[];
  /** Accuracy on the test rows before training. */
  before: number | undefined;
  /** The task's metrics on the test rows before training. */
  scoresBefore: Scores | undefined;
  after: Evaluation | undefined;
  /** By the task's first metric. */
  best: (Snapshot & { readonly score: number }) | undefined;
  /** The latest values known to give a finite loss. */
  lastGood: Snapshot;
}
