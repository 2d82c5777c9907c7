// The state a run goes on from, in one file: its numbers to the bit, and what it has done so far.

import { createHash } from "node:crypto";
import { existsSync, renameSync, rmSync } from "node:fs";
import type { Scores } from "../data/metrics/metric.ts";
import { messageOf, OperationalError } from "../operational-error.ts";
import type { Shape } from "../prompts/initialisers.ts";
import { readSafetensors, type TensorValues } from "../weights/safetensors.ts";
import { writeSafetensors } from "../weights/write-safetensors.ts";
import type { RunFolder } from "./run-folder.ts";
import type { ValidationRecord } from "./run-record.ts";

/** Changes when a reader of older checkpoints could misread a newer one. */
const checkpointFormat = "dept-checkpoint/1";

/**
 * What a run has done, as values for JSON. The data's order and every first value follow from the seed and the number of
 * steps, so there is no state of a random generator to keep.
 */
export interface RunState {
  /** Hash of the plan; another plan's run is never gone on with. */
  readonly spec: string;
  /** Steps of the whole run: the schedules depend on them. */
  readonly steps: number;
  readonly startedAt: string;
  /** Seconds spent so far, over all its processes. */
  readonly seconds: number;
  readonly backend: string;
  /** All lines of the metrics, in order; the steps are among them. */
  readonly lines: readonly object[];
  readonly validations: readonly ValidationRecord[];
  readonly before: number | undefined;
  readonly scoresBefore: Scores | undefined;
  readonly best: { readonly step: number; readonly score: number } | undefined;
  /** Step of the latest values known to give a finite loss. */
  readonly lastGood: number;
  /** Updates of each tensor, by name. */
  readonly updates: Readonly<Record<string, number>>;
}

export interface Checkpoint {
  readonly state: RunState;
  /** Steps done. */
  readonly step: number;
  /** `P`, its moments as `P.first`, and its values at other steps as `P.best` and `P.lastGood`. */
  readonly tensors: Readonly<Record<string, TensorValues>>;
}

/** Writes the newest checkpoint, whole or not at all, and keeps the one before it. */
export function writeCheckpoint(folder: RunFolder, { state, step, tensors }: Checkpoint): void {
  const { checkpoint, previousCheckpoint } = folder;
  const text = JSON.stringify(state);
  const metadata = { format: checkpointFormat, spec: state.spec, step: String(step), state: text };
  try {
    if (existsSync(checkpoint)) renameSync(checkpoint, previousCheckpoint);
  } catch (error) {
    throw new OperationalError(`${checkpoint} cannot be renamed: ${messageOf(error)}`);
  }
  writeSafetensors(checkpoint, tensors, { ...metadata, digest: digestOf(text, tensors) });
}

/**
 * The newest checkpoint of a run that is sound. Says which file is damaged and what it goes back to, and sets that file
 * aside. Nothing for a run that has finished or that was killed before it had begun.
 */
export function readNewestCheckpoint(
  { checkpoint, previousCheckpoint }: RunFolder,
  say: (line: string) => void,
): Checkpoint | undefined {
  for (const file of [checkpoint, previousCheckpoint]) {
    if (!existsSync(file)) continue;
    try {
      return readCheckpoint(file);
    } catch (error) {
      if (!(error instanceof OperationalError)) throw error;
      const aside = file.replace(/\.safetensors$/, ".damaged.safetensors");
      renameSync(file, aside);
      const next = file === checkpoint && existsSync(previousCheckpoint);
      say(
        `  ${error.message}; kept as ${aside}, and ${next ? "the checkpoint before it is taken" : "there is none before it"}`,
      );
    }
  }
  return undefined;
}

/** Throws an OperationalError when the file is not what was written. */
export function readCheckpoint(file: string): Checkpoint {
  const { metadata, tensors } = readSafetensors(file);
  const { format, step, state = "", digest } = metadata;
  if (format !== checkpointFormat)
    throw new OperationalError(`${file} is no checkpoint of a run: its format is ${format ?? "not given"}`);
  if (digest !== digestOf(state, tensors))
    throw new OperationalError(`${file} is damaged: its contents do not have the hash it was written with`);
  // The digest vouches that this is what writeCheckpoint wrote.
  return { state: JSON.parse(state) as RunState, step: Number(step), tensors };
}

export function removeCheckpoints({ checkpoint, previousCheckpoint }: RunFolder): void {
  for (const file of [checkpoint, previousCheckpoint]) rmSync(file, { force: true });
}

function digestOf(state: string, tensors: Readonly<Record<string, TensorValues>>): string {
  const hash = createHash("sha256").update(state);
  for (const name of Object.keys(tensors).sort()) {
    const data = tensors[name]?.data ?? new Float32Array();
    hash.update(`\n${name}\n`).update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  return hash.digest("hex");
}

/** One axis: what a moment is of. */
export function flat(data: Float32Array): { readonly shape: Shape; readonly data: Float32Array } {
  return { shape: [data.length], data };
}
