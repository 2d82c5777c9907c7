// How a task's answers are scored: its metrics, and targets that are numbers.

import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Argument, Call, Expression } from "../syntax/ast.ts";
import type { Metric, NumberTarget, Setting, Target } from "./program.ts";
import { argumentsOf, constant, oneOf, text, wrongValue } from "./read-value.ts";
import { type Context, placeOf } from "./scope.ts";

/** Each as a program writes it. */
const metricNames: Readonly<Record<string, Metric>> = {
  accuracy: "accuracy",
  f1: "f1",
  macro_f1: "macroF1",
  matthews: "matthews",
  pearson: "pearson",
  spearman: "spearman",
  squad_f1: "squadF1",
  squad_em: "squadEm",
};

/** `[accuracy, f1]`: at least one, each once. */
export function readMetrics(
  expression: Expression,
  context: Context,
  name: string,
): readonly Metric[] | undefined {
  const words = expression.kind === "List" ? expression.items : [];
  const read = words.flatMap((item) =>
    item.kind === "Name" && Object.hasOwn(metricNames, item.text) ? (metricNames[item.text] ?? []) : [],
  );
  const isSound = read.length > 0 && read.length === words.length && new Set(read).size === read.length;
  if (isSound) return read;
  const stranger = words.find((item) => item.kind !== "Name" || !Object.hasOwn(metricNames, item.text));
  const expected = `a list of metrics, each once: ${Object.keys(metricNames).join(", ")}`;
  return wrongValue(stranger ?? expression, context, name, expected);
}

/** What a metric can be computed of. */
export function checkMetrics(
  metrics: Setting<readonly Metric[]>,
  target: Setting<Target>,
  found: Diagnostics,
): void {
  const { value } = target;
  for (const metric of metrics.value) {
    const needs = needsOf(metric, value);
    if (needs === undefined) continue;
    const related = [{ place: target.place, message: "the target" }];
    const [name = metric] = Object.entries(metricNames).find(([, each]) => each === metric) ?? [];
    found.report("program/metric-needs", metrics.place, { metric: name, needs }, { related });
  }
}

/** What the metric lacks in such a target; nothing where it can be computed. */
function needsOf(metric: Metric, target: Target): string | undefined {
  switch (metric) {
    case "accuracy":
      return undefined;
    case "f1":
      if (target.kind === "choice" && target.texts.length === 2) return undefined;
      return "a choice of two texts, of which the second is the one that counts";
    case "pearson":
    case "spearman":
      return target.kind === "number" ? undefined : "a number as target";
    case "squadF1":
    case "squadEm":
      return target.kind === "text" ? undefined : "free text as target";
    default:
      return target.kind === "text" ? "a target of classes" : undefined;
  }
}

/** `score = mean`: log-likelihood per token; the sum is said by leaving it out, too. */
export function readScore(
  argument: Argument | undefined,
  context: Context,
): { readonly score?: "mean" } | undefined {
  if (!argument) return {};
  const score = oneOf("sum", "mean")(argument.value, context, "score");
  return score === "mean" ? { score } : score && {};
}

/** `number("label", from = 0, to = 5, step = 0.2)`. */
export function readNumberTarget(call: Call, context: Context): NumberTarget | undefined {
  const names = ["field", "from", "to", "step"] as const;
  const given = argumentsOf(call, context, [...names, "score"]);
  const missing = names.find((each) => !given.has(each));
  if (missing !== undefined) {
    const parameters = { callee: call.callee.text, name: missing };
    context.found.report("program/missing-argument", placeOf(context, call), parameters);
    return undefined;
  }
  const [field, from, to, step] = names.map((each) => given.get(each)?.value);
  const name = field && text(field, context, "field");
  const [low, high, width] = [from, to, step].map((each) => (each ? constant(each) : undefined));
  const score = readScore(given.get("score"), context);
  if (name === undefined || !step || !score) return undefined;
  const expected = "numbers with from below to, and a step that leads from one to the other in at most 1,000";
  if (low === undefined || high === undefined || width === undefined || !(width > 0) || !(low < high))
    return wrongValue(step, context, "number", expected);
  const steps = (high - low) / width;
  if (steps > 1000 || Math.abs(steps - Math.round(steps)) > 1e-9)
    return wrongValue(step, context, "number", expected);
  return { kind: "number", field: name, from: low, to: high, step: width, ...score };
}
