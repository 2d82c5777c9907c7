// What each group of tensors has in one step.

import type { AnySettings } from "./run.ts";
import { rateMultiplier } from "./schedules.ts";
import type { GroupStep } from "./step.ts";

/** Of every group, by name, in step `step` of `steps`, counted from 0: its own schedule's multiplier or the run's, and its own limit if it has one. */
export function groupStepsOf(
  { groups, schedule }: Pick<AnySettings, "groups" | "schedule">,
  step: number,
  steps: number,
): Readonly<Record<string, GroupStep & { readonly multiplier: number }>> {
  const own = Object.entries(groups).map(([name, group]) => {
    const multiplier = rateMultiplier(group.schedule ?? schedule, step, steps);
    return [name, { multiplier, ...(group.clip === undefined ? {} : { clip: group.clip }) }];
  });
  return Object.fromEntries(own);
}
