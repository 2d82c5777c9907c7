// Operations of a plan whose gradient a backend lacks, after the table of trials.

import type { Place } from "../diagnostics/diagnostic.ts";
import { type GraphNode, operandsOf, reachedFrom } from "../graph/graph.ts";
import { type Gradient, operationGradients } from "../graph/operation-gradients.ts";
import type { Plan } from "./plan.ts";

/** The outcomes of the trials: by operation, then by backend. */
export type GradientTable = Readonly<Record<string, Readonly<Record<string, Gradient>>>>;

export interface MissingGradient {
  readonly operation: string;
  readonly place: Place;
  readonly gradient: "none" | "wrong";
  /** Backends on which a trial found it right. */
  readonly rightOn: readonly string[];
}

/** Only what stands between a trained tensor and the output needs a gradient. In the order of the graph. */
export function missingGradients(
  { graph }: Plan,
  backend: string,
  table: GradientTable = operationGradients,
): readonly MissingGradient[] {
  const reached = reachedFrom(graph, graph.output.id);
  const learning = new Set(graph.parameters.filter(({ frozen }) => !frozen).map(({ id }) => id));
  const missing: MissingGradient[] = [];
  // Operands stand before what uses them.
  for (const node of graph.nodes.values()) {
    if (!operandsOf(node).some((id) => learning.has(id))) continue;
    learning.add(node.id);
    const operation = operationOf(node);
    const row = table[operation] ?? {};
    const gradient = row[backend];
    if (!reached.has(node.id) || (gradient !== "none" && gradient !== "wrong")) continue;
    const rightOn = Object.keys(row).filter((name) => row[name] === "right");
    missing.push({ operation, place: node.place, gradient, rightOn });
  }
  return missing;
}

/** The node's row in the table. */
function operationOf(node: GraphNode): string {
  return "operation" in node ? node.operation : node.kind;
}
