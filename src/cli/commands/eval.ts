// `dept eval RUN`: an adapter measured by the script that trained it.

import { type Command, UsageError } from "../command.ts";
import { trainedRun } from "../find-runs.ts";
import { readArguments } from "../read-arguments.ts";
import { runScript } from "../run-script.ts";

export const evalCommand: Command = {
  help: `Usage: dept eval RUN|ADAPTER [--split NAME] [--backend NAME] [--threads N]

Starts the script that trained the run, with the run's adapter in place of training, and prints its accuracy and its
task's metrics as JSON. The adapter's plan, backbone and file are checked first. RUN is runs/<tune>/<number>, or runs/<tune> for the latest.

  --split NAME     train, validation or test (default)
  --backend NAME   auto (default), node-gpu, webgpu, node, wasm or cpu
  --threads N      threads of the wasm backend; default: one for each processor, 16 at most

Example: dept eval runs/quickstart/1 --split validation`,
  async run(args) {
    const text = { type: "string" } as const;
    const { values, positionals } = readArguments(args, { split: text, backend: text, threads: text });
    const { folder, script } = trainedRun(soleRun(positionals));
    const passedOn = (["split", "backend", "threads"] as const).flatMap((option) => {
      const value = values[option];
      return value === undefined ? [] : [`--${option}`, value];
    });
    return runScript(script, ["--evaluate", folder, ...passedOn]);
  },
};

/** The one run a command works on. */
export function soleRun(positionals: readonly string[]): string {
  const [run, ...others] = positionals;
  if (run === undefined) throw new UsageError("which run? give its folder, like runs/quickstart/1");
  if (others.length > 0) throw new UsageError(`one run at a time; also given: ${others.join(" ")}`);
  return run;
}
