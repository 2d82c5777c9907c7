// The folder a run writes to, new for every run, and the files in it.

import { appendFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { messageOf, OperationalError } from "../operational-error.ts";
import { appendScalars, scalarsOf, startEvents } from "../report/event-file.ts";

export interface RunFolder {
  /** As the person would type it. */
  readonly path: string;
  readonly adapter: string;
  readonly manifest: string;
  /** The adapter as two constants; not there for a method that cannot be folded. */
  readonly folded: string;
  /** The backbone with the weights that were trained, as a folder that can be loaded; not there where none were. */
  readonly model: string;
  readonly metrics: string;
  readonly report: string;
  /** What a run goes on from: there from its first moment until it has finished. */
  readonly checkpoint: string;
  /** The checkpoint before that one, for the day the newest is damaged. */
  readonly previousCheckpoint: string;
}

/** The files of a run's folder, whether or not they are there. */
export function runFolderAt(folder: string): RunFolder {
  return {
    path: folder,
    adapter: path.join(folder, "adapter.safetensors"),
    manifest: path.join(folder, "adapter.json"),
    folded: path.join(folder, "folded.safetensors"),
    model: path.join(folder, "model"),
    metrics: path.join(folder, "metrics.jsonl"),
    report: path.join(folder, "report.html"),
    checkpoint: path.join(folder, "checkpoint.safetensors"),
    previousCheckpoint: path.join(folder, "checkpoint.previous.safetensors"),
  };
}

/** The folders of all runs of a name, the latest first. */
export function runFoldersOf(runs: string, name: string): RunFolder[] {
  const parent = path.join(runs, name);
  if (!existsSync(parent)) return [];
  const numbers = readdirSync(parent).filter((each) => /^[1-9]\d*$/.test(each));
  return numbers.sort((a, b) => Number(b) - Number(a)).map((each) => runFolderAt(path.join(parent, each)));
}

/**
 * Makes `runs/name/n` with the next free number; an earlier run's folder is never used again. Its metrics file is
 * begun at once, so a folder that cannot be written to shows before any work is done. Throws an OperationalError naming it.
 */
export function createRunFolder(runs: string, name: string): RunFolder {
  const parent = path.join(runs, name);
  try {
    mkdirSync(parent, { recursive: true });
    const folder = makeNext(parent);
    const files = runFolderAt(folder);
    writeFileSync(files.metrics, "");
    return files;
  } catch (error) {
    throw new OperationalError(
      `cannot write to the run folder ${parent}: ${messageOf(error)}\nname another place with --runs DIR`,
    );
  }
}

/** Two runs that start at once both get a folder: making it is what claims the number. */
function makeNext(parent: string): string {
  const taken = readdirSync(parent).map(Number).filter(Number.isSafeInteger);
  for (let number = Math.max(0, ...taken) + 1; ; number++) {
    const folder = path.join(parent, String(number));
    try {
      mkdirSync(folder);
      return folder;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

/** Where a run's metrics go, and what it remembers of them. */
export interface MetricsLog {
  readonly folder: RunFolder;
  /** For TensorBoard; a new file for every process of the run. */
  readonly events: string;
  readonly history: { readonly lines: object[] };
}

/** Begins the event file of a run that has `step` steps behind it. */
export function startEventFile(folder: RunFolder, step: number): string {
  const file = path.join(
    folder.path,
    `events.out.tfevents.${Math.floor(Date.now() / 1000)}.dept.${process.pid}`,
  );
  startEvents(file, step);
  return file;
}

/** Adds one line to the metrics, its numbers to the event file, and it to what the run remembers. */
export function appendMetrics<Line extends { readonly step: number }>(
  { folder, events, history }: MetricsLog,
  line: Line,
): void {
  history.lines.push(line);
  try {
    appendFileSync(folder.metrics, `${JSON.stringify(line)}\n`);
    appendScalars(events, line.step, scalarsOf(line));
  } catch (error) {
    throw new OperationalError(`${folder.metrics} cannot be written: ${messageOf(error)}`);
  }
}
