// Readers: an expression of the syntax tree to a checked value.

import type { Extra } from "../diagnostics/diagnostic.ts";
import { wordFix } from "../diagnostics/word-fix.ts";
import type { Argument, Call, Expression } from "../syntax/ast.ts";
import { type Context, didYouMean, placeOf } from "./scope.ts";

/** Reads one setting's value, or reports and returns `undefined`. `name` is the setting, for the message. */
export type Reader<T> = (expression: Expression, context: Context, name: string) => T | undefined;

interface Range {
  readonly min?: number;
  readonly max?: number;
}

export function integer(range: Range = {}): Reader<number> {
  return (expression, context, name) => {
    const value = constant(expression);
    if (value !== undefined && Number.isSafeInteger(value) && inside(value, range)) return value;
    // Written out only here: the first formatted number costs some milliseconds.
    return wrongValue(expression, context, name, `a whole number${within(range)}`);
  };
}

export function number(range: Range = {}): Reader<number> {
  return (expression, context, name) => {
    const value = constant(expression);
    if (value !== undefined && Number.isFinite(value) && inside(value, range)) return value;
    return wrongValue(expression, context, name, `a number${within(range)}`);
  };
}

export const text: Reader<string> = (expression, context, name) =>
  expression.kind === "StringLiteral" ? expression.value : wrongValue(expression, context, name, "a text");

/** One of a few words, written as a name. */
export function oneOf<W extends string>(...words: readonly W[]): Reader<W> {
  return (expression, context, name) => {
    const word = words.find((each) => expression.kind === "Name" && expression.text === each);
    return word ?? wrongValue(expression, context, name, words.join(" or "));
  };
}

/** A call of one of the given functions; each reads the call's arguments. */
export function callOf<T>(
  forms: Readonly<Record<string, (call: Call, context: Context) => T | undefined>>,
): Reader<T> {
  const expected = Object.keys(forms)
    .map((form) => `${form}(…)`)
    .join(" or ");
  return (expression, context, name) => {
    if (expression.kind !== "Call") return wrongValue(expression, context, name, expected);
    const form = Object.hasOwn(forms, expression.callee.text) ? forms[expression.callee.text] : undefined;
    return form ? form(expression, context) : wrongValue(expression, context, name, expected);
  };
}

/** The call's arguments by parameter name, positional ones in the order of `parameters`; strangers are reported. */
export function argumentsOf(
  call: Call,
  context: Context,
  parameters: readonly string[],
): ReadonlyMap<string, Argument> {
  const given = new Map<string, Argument>();
  call.arguments.forEach((argument, index) => {
    const name = argument.name?.text ?? parameters[index];
    if (name === undefined || !parameters.includes(name)) {
      reportUnknownArgument(call, argument, context, parameters);
    } else if (given.has(name)) {
      context.found.report("program/duplicate-setting", placeOf(context, argument), { name });
    } else given.set(name, argument);
  });
  return given;
}

function reportUnknownArgument(
  call: Call,
  argument: Argument,
  context: Context,
  parameters: readonly string[],
): void {
  const name = argument.name?.text ?? `number ${call.arguments.indexOf(argument) + 1}`;
  const place = placeOf(context, argument.name ?? argument);
  const known = parameters.length > 0 ? parameters.join(", ") : "none";
  const message = { callee: call.callee.text, name, suggestion: didYouMean(name, parameters), known };
  const free = parameters.filter((each) => !call.arguments.some((other) => other.name?.text === each));
  const fixes = argument.name ? wordFix(name, free, place) : [];
  context.found.report("program/unknown-argument", place, message, { fixes });
}

/** The number an expression stands for when it is made of numbers alone. */
export function constant(expression: Expression): number | undefined {
  switch (expression.kind) {
    case "NumberLiteral":
      return expression.value;
    case "Negate": {
      const value = constant(expression.operand);
      return value === undefined ? undefined : -value;
    }
    case "Binary": {
      const left = constant(expression.left);
      const right = constant(expression.right);
      if (left === undefined || right === undefined) return undefined;
      return calculate(expression.operator, left, right);
    }
    default:
      return undefined;
  }
}

function calculate(operator: string, left: number, right: number): number | undefined {
  if (operator === "+") return left + right;
  if (operator === "-") return left - right;
  if (operator === "*") return left * right;
  return operator === "/" ? left / right : undefined;
}

export function wrongValue(
  expression: Expression,
  context: Context,
  name: string,
  expected: string,
  extra: Extra = {},
): undefined {
  if (isMissing(expression)) return; // the parser already said so
  const parameters = { name, expected, found: describe(expression) };
  context.found.report("program/wrong-value", placeOf(context, expression), parameters, extra);
}

/** The parser's stand-in for a value that is not there. */
export function isMissing(expression: Expression): boolean {
  return expression.kind === "Name" && expression.text === "";
}

/** An expression in the words of a message. */
export function describe(expression: Expression): string {
  switch (expression.kind) {
    case "Name":
      return expression.text;
    case "NumberLiteral":
    case "PercentLiteral":
      return expression.text;
    case "StringLiteral":
      return JSON.stringify(expression.value);
    case "Call":
      return `${expression.callee.text}(…)`;
    case "Configured":
      return `${expression.base.text} with settings`;
    case "List":
      return "a list";
    case "RecordLiteral":
      return "a record";
    case "Within":
      return `${describe(expression.operand)} with a tolerance`;
    case "Share":
      return `${expression.percent.text} of ${expression.of.text}`;
    case "Binary":
    case "Negate":
    case "Slice": {
      const value = constant(expression);
      return value === undefined ? "a computation" : String(value);
    }
  }
}

function inside(value: number, { min = -Infinity, max = Infinity }: Range): boolean {
  return value >= min && value <= max;
}

function within({ min, max }: Range): string {
  const [low, high] = [min, max].map((bound) => bound?.toLocaleString("en-US", { maximumFractionDigits: 9 }));
  if (low !== undefined && high !== undefined) return ` from ${low} to ${high}`;
  if (low !== undefined) return ` of at least ${low}`;
  return high !== undefined ? ` of at most ${high}` : "";
}
