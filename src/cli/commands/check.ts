// `dept check FILE`: proves what can be proved before a weight is loaded.

import { checkFile } from "../checked-file.ts";
import { type Command, exit } from "../command.ts";
import { readArguments, soleFile } from "../read-arguments.ts";

export const checkCommand: Command = {
  name: "check",
  summary: "prove shapes, groups and budgets; print every mistake at its place",
  help: `Usage: dept check FILE [--strict]

Checks FILE and everything it imports: names, settings, shapes, learning-rate groups and the parameter budget.
Nothing is loaded, downloaded or written. Every mistake is printed at its place, with what to do about it.

  --strict   warnings count as errors

Example: dept check examples/quickstart.dept`,
  async run(args, terminal) {
    const { values, positionals } = readArguments(args, { strict: { type: "boolean" } });
    const file = soleFile(positionals);
    const { plans, hasErrors } = await checkFile(file, terminal, values.strict);
    if (hasErrors) return exit.failed;
    const names = plans.map((plan) => plan.tune.name).join(", ");
    terminal.out(`${file}: no mistakes${names === "" ? "" : `; ready to run: ${names}`}\n`);
    return exit.done;
  },
};
