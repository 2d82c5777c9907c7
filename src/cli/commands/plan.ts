// `dept plan FILE`: the bill of trained parameters against the budget.

import { checkMemory } from "../../plan/check-device.ts";
import { planAsJson } from "../../plan/plan-json.ts";
import { type Device, readDevice } from "../../plan/memory.ts";
import type { Plan } from "../../plan/plan.ts";
import { renderPlans } from "../../plan/render-family.ts";
import { renderMemory } from "../../plan/render-memory.ts";
import { planTitle } from "../../plan/render-plan.ts";
import { renderSymbolic } from "../../plan/render-symbolic.ts";
import { checkFile, printLater } from "../checked-file.ts";
import { type Command, exit, UsageError } from "../command.ts";
import { readArguments, soleFile } from "../read-arguments.ts";

export const planCommand: Command = {
  help: `Usage: dept plan FILE [--symbolic | --json | --list] [--device NAME:SIZE]

Prints, for each tune of FILE, its trained tensors with shapes, counts, groups and learning rates; the total against
the budget; what inference stores; and what each example costs more. The legs of a comparison and the points of a sweep
stand in one table.

  --symbolic   the totals as polynomials of the method's arguments, the width d and the longest input s
  --json       the same as JSON, for programs
  --list       only the names, one a line: each can be given to dept run --tune
  --device     also the memory a run needs, by kind, and whether the device has it: gpu:16GB, cpu:24GB, wasm (4 GiB)

Exits with 1 when a run does not fit on the device.

Example: dept plan examples/quickstart.dept`,
  async run(args, terminal) {
    const { values, positionals } = readArguments(args, {
      device: { type: "string" },
      json: { type: "boolean" },
      list: { type: "boolean" },
      symbolic: { type: "boolean" },
    });
    const device = values.device === undefined ? undefined : deviceOf(values.device);
    const file = soleFile(positionals);
    const checked = await checkFile(file, terminal);
    const { plans, hasErrors } = checked;
    if (values.json) {
      const pages = plans.map((plan) => planAsJson(plan, device));
      terminal.out(JSON.stringify(pages, undefined, 2) + "\n");
    } else if (values.list) terminal.out(plans.map(({ tune }) => `${tune.name}\n`).join(""));
    else if (values.symbolic) terminal.out(plans.map(renderSymbolic).join("\n"));
    else terminal.out([renderPlans(plans), ...memoryPages(plans, device)].join("\n"));
    if (device) for (const plan of plans) checkMemory(plan, device, checked.found);
    return printLater(file, checked, terminal) || hasErrors ? exit.failed : exit.done;
  },
};

function deviceOf(text: string): Device {
  const device = readDevice(text);
  if (device) return device;
  throw new UsageError(`--device ${text}: give a name and its memory, such as gpu:16GB or cpu:24GB, or wasm`);
}

function memoryPages(plans: readonly Plan[], device: Device | undefined): readonly string[] {
  if (!device) return [];
  return plans.map((plan) => `${plan.tune.name}   ${planTitle(plan)}\n\n${renderMemory(plan, device)}`);
}
