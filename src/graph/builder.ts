// A method's graph while it is being built: what is known, what is named, where to report.

import type { Diagnostics, Place } from "../diagnostics/diagnostic.ts";
import { wordFix } from "../diagnostics/word-fix.ts";
import type { Method, MethodUse } from "../program/program.ts";
import { didYouMean } from "../program/scope.ts";
import type { Span } from "../source/span.ts";
import type { Expression, Name } from "../syntax/ast.ts";
import type { GraphNode } from "./graph.ts";
import type { KnownSizes } from "./shapes.ts";

/** A graph while it is being built. */
export interface Builder {
  readonly method: Method;
  /** Undefined for a method that is only declared. */
  readonly use: MethodUse | undefined;
  readonly known: KnownSizes;
  readonly found: Diagnostics;
  readonly nodes: Map<string, GraphNode>;
  /** Nodes by the names that expressions use. */
  readonly names: Map<string, GraphNode>;
  /** Arguments and axes that some expression or shape read. */
  readonly read: Set<string>;
}

/** The axes every method knows: the backbone's width, the task's longest input, the rows of this batch. */
export const axes = ["d", "s", "n"] as const;

export function placeIn(builder: Builder, node: { readonly span: Span }): Place {
  return { source: builder.method.source, span: node.span };
}

export function addNode<N extends GraphNode>(builder: Builder, node: N): N {
  builder.nodes.set(node.id, node);
  return node;
}

/** Distributes over the union, so that each kind of node keeps its own fields. */
type WithoutIdentity<N> = N extends GraphNode ? Omit<N, "id" | "place"> : never;

/** Adds a node that has no name of the user's. */
export function addUnnamed(builder: Builder, at: Expression, node: WithoutIdentity<GraphNode>): GraphNode {
  // Ids that no user can write, in the order of building: the same text gives the same graph.
  const id = `#${builder.nodes.size}`;
  return addNode(builder, { ...node, id, place: placeIn(builder, at) } as GraphNode);
}

/** How a message calls a node: as it was written. */
export function written(builder: Builder, expression: Expression): string {
  return builder.method.source.text.slice(expression.span.start, expression.span.end);
}

/** A name that a tensor, an argument or an axis should have, and none has. */
export function reportUnknownName(
  { text: name, span }: Name,
  known: readonly string[],
  builder: Builder,
): void {
  const place = placeIn(builder, { span });
  const method = builder.method.name;
  const parameters = { name, method, suggestion: didYouMean(name, known), known: known.join(", ") };
  builder.found.report("graph/unknown-tensor", place, parameters, { fixes: wordFix(name, known, place) });
}
