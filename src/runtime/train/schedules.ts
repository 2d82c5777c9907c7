// How the learning rates of all groups change over a run: one multiplier for each step.

/** A schedule as a script names it. */
export type Schedule = { readonly name: "constant" } | { readonly name: "linear"; readonly warmup: number };

/** The same rates throughout. */
export function constant(): Schedule {
  return { name: "constant" };
}

/** Up from 0 over `warmup` steps, then down in a straight line to 0 at the last one. */
export function linear({ warmup }: { readonly warmup: number }): Schedule {
  return { name: "linear", warmup };
}

/**
 * What step `step` of `steps`, counted from 0, multiplies each learning rate by. `linear` is exactly transformers'
 * `get_linear_schedule_with_warmup`; with a warm-up, its first step has rate 0.
 */
export function rateMultiplier(schedule: Schedule, step: number, steps: number): number {
  switch (schedule.name) {
    case "constant":
      return 1;
    case "linear":
      if (step < schedule.warmup) return step / Math.max(1, schedule.warmup);
      return Math.max(0, (steps - step) / Math.max(1, steps - schedule.warmup));
  }
}
