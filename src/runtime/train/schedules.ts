// How the learning rates of all groups change over a run: one multiplier for each step.

/** A schedule as a script names it. */
export type Schedule =
  { readonly name: "constant" } | { readonly name: "linear" | "cosine" | "warmup"; readonly warmup: number };

/** The same rates throughout. */
export function constant(): Schedule {
  return { name: "constant" };
}

/** Up from 0 over `warmup` steps, then down in a straight line to 0 at the last one. */
export function linear({ warmup }: { readonly warmup: number }): Schedule {
  return { name: "linear", warmup };
}

/** Up from 0 over `warmup` steps, then down to 0 along half a cosine. */
export function cosine({ warmup }: { readonly warmup: number }): Schedule {
  return { name: "cosine", warmup };
}

/** Up from 0 over `steps` steps, then the same rates throughout. */
export function warmup(steps: number): Schedule {
  return { name: "warmup", warmup: steps };
}

/**
 * What step `step` of `steps`, counted from 0, multiplies each learning rate by. Each is exactly the one of its
 * name in transformers (`get_linear_schedule_with_warmup`, …); with a warm-up, the first step has rate 0.
 */
export function rateMultiplier(schedule: Schedule, step: number, steps: number): number {
  if (schedule.name === "constant") return 1;
  const { warmup: start } = schedule;
  if (step < start) return step / Math.max(1, start);
  const left = Math.max(1, steps - start);
  switch (schedule.name) {
    case "warmup":
      return 1;
    case "linear":
      return Math.max(0, (steps - step) / left);
    case "cosine":
      return Math.max(0, 0.5 * (1 + Math.cos((Math.PI * (step - start)) / left)));
  }
}
