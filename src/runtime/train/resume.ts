// Finds the run to go on with, and puts a run back to where its checkpoint stood.

import { existsSync, readFileSync } from "node:fs";
import { writeWholeFile } from "../adapters/whole-file.ts";
import { OperationalError } from "../operational-error.ts";
import { upload, type Parameter } from "./parameters.ts";
import type { AnySettings, History, Run, Snapshot, Surroundings } from "./run.ts";
import { flat, readNewestCheckpoint, writeCheckpoint, type Checkpoint } from "./run-checkpoint.ts";
import { runFoldersOf, type RunFolder } from "./run-folder.ts";
import { isStep } from "./run-record.ts";

/** A run that has not finished, and where it stood. */
export interface Unfinished {
  readonly folder: RunFolder;
  readonly checkpoint: Checkpoint;
}

/**
 * The latest unfinished run of these settings' plan; nothing where there is none. Throws an OperationalError, naming both
 * hashes, when there are only runs of another plan, and when the run has another number of steps than is asked for.
 */
export function findUnfinished(
  { name, spec }: Pick<AnySettings, "name" | "spec">,
  { runs, steps }: Pick<Surroundings, "runs" | "steps">,
  say: (line: string) => void,
): Unfinished | undefined {
  let stranger: Unfinished | undefined;
  for (const folder of runFoldersOf(runs, name)) {
    const checkpoint = readNewestCheckpoint(folder, say);
    if (checkpoint === undefined) continue;
    if (checkpoint.state.spec !== spec) {
      stranger ??= { folder, checkpoint };
      continue;
    }
    if (steps !== undefined && steps !== checkpoint.state.steps) {
      throw new OperationalError(
        `${folder.path} is a run of ${checkpoint.state.steps} steps and cannot become one of ${steps}: leave --steps out`,
      );
    }
    return { folder, checkpoint };
  }
  if (!stranger || finishedRun({ name, spec }, { runs, steps })) return undefined;
  throw new OperationalError(
    `${stranger.folder.path} cannot be resumed: it is a run of another plan\n` +
      `  its spec       ${stranger.checkpoint.state.spec}\n  this script's  ${spec}\n` +
      "without --resume a new run begins",
  );
}

/** The folder of the latest run of this plan that came to its end. */
export function finishedRun(
  { name, spec }: Pick<AnySettings, "name" | "spec">,
  { runs, steps }: Pick<Surroundings, "runs" | "steps">,
): RunFolder | undefined {
  return runFoldersOf(runs, name).find(({ manifest }) => {
    const found = existsSync(manifest) ? readManifest(manifest) : undefined;
    return (
      found?.spec === spec &&
      found.run?.ending?.kind === "finished" &&
      (steps === undefined || found.settings?.steps === steps)
    );
  });
}

interface RunManifest {
  readonly spec?: string;
  readonly run?: { readonly ending?: { readonly kind?: string } };
  readonly settings?: { readonly steps?: number };
}

function readManifest(file: string): RunManifest | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as RunManifest;
  } catch {
    return undefined; // a run whose manifest cannot be read is not known to have finished
  }
}

/** Writes down where the run stands. */
export function saveCheckpoint(run: Omit<Run, "stop">): void {
  const { parameters, history, folder, settings, steps, backend, startedAt } = run;
  const { best, lastGood, lines, validations, before, scoresBefore } = history;
  const tensors = parameters.flatMap(({ name, shape, values, state }) => [
    [name, { shape, data: values }],
    ...Object.entries(state.moments).map(([moment, data]) => [`${name}.${moment}`, flat(data)]),
    ...(best ? [[`${name}.best`, { shape, data: best.values.get(name) }]] : []),
    [`${name}.lastGood`, { shape, data: lastGood.values.get(name) }],
  ]);
  writeCheckpoint(folder, {
    step: history.steps.length,
    tensors: Object.fromEntries(tensors),
    state: {
      spec: settings.spec,
      steps,
      startedAt: startedAt.toISOString(),
      seconds: run.seconds(),
      backend: backend.name,
      lines,
      validations,
      before,
      scoresBefore,
      best: best && { step: best.step, score: best.score },
      lastGood: lastGood.step,
      updates: Object.fromEntries(parameters.map(({ name, state }) => [name, state.steps])),
    },
  });
  run.checkpointed();
}

/** Puts tensors, history and metrics back, to the bit. Throws an OperationalError for tensors that are not the run's. */
export function restoreRun({ folder, checkpoint }: Unfinished, parameters: readonly Parameter[]): History {
  const { state, tensors } = checkpoint;
  const read = (name: string, size: number): Float32Array => {
    const data = tensors[name]?.data;
    if (data?.length === size) return data;
    throw new OperationalError(`${folder.checkpoint} has no ${name} of ${size} entries`);
  };
  const snapshot = (step: number, label: string): Snapshot => ({
    step,
    values: new Map(parameters.map(({ name, values }) => [name, read(`${name}.${label}`, values.length)])),
  });
  for (const parameter of parameters) {
    const { name, values, state: own } = parameter;
    values.set(read(name, values.length));
    for (const [moment, data] of Object.entries(own.moments))
      data.set(read(`${name}.${moment}`, data.length));
    own.steps = state.updates[name] ?? 0;
    upload(parameter);
  }
  // A run that was stopped between its first two evaluations makes both again.
  const lines = state.validations.length > 0 ? [...state.lines] : [];
  writeWholeFile(folder.metrics, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  return {
    lines,
    steps: lines.filter(isStep),
    validations: [...state.validations],
    before: state.before,
    scoresBefore: state.scoresBefore,
    after: undefined,
    best: state.best && { ...snapshot(state.best.step, "best"), score: state.best.score },
    lastGood: snapshot(state.lastGood, "lastGood"),
  };
}
