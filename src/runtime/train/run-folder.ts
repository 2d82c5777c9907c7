// The folder a run writes to, new for every run, and the files in it.

import { appendFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { messageOf, OperationalError } from "../operational-error.ts";

export interface RunFolder {
  /** As the person would type it. */
  readonly path: string;
  readonly adapter: string;
  readonly manifest: string;
  /** The adapter as two constants; not there for a method that cannot be folded. */
  readonly folded: string;
  readonly metrics: string;
  readonly report: string;
  /** Written only when a run ends early: the latest values with the optimizer's state. */
  readonly checkpoint: string;
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
    const files = {
      path: folder,
      adapter: path.join(folder, "adapter.safetensors"),
      manifest: path.join(folder, "adapter.json"),
      folded: path.join(folder, "folded.safetensors"),
      metrics: path.join(folder, "metrics.jsonl"),
      report: path.join(folder, "report.html"),
      checkpoint: path.join(folder, "checkpoint.safetensors"),
    };
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

/** Adds one line to the metrics. */
export function appendMetrics(folder: RunFolder, line: object): void {
  try {
    appendFileSync(folder.metrics, `${JSON.stringify(line)}\n`);
  } catch (error) {
    throw new OperationalError(`${folder.metrics} cannot be written: ${messageOf(error)}`);
  }
}
