// `dept run FILE`: check, print the plan, write the script, run it.

import { join } from "node:path";
import { scriptName } from "../../emit/build-script.ts";
import type { Plan } from "../../plan/plan.ts";
import { memberName, renderPlans } from "../../plan/render-family.ts";
import { checkBackendOption } from "../backend-option.ts";
import { checkFile, chosenPlans } from "../checked-file.ts";
import { type Command, exit, type Terminal } from "../command.ts";
import { curvesSvg } from "../curves-svg.ts";
import { latestRun } from "../find-runs.ts";
import { readArguments, soleFile } from "../read-arguments.ts";
import { runScript } from "../run-script.ts";
import { renderResults, renderSeeds, summariseSeeds } from "../family-results.ts";
import { writeScript, writeWhole } from "../write-script.ts";

export const runCommand: Command = {
  help: `Usage: dept run FILE [--tune NAME] [--backend NAME] [--threads N] [--steps N] [--runs FOLDER] [--resume]

Checks FILE, prints its plan, writes the training script to runs/<tune>/ and runs it. The run's adapter, metrics and
report go to runs/<tune>/<number>/; an earlier run is never overwritten. Ctrl-C saves what was learned so far. The legs
of a comparison and the points of a sweep are run one after the other, and end in one table.

  --tune NAME      which tune, comparison, sweep or member of one, where FILE declares several
  --backend NAME   auto (default), node-gpu, webgpu, node, wasm or cpu
  --threads N      threads of the wasm backend; default: one for each processor, 16 at most
  --steps N        train N steps instead of the declared number, for a quick look
  --runs FOLDER    where runs are kept; default: runs
  --resume         go on with the latest unfinished run of the same plan, after Ctrl-C or a crash, to the very numbers it
                   would have had; members of a family that have finished are left as they are

Example: dept run examples/quickstart.dept`,
  async run(args, terminal) {
    const { values, positionals } = readArguments(args, {
      tune: { type: "string" },
      backend: { type: "string" },
      threads: { type: "string" },
      steps: { type: "string" },
      runs: { type: "string" },
      resume: { type: "boolean" },
    });
    const file = soleFile(positionals);
    const checked = await checkFile(file, terminal);
    if (checked.hasErrors) return exit.failed;
    const { family, members } = chosenPlans(file, checked, values.tune);
    if (!checkBackendOption(values.backend, file, checked, members, terminal)) return exit.failed;
    terminal.out(renderPlans(members) + "\n");
    const runs = values.runs ?? "runs";
    const passedOn = (["backend", "threads", "steps", "runs"] as const).flatMap((option) => {
      const value = values[option];
      return value === undefined ? [] : [`--${option}`, value];
    });
    if (values.resume) passedOn.push("--resume");
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
    if (family) await showFamily(family.name, runs, members, terminal);
    return exit.done;
  },
};

/** The table of the members and that of their seeds, and the latter as JSON beside the runs. */
async function showFamily(
  name: string,
  runs: string,
  members: readonly Plan[],
  terminal: Terminal,
): Promise<void> {
  const seeds = summariseSeeds(runs, members);
  const table = seeds.length === 0 ? "" : `\n${renderSeeds(seeds)}`;
  terminal.out(`\n${name}\n\n${renderResults(runs, members)}${table}`);
  const drawn = members.flatMap((plan) => latestRun(join(runs, plan.tune.name), memberName(plan)));
  const curves = join(runs, name, "curves.svg");
  await writeWhole(curves, curvesSvg(name, drawn));
  terminal.err(`wrote ${curves}\n`);
  if (seeds.length === 0) return;
  const file = join(runs, name, "seeds.json");
  await writeWhole(file, `${JSON.stringify(seeds, undefined, 2)}\n`);
  terminal.err(`wrote ${file}\n`);
}
