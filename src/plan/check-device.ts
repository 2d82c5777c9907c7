// What keeps a plan from running on a device that was named: memory, and gradients that a backend lacks.

import type { Diagnostics, Fix, Place } from "../diagnostics/diagnostic.ts";
import { operationGradients } from "../graph/operation-gradients.ts";
import type { Train } from "../program/program.ts";
import { adviseMemory, megabytes, type MemoryAdvice } from "./advise-memory.ts";
import { type Device, estimateMemory } from "./memory.ts";
import { type GradientTable, missingGradients } from "./missing-gradients.ts";
import type { Plan } from "./plan.ts";

/** Reports a run that needs more memory than there is, with the setting or the batch that would fit. */
export function checkMemory(plan: Plan, device: Device, found: Diagnostics): void {
  const { total, positions } = estimateMemory(plan);
  if (total <= device.bytes) return;
  const { name, train, task } = plan.tune;
  const { place, value } = train.batch;
  const advice = adviseMemory(plan, device);
  const related = [{ place: task.maxTokens.place, message: `a batch of ${value} at ${positions} positions` }];
  const parameters = {
    tune: name,
    needed: megabytes(total),
    device: device.name,
    available: megabytes(device.bytes),
  };
  found.report("plan/too-little-memory", place, parameters, {
    related,
    fixes: fixesOf(train, advice),
    help: advice.text,
  });
}

/** As far as the file itself gives the settings; `memory` may also be put behind its batch. */
function fixesOf({ batch, memory }: Train, advice: MemoryAdvice): readonly Fix[] {
  const setting = advice.memory && `memory = ${advice.memory}`;
  const smaller = advice.batch && `batch = ${advice.batch}`;
  const edits = [
    ...(smaller ? [{ place: batch.place, text: String(advice.batch) }] : []),
    ...(setting
      ? [
          memory.from === "source"
            ? { place: memory.place, text: String(advice.memory) }
            : behind(batch.place, setting),
        ]
      : []),
  ];
  const isGiven = batch.from === "source" || (memory.from === "source" && !smaller);
  const title = `${[smaller, setting].filter((each) => each).join(" and ")} would fit`;
  return edits.length > 0 && isGiven ? [{ title, edits }] : [];
}

/** A setting behind that whose value stands at the place, on a line of its own where that one has one. */
function behind({ source, span }: Place, setting: string): Fix["edits"][number] {
  const line = source.text.slice(source.text.lastIndexOf("\n", span.start) + 1, span.start);
  const indent = /^(\s*)\w+\s*=\s*$/.exec(line)?.[1];
  const text = indent === undefined ? `  ${setting}` : `\n${indent}${setting}`;
  return { place: { source, span: { start: span.end, end: span.end } }, text };
}

/** Reports operations that learn and whose gradient the backend lacks, by the table of trials. */
export function checkGradients(
  plan: Plan,
  backend: string,
  found: Diagnostics,
  table: GradientTable = operationGradients,
): void {
  for (const { operation, place, gradient, rightOn } of missingGradients(plan, backend, table)) {
    const lack = gradient === "none" ? "no gradient" : "a wrong gradient";
    const others = rightOn.join(", ");
    const related = [{ place: plan.tune.place, message: `${plan.tune.name} uses it` }];
    found.report("plan/no-gradient", place, { operation, lack, backend, others }, { related });
  }
}
