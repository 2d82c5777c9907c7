// An expression of numbers, arguments and axes to a quantity.

import { constant } from "../program/read-value.ts";
import type { Expression } from "../syntax/ast.ts";
import type { Builder } from "./builder.ts";
import type { Quantity } from "./quantity.ts";

/** `undefined` for what is no such computation; nothing is reported. */
export function buildQuantity(expression: Expression, builder: Builder): Quantity | undefined {
  const value = constant(expression);
  if (value !== undefined) return value;
  switch (expression.kind) {
    case "Name":
      return symbolOf(expression.text, builder);
    case "Call": {
      const [only] = expression.arguments;
      const isRoot = expression.callee.text === "sqrt" && only && expression.arguments.length === 1;
      const sqrt = isRoot ? buildQuantity(only.value, builder) : undefined;
      return sqrt === undefined ? undefined : { sqrt };
    }
    case "Binary": {
      const left = buildQuantity(expression.left, builder);
      const right = buildQuantity(expression.right, builder);
      const { operator } = expression;
      if (left === undefined || right === undefined || operator === "@") return undefined;
      return { operator, left, right };
    }
    default:
      return undefined;
  }
}

function symbolOf(name: string, builder: Builder): Quantity | undefined {
  const argument = builder.method.arguments.find((each) => each.name === name);
  const isNumber = argument
    ? argument.type === "int" || argument.type === "float"
    : ["d", "s"].includes(name);
  if (!isNumber) return undefined;
  builder.read.add(name);
  return { symbol: name };
}
