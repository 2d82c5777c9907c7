// `dept run FILE`: check, print the plan, write the script, run it.

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { scriptName } from "../../emit/build-script.ts";
import { renderPlans } from "../../plan/render-family.ts";
import { checkBackendOption } from "../backend-option.ts";
import { checkFile, chosenPlans } from "../checked-file.ts";
import { type Command, type ExitCode, exit } from "../command.ts";
import { readArguments, soleFile } from "../read-arguments.ts";
import { renderResults } from "../family-results.ts";
import { writeScript } from "../write-script.ts";

export const runCommand: Command = {
  name: "run",
  summary: "check, compile and train, in one go",
  help: `Usage: dept run FILE [--tune NAME] [--backend NAME] [--steps N] [--runs FOLDER]

Checks FILE, prints its plan, writes the training script to runs/<tune>/ and runs it. The run's adapter, metrics and
report go to runs/<tune>/<number>/; an earlier run is never overwritten. Ctrl-C saves what was learned so far. The legs
of a comparison and the points of a sweep are run one after the other, and end in one table.

  --tune NAME      which tune, comparison, sweep or member of one, where FILE declares several
  --backend NAME   auto (default), node-gpu, webgpu, node, wasm or cpu
  --steps N        train N steps instead of the declared number, for a quick look
  --runs FOLDER    where runs are kept; default: runs

Example: dept run examples/quickstart.dept`,
  async run(args, terminal) {
    const { values, positionals } = readArguments(args, {
      tune: { type: "string" },
      backend: { type: "string" },
      steps: { type: "string" },
      runs: { type: "string" },
    });
    const file = soleFile(positionals);
    const checked = await checkFile(file, terminal);
    if (checked.hasErrors) return exit.failed;
    const { family, members } = chosenPlans(file, checked, values.tune);
    checkBackendOption(values.backend, members);
    terminal.out(renderPlans(members) + "\n");
    const runs = values.runs ?? "runs";
    const passedOn = (["backend", "steps", "runs"] as const).flatMap((option) => {
      const value = values[option];
      return value === undefined ? [] : [`--${option}`, value];
    });
    for (const plan of members) {
      const { typescript, javascript } = await writeScript(
        plan,
        join(runs, plan.tune.name),
        scriptName(plan),
      );
      terminal.err(`wrote ${typescript} (to read) and ${javascript} (to run)\n`);
      const code = await runScript(javascript, passedOn);
      if (code !== exit.done) return code;
    }
    if (family) terminal.out(`\n${family.name}\n\n${renderResults(runs, members)}`);
    return exit.done;
  },
};

/** The script in a process of its own, on this terminal; Ctrl-C reaches it directly, so here it only has to be waited for. */
function runScript(script: string, args: readonly string[]): Promise<ExitCode> {
  const resolver = pathToFileURL(createRequire(import.meta.url).resolve("#resolve-dept")).href;
  const child = spawn(process.execPath, ["--import", resolver, script, ...args], { stdio: "inherit" });
  const wait = (): void => undefined;
  process.on("SIGINT", wait);
  const stop = (): void => void child.kill("SIGTERM");
  process.on("SIGTERM", stop);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      process.off("SIGINT", wait);
      process.off("SIGTERM", stop);
      resolve(code ?? (signal === "SIGINT" ? 130 : 143));
    });
  });
}
