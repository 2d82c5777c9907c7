// Nodes of operations on operands that are built: shapes checked, mistakes reported.

import type { Binary, Call, Expression, Negate, Slice } from "../syntax/ast.ts";
import { buildSize } from "./build-size.ts";
import { addUnnamed, type Builder, placeIn, written } from "./builder.ts";
import type { GraphNode, NumberNode, Shape } from "./graph.ts";
import type { OperationName } from "./operations.ts";
import {
  constantOf,
  evaluate,
  formatPolynomial,
  minus,
  plus,
  type Polynomial,
  substitute,
  symbolsOf,
} from "./polynomial.ts";
import { agree, formatShape, stretched } from "./shapes.ts";

export function numberNode(value: number): Omit<NumberNode, "id" | "place"> {
  return { kind: "number", value, shape: [], batched: false };
}

/** −x as −1 · x. */
export function negatedNode(expression: Negate, operand: GraphNode, builder: Builder): GraphNode {
  const minusOne = addUnnamed(builder, expression, numberNode(-1));
  const { shape, batched } = operand;
  const sides = { left: minusOne.id, right: operand.id };
  return addUnnamed(builder, expression, {
    kind: "elementwise",
    operation: "multiply",
    ...sides,
    shape,
    batched,
  });
}

const elementwise = { "+": "add", "-": "subtract", "*": "multiply", "/": "divide" } as const;
const participles = { "+": "added", "-": "subtracted", "*": "multiplied", "/": "divided" } as const;

export function binaryNode(
  expression: Binary,
  left: GraphNode,
  right: GraphNode,
  builder: Builder,
): GraphNode | undefined {
  const { operator } = expression;
  if (operator === "@") return matmulNode(expression, left, right, builder);
  const shape = aligns(left, right) ? stretched(left.shape, right.shape, builder.known) : undefined;
  if (!shape) {
    if (!reportPositional(expression, left, right, builder)) {
      const parameters = { ...described(expression, left, right, builder), operation: participles[operator] };
      builder.found.report("graph/shape-mismatch", placeIn(builder, expression), parameters);
    }
    return undefined;
  }
  const sides = { left: left.id, right: right.id };
  const batched = left.batched || right.batched;
  const operation = elementwise[operator];
  return addUnnamed(builder, expression, { kind: "elementwise", operation, ...sides, shape, batched });
}

/** A tensor that has no batch axis must not reach over to the batch axis of one that has. */
function aligns(left: GraphNode, right: GraphNode): boolean {
  if (left.batched && right.batched) return left.shape.length === right.shape.length;
  if (left.batched) return right.shape.length <= left.shape.length;
  return !right.batched || left.shape.length <= right.shape.length;
}

function described(expression: Binary, left: GraphNode, right: GraphNode, builder: Builder) {
  return {
    left: written(builder, expression.left),
    leftShape: formatShape(left.shape),
    right: written(builder, expression.right),
    rightShape: formatShape(right.shape),
  };
}

/** A tensor with s rows met one with the batch's n: the mistake has its own message and fix. */
function reportPositional(expression: Binary, left: GraphNode, right: GraphNode, builder: Builder): boolean {
  const carries = (node: GraphNode, axis: string) => node.shape[0] && symbolsOf(node.shape[0]).has(axis);
  const [positional, other] =
    carries(left, "s") && carries(right, "n")
      ? [expression.left, expression.right]
      : carries(right, "s") && carries(left, "n")
        ? [expression.right, expression.left]
        : [];
  if (!positional || !other) return false;
  const text = written(builder, positional);
  const fixed =
    positional.kind === "Binary" || positional.kind === "Negate" ? `(${text})[0..n]` : `${text}[0..n]`;
  const place = placeIn(builder, positional);
  builder.found.report(
    "graph/positional",
    place,
    { positional: text, other: written(builder, other), fixed },
    { fixes: [{ title: `take the batch's rows: ${fixed}`, safe: true, edits: [{ place, text: fixed }] }] },
  );
  return true;
}

