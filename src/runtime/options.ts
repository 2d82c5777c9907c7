// The command line of an emitted script, the same for every script.

import { parseArgs } from "node:util";
import { isBackendChoice, backendChoices, type BackendChoice } from "./backends/backend-choice.ts";
import { messageOf, OperationalError, reportOperationalErrors } from "./operational-error.ts";

export interface ScriptOptions {
  readonly backend: BackendChoice;
  /** Overrides the script's number of steps, for a short try. */
  readonly steps: number | undefined;
  /** Goes on with the latest unfinished run of the same plan. */
  readonly resume: boolean;
  /** Folder under which the run's own folder is made. */
  readonly runs: string;
}

export const optionsHelp = `Options
  --backend NAME   ${backendChoices.join(", ")} (default auto: the first of these that works)
  --steps N        train N steps instead of the script's own number
  --resume         go on with the latest run that did not finish; a new one where there is none
  --runs DIR       folder for the run's files (default runs)
  --help           show this text
`;

/** Reads the arguments after the script's name; `help` when it was asked for. Throws an OperationalError otherwise. */
export function parseOptions(args: readonly string[]): ScriptOptions | "help" {
  const { backend = "auto", steps, runs = "runs", resume = false, help } = readFlags(args);
  if (help) return "help";
  if (!isBackendChoice(backend)) {
    throw new OperationalError(
      `--backend ${backend}: no such backend; known are ${backendChoices.join(", ")}`,
    );
  }
  if (steps !== undefined && !/^[1-9]\d*$/.test(steps)) {
    throw new OperationalError(`--steps ${steps}: the number of steps must be a whole number above 0`);
  }
  if (runs === "") throw new OperationalError("--runs needs the name of a folder");
  return { backend, steps: steps === undefined ? undefined : Number(steps), runs, resume };
}

function readFlags(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: false,
      options: {
        backend: { type: "string" },
        steps: { type: "string" },
        runs: { type: "string" },
        resume: { type: "boolean" },
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
