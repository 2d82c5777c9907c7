// `dept plan FILE`: the bill of trained parameters against the budget.

import { planAsJson } from "../../plan/plan-json.ts";
import { renderPlans } from "../../plan/render-family.ts";
import { renderSymbolic } from "../../plan/render-symbolic.ts";
import { checkFile } from "../checked-file.ts";
import { type Command, exit } from "../command.ts";
import { readArguments, soleFile } from "../read-arguments.ts";

export const planCommand: Command = {
  name: "plan",
  summary: "print the bill: what is trained, stored and added, against the budget",
  help: `Usage: dept plan FILE [--symbolic | --json | --list]

Prints, for each tune of FILE, its trained tensors with shapes, counts, groups and learning rates; the total against
the budget; what inference stores; and what each example costs more. The legs of a comparison and the points of a sweep
stand in one table.

  --symbolic   the totals as polynomials of the method's arguments, the width d and the longest input s
  --json       the same as JSON, for programs
  --list       only the names, one a line: each can be given to dept run --tune

Example: dept plan examples/quickstart.dept`,
  async run(args, terminal) {
    const { values, positionals } = readArguments(args, {
      json: { type: "boolean" },
      list: { type: "boolean" },
      symbolic: { type: "boolean" },
    });
    const { plans, hasErrors } = await checkFile(soleFile(positionals), terminal);
    if (values.json) terminal.out(JSON.stringify(plans.map(planAsJson), undefined, 2) + "\n");
    else if (values.list) terminal.out(plans.map(({ tune }) => `${tune.name}\n`).join(""));
    else if (values.symbolic) terminal.out(plans.map(renderSymbolic).join("\n"));
    else terminal.out(renderPlans(plans));
    return hasErrors ? exit.failed : exit.done;
  },
};