function matmulNode(
  expression: Binary,
  left: GraphNode,
  right: GraphNode,
  builder: Builder,
): GraphNode | undefined {
  const stack = stackOf(left, right, builder);
  const bothMatrices =
    stack ||
    (isMatrix(left, expression.left, "@", builder) && isMatrix(right, expression.right, "@", builder));
  const [rows, leftInner] = left.shape.slice(-2);
  const [rightInner, columns] = right.shape.slice(-2);
  if (!bothMatrices || !rows || !leftInner || !rightInner || !columns) return undefined;
  if (!agree(leftInner, rightInner, builder.known)) {
    const inner = { leftInner: formatPolynomial(leftInner), rightInner: formatPolynomial(rightInner) };
    const parameters = { ...described(expression, left, right, builder), ...inner };
    builder.found.report("graph/inner-mismatch", placeIn(builder, expression), parameters);
    return undefined;
  }
  if (right.batched) {
    const found = `${written(builder, expression.right)}, which differs from example to example, right of @`;
    builder.found.report("graph/not-a-tensor", placeIn(builder, expression.right), { found });
    return undefined;
  }
  const sides = { left: left.id, right: right.id };
  return addUnnamed(builder, expression, {
    kind: "matmul",
    ...sides,
    shape: [...(stack ?? []), rows, columns],
    batched: left.batched,
  });
}

/** The common first axis of two stacks of matrices, `[blocks, rows, columns]`: they are multiplied one by one. */
function stackOf(left: GraphNode, right: GraphNode, builder: Builder): Shape | undefined {
  if (left.batched || right.batched || left.shape.length !== 3 || right.shape.length !== 3) return undefined;
  const [first, second] = [left.shape[0], right.shape[0]];
  return first && second && agree(first, second, builder.known) ? [first] : undefined;
}

export function isMatrix(
  node: GraphNode,
  expression: Expression,
  operation: string,
  builder: Builder,
): boolean {
  if (node.shape.length === 2) return true;
  const parameters = { name: written(builder, expression), shape: formatShape(node.shape), operation };
  builder.found.report("graph/not-a-matrix", placeIn(builder, expression), parameters);
  return false;
}

export function sliceNode(expression: Slice, operand: GraphNode, builder: Builder): GraphNode | undefined {
  const from = expression.from ? buildSize(expression.from, builder, true) : constantOf(0);
  const to = expression.to ? buildSize(expression.to, builder, true) : operand.shape[0];
  if (!from || !isMatrix(operand, expression.operand, "a slice", builder)) return undefined;
  const [rows, columns] = operand.shape;
  if (!rows || !columns || !to || !insideRows(from, to, rows, expression, builder)) return undefined;
  const shape = [minus(to, from), columns];
  return addUnnamed(builder, expression, {
    kind: "slice",
    operand: operand.id,
    from,
    to,
    shape,
    batched: operand.batched,
  });
}

/** Judged where both sides are known; n is at least 1 and at most s. */
function insideRows(
  from: Polynomial,
  to: Polynomial,
  rows: Polynomial,
  at: Slice,
  builder: Builder,
): boolean {
  const s = builder.known.get("s");
  const known = s === undefined ? builder.known : new Map([...builder.known, ["n", s]]);
  const [first, last, all] = [from, to, rows].map((size) => {
    const reduced = substitute(size, known);
    return symbolsOf(reduced).size === 0 ? evaluate(reduced, known) : undefined;
  });
  const negative = first !== undefined && first < 0;
  const crossed = first !== undefined && last !== undefined && first > last;
  const beyond = last !== undefined && all !== undefined && last > all;
  if (!negative && !crossed && !beyond) return true;
  const parameters = {
    from: formatPolynomial(from),
    to: formatPolynomial(to),
    name: written(builder, at.operand),
    rows: all === undefined ? formatPolynomial(rows) : `${formatPolynomial(rows)} = ${all}`,
  };
  builder.found.report("graph/slice-range", placeIn(builder, at), parameters);
  return false;
}

