// Everything a run needs before its first step, checked while nothing expensive has happened yet.

import { batchOrder } from "../data/batches.ts";
import { OperationalError } from "../operational-error.ts";
import { count } from "../report/numbers.ts";
import { Pace } from "../report/pace.ts";
import { Progress } from "../report/progress.ts";
import { startBackend, type StartedBackend } from "../tf.ts";
import { assertFrozen, createConstants, disposeConstants, methodOf } from "./constants.ts";
import {
  assertPlanned,
  copyValues,
  createParameters,
  disposeParameters,
  type Parameter,
} from "./parameters.ts";
import { readPretrained } from "./pretrained.ts";
import { findUnfinished, restoreRun, saveCheckpoint, type Unfinished } from "./resume.ts";
import type { AnySettings, History, Run, Snapshot, Surroundings } from "./run.ts";
import { createRunFolder, startEventFile, type RunFolder } from "./run-folder.ts";
import { listenForStop } from "./stop-signal.ts";

/**
 * Makes the tensors, proves that they are the planned ones, and claims the run's folder. Throws an OperationalError for
 * a folder that cannot be written to, for a backbone whose blocks or weights cannot be changed, and for an adapter that a tensor begins with and that does not fit.
 */
export async function prepareRun(settings: AnySettings, surroundings: Surroundings): Promise<Run> {
  const { backbone, task, seed } = settings;
  const rows = settings.batch * (settings.accumulate ?? 1);
  assertBlocksOpen(settings);
  const backend = await startBackend();
  const pretrained = await readPretrained(settings.parameters, backbone);
  const constants = createConstants(settings.constants ?? {}, backbone, seed);
  const progress = new Progress(surroundings.log);
  const say = (line: string) => progress.say(line);
  let parameters: readonly Parameter[] = [];
  try {
    parameters = createParameters(
      settings.parameters,
      settings.groups,
      backbone,
      seed,
      settings.projections,
      settings.optimizer,
      pretrained,
    );
    assertPlanned(parameters, settings.trained);
    assertFrozen(constants, Object.keys(settings.parameters));
    const first = copyValues(parameters);
    const earlier = surroundings.resume ? findUnfinished(settings, surroundings, say) : undefined;
    const folder = earlier?.folder ?? createRunFolder(surroundings.runs, settings.name);
    const history = earlier ? restoreRun(earlier, parameters) : startHistory(first);
    if (surroundings.resume) sayWhereFrom(earlier, backend, folder, say);
    const run = {
      settings,
      steps: earlier?.checkpoint.state.steps ?? surroundings.steps ?? settings.steps,
      backend,
      parameters,
      first,
      constants,
      method: methodOf(settings, constants),
      examplesOf: batchOrder(seed, task.train, rows, settings.buckets ? settings.batch : undefined),
      folder,
      events: startEventFile(folder, history.steps.length),
      progress,
      pace: new Pace(),
      ...clocks(earlier),
      history,
    };
    for (const { loss, examplesPerSecond } of history.steps)
      run.pace.stepTook(rows / examplesPerSecond, loss);
    // From its first moment on a run that is killed can be gone on with.
    if (!earlier) saveCheckpoint(run);
    return {
      ...run,
      stop: listenForStop(() => say("stopping after this step; Ctrl-C again leaves at once")),
    };
  } catch (error) {
    disposeParameters(parameters);
    disposeConstants(constants);
    progress.close();
    throw error;
  }
}

function assertBlocksOpen({ inside, backbone }: AnySettings): void {
  if (!inside || backbone.takesInside) return;
  const { name, architecture } = backbone.identity;
  throw new OperationalError(
    `${name}: nothing can be changed inside the blocks of ${architecture}; take a method that only changes ` +
      `what the backbone reads`,
  );
}

function clocks(earlier: Unfinished | undefined) {
  const began = Date.now();
  const before = earlier?.checkpoint.state;
  let last = began;
  return {
    startedAt: before ? new Date(before.startedAt) : new Date(began),
    seconds: () => (before?.seconds ?? 0) + (Date.now() - began) / 1000,
    sinceCheckpoint: () => (Date.now() - last) / 1000,
    checkpointed: () => {
      last = Date.now();
    },
  };
}

function sayWhereFrom(
  earlier: Unfinished | undefined,
  { name }: StartedBackend,
  { path }: RunFolder,
  say: (line: string) => void,
): void {
  if (!earlier) return say(`  nothing to resume; ${path} is a new run`);
  const { step, state } = earlier.checkpoint;
  say(`  going on with ${path} from step ${count(step)} of ${count(state.steps)}`);
  if (state.backend !== name)
    say(`  it began on ${state.backend} and goes on on ${name}, whose numbers differ in their last digits`);
}

function startHistory(first: Snapshot["values"]): History {
  return {
    lines: [],
    steps: [],
    validations: [],
    before: undefined,
    scoresBefore: undefined,
    after: undefined,
    best: undefined,
    lastGood: { step: 0, values: first },
  };
}

/** Frees the tensors and gives signals and terminal back. */
export function closeRun({ parameters, constants, stop, progress }: Run): void {
  disposeParameters(parameters);
  disposeConstants(constants);
  stop.release();
  progress.close();
}
