// `dept compile FILE`: the training script.

import { dirname, extname, basename } from "node:path";
import { checkFile, solePlan } from "../checked-file.ts";
import { type Command, exit, UsageError } from "../command.ts";
import { readArguments, soleFile } from "../read-arguments.ts";
import { scriptFor, writeScript } from "../write-script.ts";

export const compileCommand: Command = {
  name: "compile",
  summary: "write the training script: short, readable, ready to run",
  help: `Usage: dept compile FILE [--tune NAME] [-o SCRIPT.ts]

Prints the training script of FILE, or writes it with -o: SCRIPT.ts to read and change, and beside it SCRIPT.mjs, the
same without types, to run with node. The script needs the dept-lang package where it runs, nothing else.

  -o, --output SCRIPT.ts   write the script; files the program names are found from its folder
  --tune NAME              which tune, where FILE declares several

Example: dept compile examples/quickstart.dept -o quickstart.ts && node quickstart.mjs`,
  async run(args, terminal) {
    const options = { output: { type: "string", short: "o" }, tune: { type: "string" } } as const;
    const { values, positionals } = readArguments(args, options);
    const file = soleFile(positionals);
    const { output } = values;
    if (output !== undefined && extname(output) !== ".ts") {
      throw new UsageError(`the output ends in .ts; its .mjs is written beside it: ${output}`);
    }
    const checked = await checkFile(file, terminal);
    if (checked.hasErrors) return exit.failed;
    const plan = solePlan(file, checked, values.tune);
    if (output === undefined) {
      terminal.out((await scriptFor(plan, dirname(file))).typescript);
      return exit.done;
    }
    const written = await writeScript(plan, dirname(output), basename(output, ".ts"));
    terminal.err(`wrote ${written.typescript} and ${written.javascript}\n`);
    return exit.done;
  },
};
