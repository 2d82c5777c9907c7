// The command line of an emitted script, the same for every script.

import { parseArgs } from "node:util";
import { isBackendChoice, backendChoices, type BackendChoice } from "./backends/backend-choice.ts";
import { splits, type Split } from "./data/load-task.ts";
import { messageOf, OperationalError, reportOperationalErrors } from "./operational-error.ts";

export interface ScriptOptions {
  readonly backend: BackendChoice;
  /** Of the wasm backend; undefined for as many as there are processors. */
  readonly threads: number | undefined;
  /** Overrides the script's number of steps, for a short try. */
  readonly steps: number | undefined;
  /** Goes on with the latest unfinished run of the same plan. */
  readonly resume: boolean;
  /** An adapter to evaluate on `split`, or to predict with, instead of training. */
  readonly evaluate: string | undefined;
  readonly split: Split;
  readonly predict: string | undefined;
  /** Folder under which the run's own folder is made. */
  readonly runs: string;
}

/** What a loader of a backbone needs of them, to start the backend. */
export type BackendOptions = Pick<ScriptOptions, "backend"> & Partial<Pick<ScriptOptions, "threads">>;

export const optionsHelp = `Options
  --backend NAME   ${backendChoices.join(", ")} (default auto: the first of these that works)
  --threads N      threads of the wasm backend (default: one for each processor, 16 at most)
  --steps N        train N steps instead of the script's own number
  --resume         go on with the latest run that did not finish; a new one where there is none
  --runs DIR       folder for the run's files (default runs)
  --evaluate RUN   instead of training, measure the adapter in the run's folder, as JSON
  --split NAME     on these rows: train, validation or test (default)
  --predict RUN    instead of training, read rows as JSON lines from stdin and write predictions
  --help           show this text
`;

/** Reads the arguments after the script's name; `help` when it was asked for. Throws an OperationalError otherwise. */
export function parseOptions(args: readonly string[]): ScriptOptions | "help" {
  const { backend = "auto", threads, steps, runs = "runs", resume = false, help, ...rest } = readFlags(args);
  const { evaluate, split = "test", predict } = rest;
  if (help) return "help";
  if (!isBackendChoice(backend)) {
    throw new OperationalError(
      `--backend ${backend}: no such backend; known are ${backendChoices.join(", ")}`,
    );
  }
  const known = splits.find((each) => each === split);
  if (known === undefined)
    throw new OperationalError(`--split ${split}: no such rows; known are ${splits.join(", ")}`);
  if (runs === "") throw new OperationalError("--runs needs the name of a folder");
  return {
    backend,
    threads: readCount("threads", threads),
    steps: readCount("steps", steps),
    runs,
    resume,
    evaluate,
    split: known,
    predict,
  };
}

function readCount(option: "threads" | "steps", text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw new OperationalError(`--${option} ${text}: the number of ${option} must be a whole number above 0`);
}

function readFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: false,
      options: {
        backend: { type: "string" },
        threads: { type: "string" },
        steps: { type: "string" },
        runs: { type: "string" },
        resume: { type: "boolean" },
        evaluate: { type: "string" },
        split: { type: "string" },
        predict: { type: "string" },
        help: { type: "boolean" },
      },
    }).values;
  } catch (error) {
    throw new OperationalError(`${messageOf(error)}\n\n${optionsHelp}`);
  }
}

let parsed: ScriptOptions | undefined;

/** The options of the script that is running. Answers `--help` itself, and lets OperationalErrors end the script. */
export function scriptOptions(): ScriptOptions {
  if (parsed) return parsed;
  reportOperationalErrors();
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") {
    process.stdout.write(`Usage: node ${process.argv[1] ?? "script"} [options]\n\n${optionsHelp}`);
    process.exit(0);
  }
  parsed = options;
  return options;
}
