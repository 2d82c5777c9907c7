// How a parameter begins, and what is done to it after each step: calls with numbers, texts and files, read and checked.

import { wordFix } from "../diagnostics/word-fix.ts";
import { describe } from "../program/read-value.ts";
import { resourceBeside } from "../program/resource.ts";
import { didYouMean } from "../program/scope.ts";
import type { Resource } from "../program/program.ts";
import type { Call, Expression, ParameterDeclaration } from "../syntax/ast.ts";
import { buildQuantity } from "./build-quantity.ts";
import { type Builder, placeIn, written } from "./builder.ts";
import type { Initial, Projection, Shape } from "./graph.ts";
import { initialisers, type InitialiserName, projections } from "./operations.ts";
import { symbol } from "./polynomial.ts";
import { agree, formatShape } from "./shapes.ts";

/** The rule of a parameter's first values; `undefined` when it is wrong and has been reported. */
export function buildInitial(
  { name: tensor, initial }: ParameterDeclaration,
  shape: Shape,
  builder: Builder,
): Initial | undefined {
  const called = calleeOf(initial, initialisers);
  if (!called) {
    reportUnknown("graph/unknown-initialiser", initial, Object.keys(initialisers), builder);
    return undefined;
  }
  const { name, call } = called;
  const rule = readInitial(name, call, builder);
  if (!rule) {
    reportArguments(call, initialisers[name].takes, builder);
    return undefined;
  }
  const needs = initialisers[name].makes;
  const [rows, columns] = shape;
  const fits =
    needs === "any" ||
    (rows &&
      columns &&
      shape.length === 2 &&
      (needs === "matrix" || agree(columns, symbol("d"), builder.known)));
  if (fits) return rule;
  const makes = needs === "matrix" ? "rows and columns" : "rows that are d wide";
  const parameters = { initialiser: `${name}()`, makes, tensor: tensor.text, shape: formatShape(shape) };
  builder.found.report("graph/initial-shape", placeIn(builder, initial), parameters);
  return undefined;
}

/** `project ball(0.1)`; `undefined` when it is wrong and has been reported. */
export function buildProjection(expression: Expression, builder: Builder): Projection | undefined {
  const called = calleeOf(expression, projections);
  if (!called) {
    reportUnknown("graph/unknown-projection", expression, Object.keys(projections), builder);
    return undefined;
  }
  const { name, call } = called;
  const radius = sole(call, (value) => buildQuantity(value, builder));
  if (radius !== undefined) return { kind: name, radius };
  reportArguments(call, projections[name].takes, builder);
  return undefined;
}

function readInitial(name: InitialiserName, call: Call, builder: Builder): Initial | undefined {
  const none = call.arguments.length === 0;
  switch (name) {
    case "zeros":
    case "ones":
    case "vocabulary":
    case "orthogonal":
    case "pretrained":
      return none ? { kind: name } : undefined;
    case "xavier_uniform":
      return none ? { kind: "xavierUniform" } : undefined;
    case "kaiming_uniform": {
      if (none) return { kind: "kaimingUniform" };
      const fan = sole(call, (value) => (value.kind === "Name" ? value.text : undefined));
      if (fan === "columns") return { kind: "kaimingUniform" };
      return fan === "rows" ? { kind: "kaimingUniform", fan } : undefined;
    }
    case "normal": {
      const std = sole(call, (value) => buildQuantity(value, builder));
      return std === undefined ? undefined : { kind: "normal", std };
    }
    case "uniform": {
      const bound = sole(call, (value) => buildQuantity(value, builder));
      return bound === undefined ? undefined : { kind: "uniform", bound };
    }
    case "text": {
      const text = sole(call, (value) => textOf(value, builder));
      return text === undefined ? undefined : { kind: "text", text };
    }
    case "adapter": {
      const [file, tensor] = call.arguments.map(({ value }) => value);
      const files = file && filesOf(file, builder);
      const name = tensor?.kind === "StringLiteral" ? tensor.value : undefined;
      const isWhole = files && name !== undefined && call.arguments.length === 2;
      return isWhole ? { kind: "adapter", files, tensor: name } : undefined;
    }
  }
}

function sole<T>(call: Call, read: (value: Expression) => T | undefined): T | undefined {
  const [only] = call.arguments;
  return only && call.arguments.length === 1 ? read(only.value) : undefined;
}

/** A text, or an argument that is one; `undefined` for anything else. */
export function textOf(expression: Expression, builder: Builder): string | undefined {
  if (expression.kind === "StringLiteral") return expression.value;
  const argument = argumentOf(expression, "text", builder);
  return argument === undefined ? undefined : (builder.use?.texts.get(argument)?.value ?? "");
}

/** A path beside the method's own file, or a file argument: paths beside the file that gives it. */
function filesOf(expression: Expression, builder: Builder): readonly Resource[] | undefined {
  const { method, use } = builder;
  if (expression.kind === "StringLiteral") return [resourceBeside(method.source.path, expression.value)];
  const argument = argumentOf(expression, "file", builder);
  return argument ? (use?.files.get(argument)?.value ?? []) : undefined;
}

function argumentOf(expression: Expression, type: "text" | "file", builder: Builder): string | undefined {
  if (expression.kind !== "Name") return undefined;
  const named = builder.method.arguments.find(({ name }) => name === expression.text);
  if (named?.type !== type) return undefined;
  builder.read.add(named.name);
  return named.name;
}

function calleeOf<Names extends object>(
  expression: Expression,
  known: Names,
): { readonly name: keyof Names & string; readonly call: Call } | undefined {
  if (expression.kind !== "Call" || !Object.hasOwn(known, expression.callee.text)) return undefined;
  return { name: expression.callee.text as keyof Names & string, call: expression };
}

function reportUnknown(
  code: "graph/unknown-initialiser" | "graph/unknown-projection",
  expression: Expression,
  known: readonly string[],
  builder: Builder,
): void {
  const found = written(builder, expression);
  if (found === "") return; // the parser already said so
  const name = expression.kind === "Call" ? expression.callee.text : "";
  const parameters = { found, suggestion: didYouMean(name || found, known), known: known.join(", ") };
  const callee = expression.kind === "Call" ? expression.callee : expression;
  const fixes = wordFix(name || found, known, placeIn(builder, callee));
  builder.found.report(code, placeIn(builder, expression), parameters, { fixes });
}

function reportArguments(call: Call, expected: string, builder: Builder): void {
  const found = call.arguments.map(({ value }) => describe(value)).join(", ") || "nothing";
  const parameters = { name: call.callee.text, expected, found };
  builder.found.report("graph/argument-count", placeIn(builder, call), parameters);
}
