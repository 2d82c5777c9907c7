// `dept solve FILE`: every whole-number way to meet a budget.

import { writeFile } from "node:fs/promises";
import { renderSolutions, solutionsSvg } from "../../plan/render-solutions.ts";
import { type BudgetSolutions, solveBudget } from "../../plan/solve.ts";
import { checkFile } from "../checked-file.ts";
import { type Command, exit, UsageError } from "../command.ts";
import { readArguments, soleFile } from "../read-arguments.ts";

export const solveCommand: Command = {
  help: `Usage: dept solve FILE [--tune NAME] [-o PLOT.svg]

For each tune of FILE with a budget, lists every pair of its method's first two counted arguments that meets the budget,
whatever values the file gives them: what is trained and stored, the positions added, and the encoder's work and kept
activations beside the baseline's. Also for a file whose budget is not met.

  --tune NAME         which tune, where FILE declares several
  -o, --output FILE   write the plot of one tune as an SVG

Example: dept solve examples/quickstart.dept`,
  async run(args, terminal) {
    const options = { output: { type: "string", short: "o" }, tune: { type: "string" } } as const;
    const { values, positionals } = readArguments(args, options);
    const file = soleFile(positionals);
    const { graphs } = await checkFile(file, terminal);
    const wanted = graphs.filter(({ tune }) => values.tune === undefined || tune.name === values.tune);
    const solved = wanted.map(solveBudget).filter((each): each is BudgetSolutions => each !== undefined);
    const [only, other] = solved;
    if (!only) {
      const what = values.tune === undefined ? file : `${values.tune} in ${file}`;
      throw new UsageError(`${what} has no budget over two arguments to solve`);
    }
    if (values.output !== undefined) {
      if (other) throw new UsageError("several tunes: choose one to plot with --tune");
      await writeFile(values.output, solutionsSvg(only));
      terminal.err(`wrote ${values.output}\n`);
    }
    terminal.out(solved.map(renderSolutions).join("\n"));
    return exit.done;
  },
};
