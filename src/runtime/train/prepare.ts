// Everything a run needs before its first step, checked while nothing expensive has happened yet.

import { batchOrder } from "../data/batches.ts";
import type { Example } from "../data/load-task.ts";
import { OperationalError } from "../operational-error.ts";
import type { Initialiser } from "../prompts/initialisers.ts";
import { Pace } from "../report/pace.ts";
import { Progress, type TextStream } from "../report/progress.ts";
import { startBackend, type StartedBackend, type Tensor3D } from "../tf.ts";
import {
  assertFrozen,
  createConstants,
  disposeConstants,
  withConstants,
  type Constant,
} from "./constants.ts";
import type { Evaluation } from "./evaluate.ts";
import {
  assertPlanned,
  copyValues,
  createParameters,
  disposeParameters,
  type Parameter,
} from "./parameters.ts";
import { createRunFolder, type RunFolder } from "./run-folder.ts";
import type { StepRecord, ValidationRecord } from "./run-record.ts";
import type { FitSettings } from "./settings.ts";
import type { InsideOf, Method } from "./step.ts";
import { listenForStop, type StopSignal } from "./stop-signal.ts";

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
  readonly constants: readonly Constant[];
  /** The method's function, its constants put in. */
  readonly method: Method;
  readonly examplesOf: (step: number) => Example[];
  readonly folder: RunFolder;
  readonly progress: Progress;
  readonly pace: Pace;
  readonly stop: StopSignal;
  readonly startedAt: Date;
  readonly history: History;
}

export interface History {
  readonly steps: StepRecord[];
  readonly validations: ValidationRecord[];
  /** Accuracy on the test rows before training. */
  before: number | undefined;
  after: Evaluation | undefined;
  best: (Snapshot & { readonly accuracy: number }) | undefined;
  /** The latest values known to give a finite loss. */
  lastGood: Snapshot;
}

/**
 * Makes the tensors, proves that they are the planned ones, and claims the run's folder. Throws an OperationalError for
 * a folder that cannot be written to, for a backbone whose blocks cannot be changed, and for an adapter that a tensor begins with and that does not fit.
 */
export async function prepareRun(settings: AnySettings, surroundings: Surroundings): Promise<Run> {
  const { backbone, task, seed, batch, input = words } = settings;
  const startedAt = new Date();
  if (settings.inside && !backbone.takesInside) {
    const { name, architecture } = backbone.identity;
    throw new OperationalError(
      `${name}: nothing can be changed inside the blocks of ${architecture} yet; take a T5, or a method that only ` +
        `changes what the backbone reads`,
    );
  }
  const backend = await startBackend();
  const constants = createConstants(settings.constants ?? {}, backbone, seed);
  let parameters: readonly Parameter[] = [];
  try {
    parameters = createParameters(settings.parameters, settings.groups, backbone, seed, settings.projections);
    assertPlanned(parameters, settings.trained);
    assertFrozen(constants, Object.keys(settings.parameters));
    const folder = createRunFolder(surroundings.runs, settings.name);
    const progress = new Progress(surroundings.log);
    return {
      settings,
      steps: surroundings.steps ?? settings.steps,
      backend,
      parameters,
      constants,
      method: Object.assign(withConstants(input, constants), { inside: settings.inside }),
      examplesOf: batchOrder(seed, task.train, batch),
      folder,
      progress,
      pace: new Pace(),
      stop: listenForStop(() => progress.say("stopping after this step; Ctrl-C again leaves at once")),
      startedAt,
      history: startHistory(parameters),
    };
  } catch (error) {
    disposeParameters(parameters);
    disposeConstants(constants);
    throw error;
  }
}

/** What the backbone reads of a method that leaves it alone. */
function words(_: object, x: Tensor3D): Tensor3D {
  return x;
}

function startHistory(parameters: readonly Parameter[]): History {
  return {
    steps: [],
    validations: [],
    before: undefined,
    after: undefined,
    best: undefined,
    lastGood: { step: 0, values: copyValues(parameters) },
  };
}

/** Frees the tensors and gives signals and terminal back. */
export function closeRun({ parameters, constants, stop, progress }: Run): void {
  disposeParameters(parameters);
  disposeConstants(constants);
  stop.release();
  progress.close();
}
