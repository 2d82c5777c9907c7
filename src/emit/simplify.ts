// What is left of a method's graph once its numbers are known: tensors of size 0 and factors of 1 leave no trace.

import { type GraphNode, type MethodGraph, operandsOf } from "../graph/graph.ts";
import { backboneSizes } from "../program/backbone-sizes.ts";
import { evaluate, symbolsOf } from "../graph/polynomial.ts";
import type { Plan } from "../plan/plan.ts";

/** Values of d, s, the backbone's other sizes and the arguments. */
export function sizesOf(plan: Plan): ReadonlyMap<string, number> {
  const { backbone, task } = plan.tune;
  const axes: readonly [string, number][] = [
    ["d", backbone.width.value],
    ["s", task.maxTokens.value],
  ];
  return new Map([...axes, ...backboneSizes(backbone), ...plan.arguments]);
}

/**
 * Follows a node to the one that computes its value: `x + A @ B` with rank 0 is `x`, `1 * y` is `y`. `undefined` for a
 * value that is zero or has no rows.
 */
export function simplify(plan: Plan): (id: string) => GraphNode | undefined {
  const graph: MethodGraph = plan.graph;
  const sizes = sizesOf(plan);
  const known = new Map<string, GraphNode | undefined>();
  const follow = (id: string): GraphNode | undefined => {
    if (!known.has(id)) known.set(id, simpler(graph.nodes.get(id), follow, sizes));
    return known.get(id);
  };
  return follow;
}

type Follow = (id: string) => GraphNode | undefined;

function simpler(
  node: GraphNode | undefined,
  follow: Follow,
  sizes: ReadonlyMap<string, number>,
): GraphNode | undefined {
  if (!node || isEmpty(node, sizes)) return undefined;
  if (node.kind === "concat") {
    const operands = node.operands.filter((id) => follow(id));
    return operands.length === 1 ? follow(operands[0] ?? "") : { ...node, operands };
  }
  if (node.kind === "matmul") return follow(node.left) ? node : undefined;
  const isView = ["slice", "reduce", "reshape", "transpose"].includes(node.kind);
  if (isView) return operandsOf(node).every(follow) ? node : undefined;
  if (node.kind !== "elementwise") return node;
  const [left, right] = [follow(node.left), follow(node.right)];
  if (node.operation === "add") return left && right ? node : (left ?? right);
  if (node.operation === "subtract") return right ? node : left;
  if (!left || !right) return undefined;
  if (valueOf(right, sizes) === 1) return left;
  return node.operation === "multiply" && valueOf(left, sizes) === 1 ? right : node;
}

function isEmpty(node: GraphNode, sizes: ReadonlyMap<string, number>): boolean {
  return node.shape.some((size) => ![...symbolsOf(size)].includes("n") && evaluate(size, sizes) === 0);
}

function valueOf(node: GraphNode, sizes: ReadonlyMap<string, number>): number | undefined {
  if (node.kind === "number") return node.value;
  return node.kind === "argument" ? sizes.get(node.name) : undefined;
}
