// `dept plan FILE`: the bill of trained parameters against the budget.

import { planAsJson } from "../../plan/plan-json.ts";
import { renderPlan } from "../../plan/render-plan.ts";
import { checkFile } from "../checked-file.ts";
import { type Command, exit } from "../command.ts";
import { readArguments, soleFile } from "../read-arguments.ts";

export const planCommand: Command = {
  name: "plan",
  summary: "print the bill: what is trained, stored and added, against the budget",
  help: `Usage: dept plan FILE [--json]

Prints, for each tune of FILE, its trained tensors with shapes, counts, groups and learning rates; the total against
the budget; what inference stores; and what each example costs more.

  --json   the same as JSON, for programs

Example: dept plan examples/quickstart.dept`,
  async run(args, terminal) {
    const { values, positionals } = readArguments(args, { json: { type: "boolean" } });
    const { plans, hasErrors } = await checkFile(soleFile(positionals), terminal);
    if (values.json) terminal.out(JSON.stringify(plans.map(planAsJson), undefined, 2) + "\n");
    else terminal.out(plans.map(renderPlan).join("\n"));
    return hasErrors ? exit.failed : exit.done;
  },
};
