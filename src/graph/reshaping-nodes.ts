// Nodes of operations that change a tensor's axes: rows pooled into one, axes regrouped or swapped.

import type { Call, Expression } from "../syntax/ast.ts";
import { buildSize } from "./build-size.ts";
import { addUnnamed, type Builder, placeIn, written } from "./builder.ts";
import { type GraphNode, operandsOf, type Shape } from "./graph.ts";
import { isMatrix } from "./operation-nodes.ts";
import {
  constantOf,
  formatPolynomial,
  minus,
  same,
  substitute,
  symbol,
  symbolsOf,
  times,
} from "./polynomial.ts";
import { formatShape } from "./shapes.ts";

/** Mean or maximum over the rows, one row left: of the words without their padding, or of a tensor with rows of its own. */
export function reduceNode(
  call: Call,
  operation: "mean" | "max",
  operands: readonly GraphNode[],
  builder: Builder,
): GraphNode | undefined {
  const operand = sole(call, operation, operands, builder);
  const at = call.arguments[0]?.value ?? call;
  if (!operand) return undefined;
  const isStack = operand.shape.length === 3 && !operand.batched;
  if (!isStack && !isMatrix(operand, at, operation, builder)) return undefined;
  const { id, shape, batched } = operand;
  const rows = shape.at(-2) ?? constantOf(1);
  const areWords = holdsWords(operand, builder);
  if (!areWords && (batched || symbolsOf(rows).has("n"))) {
    const parameters = { operation, name: written(builder, at), shape: formatShape(shape) };
    builder.found.report("graph/padded-rows", placeIn(builder, at), parameters);
    return undefined;
  }
  const left = shape.with(-2, constantOf(1));
  return addUnnamed(builder, call, {
    kind: "reduce",
    operation,
    operand: id,
    masked: areWords,
    shape: left,
    batched,
  });
}

/**
 * Whether each row belongs to the word of the same position, so that the words' padding is its padding. `concat(P, x)[0..n]`
 * has n rows, too, and they do not.
 */
function holdsWords(node: GraphNode, builder: Builder): boolean {
  const operands = operandsOf(node).flatMap((id) => builder.nodes.get(id) ?? []);
  switch (node.kind) {
    case "input":
    case "occurrences":
      return true;
    case "apply":
      return operands.every((each) => holdsWords(each, builder));
    case "matmul":
      return operands.slice(0, 1).every((each) => holdsWords(each, builder));
    case "slice": {
      const isWhole = same(node.from, constantOf(0)) && same(node.to, symbol("n"));
      return isWhole && operands.every((each) => holdsWords(each, builder));
    }
    case "elementwise": {
      const examples = operands.filter(({ batched }) => batched);
      const long = examples.filter(({ shape }) => !same(shape[0] ?? constantOf(1), constantOf(1)));
      return long.length > 0 && long.every((each) => holdsWords(each, builder));
    }
    default:
      return false;
  }
}

/** Rows become columns. */
export function transposeNode(
  call: Call,
  operands: readonly GraphNode[],
  builder: Builder,
): GraphNode | undefined {
  const operand = sole(call, "transpose", operands, builder);
  const at = call.arguments[0]?.value ?? call;
  if (!operand || !isMatrix(operand, at, "transpose", builder)) return undefined;
  if (operand.batched) {
    const found = `${written(builder, at)}, which differs from example to example, in transpose`;
    builder.found.report("graph/not-a-tensor", placeIn(builder, at), { found });
    return undefined;
  }
  const shape = operand.shape.toReversed();
  return addUnnamed(builder, call, { kind: "transpose", operand: operand.id, shape, batched: false });
}

/** The same numbers, in the same order, along other axes; the batch axis stays. */
export function reshapeNode(
  call: Call,
  build: (expression: Expression) => GraphNode | undefined,
  builder: Builder,
): GraphNode | undefined {
  const [tensor, sizes] = call.arguments.map(({ value }) => value);
  if (!tensor || sizes?.kind !== "List" || call.arguments.length > 2) {
    const expected = "a tensor and a shape, as in reshape(P, [length, d])";
    const parameters = { name: "reshape", expected, found: foundArguments(call) };
    builder.found.report("graph/argument-count", placeIn(builder, call), parameters);
    return undefined;
  }
  const operand = build(tensor);
  const built = sizes.items.map((size) => buildSize(size, builder, true));
  const shape = built.filter((size) => size !== undefined);
  if (!operand || shape.length < built.length) return undefined;
  if (!sameCount(operand.shape, shape, builder)) {
    const parameters = {
      name: written(builder, tensor),
      shape: formatShape(operand.shape),
      count: formatPolynomial(times(...operand.shape)),
      target: formatShape(shape),
      targetCount: formatPolynomial(times(...shape)),
    };
    builder.found.report("graph/reshape-count", placeIn(builder, call), parameters);
    return undefined;
  }
  const { id, batched } = operand;
  return addUnnamed(builder, call, { kind: "reshape", operand: id, shape, batched });
}

/** Judged by the numbers where a tune gives them; a method that is only declared may yet be used with the right ones. */
function sameCount(from: Shape, to: Shape, builder: Builder): boolean {
  const difference = substitute(minus(times(...from), times(...to)), builder.known);
  const isOpen = builder.known.size === 0 && symbolsOf(difference).size > 0;
  return isOpen || difference.terms.length === 0;
}

function sole(
  call: Call,
  name: string,
  operands: readonly GraphNode[],
  builder: Builder,
): GraphNode | undefined {
  const [operand, ...others] = operands;
  if (operand && others.length === 0 && !call.arguments[0]?.name) return operand;
  const parameters = { name, expected: "one tensor", found: foundArguments(call) };
  builder.found.report("graph/argument-count", placeIn(builder, call), parameters);
  return undefined;
}

function foundArguments(call: Call): string {
  const { length } = call.arguments;
  return length === 1 ? "1 argument" : `${length} arguments`;
}
