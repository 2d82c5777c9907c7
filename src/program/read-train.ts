// The values of train and group settings that are calls: optimizers, schedules, intervals.

import type { Argument, Expression } from "../syntax/ast.ts";
import type { Optimizer, Schedule } from "./program.ts";
import {
  argumentsOf,
  callOf,
  constant,
  integer,
  number,
  oneOf,
  type Reader,
  wrongValue,
} from "./read-value.ts";
import type { Context } from "./scope.ts";

type Call = Extract<Expression, { kind: "Call" }>;

export const flag: Reader<boolean> = (expression, context, name) => {
  const word = oneOf("true", "false")(expression, context, name);
  return word === undefined ? undefined : word === "true";
};

const adamwArguments = {
  beta1: number({ min: 0, max: 0.999_999 }),
  beta2: number({ min: 0, max: 0.999_999_999 }),
  epsilon: number({ min: 1e-30 }),
};

const adafactorArguments = {
  beta1: number({ min: 0, max: 0.999_999 }),
  decay_rate: number({ min: -10, max: -1e-6 }),
  clip_threshold: number({ min: 1e-6 }),
  epsilon: number({ min: 1e-38 }),
  scale_parameter: flag,
  relative_step: flag,
};

/** `adamw(beta2 = 0.98)`; what is left out keeps the runtime's default. */
export const optimizer = callOf<Optimizer>({
  adamw: (call, context) => readOptimizer("adamw", call, context, adamwArguments),
  adafactor: (call, context) => readOptimizer("adafactor", call, context, adafactorArguments),
});

function readOptimizer(
  kind: Optimizer["kind"],
  call: Call,
  context: Context,
  readers: Readonly<Record<string, Reader<number | boolean>>>,
): Optimizer | undefined {
  const settings: [string, number | boolean][] = [];
  const given = argumentsOf(call, context, Object.keys(readers));
  for (const [name, { value }] of given) {
    const read = readers[name]?.(value, context, name);
    if (read === undefined) return undefined;
    settings.push([name, read]);
  }
  return { kind, settings: Object.fromEntries(settings) };
}

/** `linear(warmup = 500)`, `cosine(warmup = 500)`, `warmup(500)`, `constant()`. */
export const schedule = callOf<Schedule>({
  linear: (call, context) => withWarmup("linear", call, context),
  cosine: (call, context) => withWarmup("cosine", call, context),
  warmup: (call, context) => {
    const steps = argumentsOf(call, context, ["steps"]).get("steps");
    const read = steps
      ? readWarmup(steps, context)
      : wrongValue(call, context, "schedule", "a number of steps, like warmup(500)");
    return read === undefined ? undefined : { kind: "warmup", warmup: read };
  },
  constant: (call, context) => {
    argumentsOf(call, context, []);
    return { kind: "constant" };
  },
});

function withWarmup(kind: "linear" | "cosine", call: Call, context: Context): Schedule | undefined {
  const warmup = argumentsOf(call, context, ["warmup"]).get("warmup");
  const steps = warmup ? readWarmup(warmup, context) : 0;
  return steps === undefined ? undefined : { kind, warmup: steps };
}

/** Papers give a share of all steps, programs a number of them, and the one is easily written for the other. */
function readWarmup({ value: expression }: Argument, context: Context): number | undefined {
  const share = expression.kind === "PercentLiteral" ? expression.value / 100 : constant(expression);
  if (share === undefined || share <= 0 || share >= 1)
    return integer({ min: 0 })(expression, context, "warmup");
  const example = `${Number((share * 100).toPrecision(6))}% of 30,000 steps is ${Math.round(share * 30_000).toLocaleString("en-US")}`;
  const help = `it counts steps, like those of train: ${example}`;
  return wrongValue(expression, context, "warmup", "a number of steps", { help });
}

/** `every(1_000)`. */
export const interval = callOf({
  every: (call: Call, context: Context): number | undefined => {
    const steps = argumentsOf(call, context, ["steps"]).get("steps");
    return steps
      ? integer({ min: 1 })(steps.value, context, "every")
      : wrongValue(call, context, "evaluate", "a number of steps, like every(1_000)");
  },
});
