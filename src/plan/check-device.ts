// What keeps a plan from running on a device that was named: memory, and gradients that a backend lacks.

import type { Diagnostics, Fix } from "../diagnostics/diagnostic.ts";
import { operationGradients } from "../graph/operation-gradients.ts";
import { type Device, estimateMemory, largestBatch } from "./memory.ts";
import { type GradientTable, missingGradients } from "./missing-gradients.ts";
import type { Plan } from "./plan.ts";
import { megabytes } from "./render-memory.ts";

/** Reports a run that needs more memory than there is, with the batch that would fit. */
export function checkMemory(plan: Plan, device: Device, found: Diagnostics): void {
  const { total, positions } = estimateMemory(plan);
  if (total <= device.bytes) return;
  const { name, train, task } = plan.tune;
  const { place, from, value } = train.batch;
  const batch = largestBatch(plan, device);
  const fixes: readonly Fix[] =
    batch > 0 && from === "source"
      ? [{ title: `batch = ${batch} would fit`, edits: [{ place, text: String(batch) }] }]
      : [];
  const help =
    batch > 0 ? `a batch of ${batch} would fit` : "not even a batch of 1 would fit: take a smaller backbone";
  const related = [{ place: task.maxTokens.place, message: `a batch of ${value} at ${positions} positions` }];
  const parameters = {
    tune: name,
    needed: megabytes(total),
    device: device.name,
    available: megabytes(device.bytes),
  };
  found.report("plan/too-little-memory", place, parameters, { related, fixes, help });
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
