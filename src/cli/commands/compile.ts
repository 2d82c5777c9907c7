// `dept compile FILE`: the training script.

import { dirname, extname, basename } from "node:path";
import type { Plan } from "../../plan/plan.ts";
import { scriptName } from "../../emit/build-script.ts";
import { checkBackendOption } from "../backend-option.ts";
import { checkFile, chosenPlans } from "../checked-file.ts";
import { type Command, exit, type ExitCode, type Terminal, UsageError } from "../command.ts";
import { readArguments, soleFile } from "../read-arguments.ts";
import { scriptFor, writeScript } from "../write-script.ts";

export const compileCommand: Command = {
  help: `Usage: dept compile FILE [--tune NAME] [--backend NAME] [-o SCRIPT.ts | -o FOLDER]

Prints the training script of FILE, or writes it with -o: SCRIPT.ts to read and change, and beside it SCRIPT.mjs, the
same without types, to run with node. The script needs the dept-lang package where it runs, nothing else.

  -o, --output SCRIPT.ts   write the script; files the program names are found from its folder
  -o, --output FOLDER      write one script for each leg of a comparison or point of a sweep
  --tune NAME              which tune, comparison or sweep, where FILE declares several
  --backend NAME           refuse the script where this backend lacks the gradient of one of its operations

Example: dept compile examples/quickstart.dept -o quickstart.ts && node quickstart.mjs`,
  async run(args, terminal) {
    const options = {
      output: { type: "string", short: "o" },
      tune: { type: "string" },
      backend: { type: "string" },
    } as const;
    const { values, positionals } = readArguments(args, options);
    const file = soleFile(positionals);
    const checked = await checkFile(file, terminal);
    if (checked.hasErrors) return exit.failed;
    const { members } = chosenPlans(file, checked, values.tune);
    if (!checkBackendOption(values.backend, file, checked, members, terminal)) return exit.failed;
    const { output } = values;
    const [plan, another] = members;
    if (plan && !another) return compileOne(plan, dirname(file), output, terminal);
    if (output === undefined || extname(output) === ".ts") {
      throw new UsageError(
        `${members.length} scripts: name a folder with -o FOLDER, or one of them with --tune`,
      );
    }
    for (const member of members) {
      const written = await writeScript(member, output, scriptName(member));
      terminal.err(`wrote ${written.typescript} and ${written.javascript}\n`);
    }
    return exit.done;
  },
};

async function compileOne(
  plan: Plan,
  here: string,
  output: string | undefined,
  terminal: Terminal,
): Promise<ExitCode> {
  if (output === undefined) {
    terminal.out((await scriptFor(plan, here)).typescript);
    return exit.done;
  }
  if (extname(output) !== ".ts") {
    throw new UsageError(`the output ends in .ts; its .mjs is written beside it: ${output}`);
  }
  const written = await writeScript(plan, dirname(output), basename(output, ".ts"));
  terminal.err(`wrote ${written.typescript} and ${written.javascript}\n`);
  return exit.done;
}
