// A `budget = …` line to what the trained parameters are held to.

import type { Call, Expression } from "../syntax/ast.ts";
import type { Budget, MethodUse } from "./program.ts";
import { argumentsOf, callOf, constant, type Reader, wrongValue } from "./read-value.ts";
import { type Context, placeOf } from "./scope.ts";

/** Reads `parity(METHOD)`, `exactly(76_800)`, `at_most(76_800)`, `at_most(0.1% of backbone)`, each `within 0.5%`. */
export function budgetReader(
  readMethod: (expression: Expression, context: Context, setting: string) => MethodUse | undefined,
): Reader<Budget> {
  const amount: Reader<Budget["amount"]> = callOf<Budget["amount"]>({
    parity: (call, context) => {
      const method = soleArgument(call, context, "method");
      const baseline = method && readMethod(method, context, "parity");
      return baseline && withoutAuto(baseline, context) ? { kind: "parity", baseline } : undefined;
    },
    exactly: (call, context) => counted("exactly", call, context),
    at_most: (call, context) => counted("atMost", call, context),
  });

  return (expression, context, name) => {
    const tolerance = expression.kind === "Within" ? expression.tolerance.value / 100 : 0;
    const held = expression.kind === "Within" ? expression.operand : expression;
    const read = amount(held, context, name);
    return read && { amount: read, tolerance, place: placeOf(context, expression) };
  };
}

function counted(kind: "exactly" | "atMost", call: Call, context: Context): Budget["amount"] | undefined {
  const count = soleArgument(call, context, "count");
  if (!count) return undefined;
  if (count.kind === "Share" && kind === "atMost") {
    if (count.of.text === "backbone") return { kind: "atMostShare", share: count.percent.value / 100 };
    return wrongValue(count, context, "at_most", "a count or a share of the backbone, like 0.1% of backbone");
  }
  const value = constant(count);
  if (value !== undefined && Number.isSafeInteger(value) && value > 0) return { kind, count: value };
  return wrongValue(count, context, call.callee.text, "a number of parameters");
}

function soleArgument(call: Call, context: Context, parameter: string): Expression | undefined {
  const argument = argumentsOf(call, context, [parameter]).get(parameter);
  if (argument) return argument.value;
  const parameters = { callee: call.callee.text, name: parameter };
  context.found.report("program/missing-argument", placeOf(context, call), parameters);
  return undefined;
}

function withoutAuto(baseline: MethodUse, context: Context): boolean {
  for (const [name, setting] of baseline.arguments) {
    if (setting.value !== "auto") continue;
    context.found.report("program/auto-not-here", setting.place, { name });
    return false;
  }
  return true;
}