export function concatNode(
  call: Call,
  operands: readonly GraphNode[],
  builder: Builder,
): GraphNode | undefined {
  const values = call.arguments.map((argument) => argument.value);
  if (values.length < 2) {
    const parameters = { name: "concat", expected: "two tensors or more", found: String(values.length) };
    builder.found.report("graph/argument-count", placeIn(builder, call), parameters);
    return undefined;
  }
  const matrices = operands.every((node, index) => isMatrix(node, values[index] ?? call, "concat", builder));
  const [first, ...others] = operands;
  if (!matrices || !first) return undefined;
  const width = first.shape[1] ?? constantOf(0);
  const stranger = others.findIndex((node) => !agree(node.shape[1] ?? width, width, builder.known));
  if (stranger >= 0) {
    const parameters = {
      left: written(builder, values[0] ?? call),
      leftShape: formatShape(first.shape),
      right: written(builder, values[stranger + 1] ?? call),
      rightShape: formatShape(others[stranger]?.shape ?? []),
      operation: "put one below the other",
    };
    builder.found.report("graph/shape-mismatch", placeIn(builder, call), parameters);
    return undefined;
  }
  const rows = plus(...operands.map((node) => node.shape[0] ?? constantOf(0)));
  const batched = operands.some((node) => node.batched);
  const ids = operands.map((node) => node.id);
  return addUnnamed(builder, call, { kind: "concat", operands: ids, shape: [rows, width], batched });
}

/** `layer_norm(x, gain, bias)`: the norm, then a learned scale and shift of its columns. */
export function normNode(
  call: Call,
  operands: readonly GraphNode[],
  builder: Builder,
): GraphNode | undefined {
  const [operand, gain, bias] = operands;
  if (!operand || !gain || !bias) return undefined;
  const { id, shape, batched } = operand;
  const columns = shape.slice(-1);
  for (const [index, learned] of [gain, bias].entries()) {
    const fits =
      !learned.batched && learned.shape.length === 1 && stretched(learned.shape, columns, builder.known);
    if (fits) continue;
    const at = call.arguments[index + 1]?.value ?? call;
    builder.found.report("graph/shape-mismatch", placeIn(builder, at), {
      left: written(builder, call.arguments[0]?.value ?? call),
      leftShape: formatShape(shape),
      right: written(builder, at),
      rightShape: formatShape(learned.shape),
      operation: "normalised, then scaled and shifted by its columns",
    });
    return undefined;
  }
  const norm = addUnnamed(builder, call, {
    kind: "apply",
    operation: "layer_norm",
    operand: id,
    shape,
    batched,
  });
  const common = { kind: "elementwise", shape, batched } as const;
  const scaled = addUnnamed(builder, call, {
    ...common,
    operation: "multiply",
    left: norm.id,
    right: gain.id,
  });
  return addUnnamed(builder, call, { ...common, operation: "add", left: scaled.id, right: bias.id });
}

export function applyNode(
  call: Call,
  operation: OperationName,
  operands: readonly GraphNode[],
  builder: Builder,
): GraphNode | undefined {
  const [operand, ...others] = operands;
  const isSole = operand && others.length === 0 && !call.arguments[0]?.name;
  if (isSole && (operand.shape.length > 0 || operation === "sqrt")) {
    const { shape, batched } = operand;
    return addUnnamed(builder, call, { kind: "apply", operation, operand: operand.id, shape, batched });
  }
  const found = isSole ? "a number" : `${call.arguments.length} arguments`;
  builder.found.report("graph/argument-count", placeIn(builder, call), {
    name: operation,
    expected: operation === "layer_norm" ? "one tensor, or a tensor, its gain and its bias" : "one tensor",
    found,
  });
  return undefined;
}
