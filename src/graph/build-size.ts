// An expression in a shape or a slice to an exact polynomial.

import { isBackboneSize } from "../program/backbone-sizes.ts";
import { describe, isMissing } from "../program/read-value.ts";
import type { Expression } from "../syntax/ast.ts";
import { axes, type Builder, placeIn, reportUnknownName } from "./builder.ts";
import { constantOf, minus, plus, type Polynomial, symbol, times } from "./polynomial.ts";

/** `rowsOfBatch`: whether n, which differs from batch to batch, may be used; a parameter's shape must not. */
export function buildSize(
  expression: Expression,
  builder: Builder,
  rowsOfBatch: boolean,
): Polynomial | undefined {
  switch (expression.kind) {
    case "NumberLiteral":
      if (expression.integer) return constantOf(expression.value);
      break;
    case "Name":
      return named(expression, builder, rowsOfBatch);
    case "Binary": {
      const left = buildSize(expression.left, builder, rowsOfBatch);
      const right = buildSize(expression.right, builder, rowsOfBatch);
      if (!left || !right) return undefined;
      if (expression.operator === "+") return plus(left, right);
      if (expression.operator === "-") return minus(left, right);
      if (expression.operator === "*") return times(left, right);
    }
  }
  builder.found.report("graph/not-an-axis", placeIn(builder, expression), { found: describe(expression) });
  return undefined;
}

function named(
  expression: Extract<Expression, { kind: "Name" }>,
  builder: Builder,
  rowsOfBatch: boolean,
): Polynomial | undefined {
  const name = expression.text;
  if (isMissing(expression)) return undefined;
  const { method, found } = builder;
  const integers = method.arguments
    .filter((argument) => argument.type === "int")
    .map((argument) => argument.name);
  const known = [...axes.filter((axis) => rowsOfBatch || axis !== "n"), ...integers];
  if (known.includes(name)) {
    builder.read.add(name);
    return symbol(name);
  }
  if (isBackboneSize(name) && !builder.names.has(name)) return symbol(name);
  const isTensor = builder.names.has(name) || method.arguments.some((argument) => argument.name === name);
  if (isTensor || axes.some((axis) => axis === name)) {
    found.report("graph/not-an-axis", placeIn(builder, expression), { found: name });
    return undefined;
  }
  reportUnknownName(expression, known, builder);
  return undefined;
}
