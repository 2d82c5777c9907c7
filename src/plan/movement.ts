// Which tensors a run can move at all: the gradient followed backwards through the graph, for what is zero.

import { type GraphNode, type MethodGraph, operandsOf } from "../graph/graph.ts";
import type { Sizes } from "./bill.ts";

export interface Movement {
  /** Tensors that the gradient reaches, at the first step or once others have moved. */
  readonly moving: ReadonlySet<string>;
  /** Products that hand no gradient to one operand, because the other is zero and stays so. */
  readonly blocked: readonly { readonly node: GraphNode; readonly operand: string; readonly zero: string }[];
}

/**
 * A product hands gradient to a factor only where the other is not zero; a tensor of zeros that moves is zero no more. So
 * the set of those that move grows until it stays. What is not certainly zero counts as something.
 */
export function movement(graph: MethodGraph, sizes: Sizes): Movement {
  let moving: ReadonlySet<string> = new Set();
  for (;;) {
    const isZero = zeroNodes(graph, sizes, moving);
    const { reached, blocked } = followGradient(graph, isZero);
    const free = graph.parameters.filter(({ id, frozen }) => !frozen && reached.has(id));
    const next = new Set(free.map(({ id }) => id));
    if (next.size === moving.size) return { moving: next, blocked };
    moving = next;
  }
}

/** Nodes whose value is zero as long as only `moving` moves. Operands stand before what uses them. */
function zeroNodes(graph: MethodGraph, sizes: Sizes, moving: ReadonlySet<string>): ReadonlySet<string> {
  const zero = new Set<string>();
  for (const node of graph.nodes.values()) if (isZero(node, zero, sizes, moving)) zero.add(node.id);
  return zero;
}

function isZero(
  node: GraphNode,
  zero: ReadonlySet<string>,
  sizes: Sizes,
  moving: ReadonlySet<string>,
): boolean {
  const operands = operandsOf(node);
  switch (node.kind) {
    case "parameter":
      return node.initial.kind === "zeros" && !moving.has(node.id);
    case "number":
      return node.value === 0;
    case "argument":
      return sizes.get(node.name) === 0;
    case "matmul":
      return operands.some((id) => zero.has(id));
    case "elementwise":
      if (node.operation === "multiply") return operands.some((id) => zero.has(id));
      if (node.operation === "divide") return zero.has(node.left);
      return operands.every((id) => zero.has(id));
    case "slice":
    case "concat":
      return operands.every((id) => zero.has(id));
    default:
      return false;
  }
}

function followGradient(graph: MethodGraph, isZero: ReadonlySet<string>) {
  const reached = new Set<string>();
  const blocked: Movement["blocked"][number][] = [];
  const waiting = [graph.output.id];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const node = graph.nodes.get(id);
    if (!node || reached.has(id)) continue;
    reached.add(id);
    const isProduct =
      node.kind === "matmul" || (node.kind === "elementwise" && node.operation === "multiply");
    if (!isProduct) {
      waiting.push(...operandsOf(node));
      continue;
    }
    for (const [operand, other] of [
      [node.left, node.right],
      [node.right, node.left],
    ] as const) {
      if (isZero.has(other)) blocked.push({ node, operand, zero: nameOf(graph.nodes.get(other)) });
      else waiting.push(operand);
    }
  }
  return { reached, blocked };
}

function nameOf(node: GraphNode | undefined): string {
  if (!node) return "zero";
  return node.place.source.text.slice(node.place.span.start, node.place.span.end);
}
