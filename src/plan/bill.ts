// The numbers of a plan: counts in full, tensors folded for inference, rows added.

import {
  followsFromSeed,
  type GraphNode,
  type MethodGraph,
  operandsOf,
  type ParameterNode,
  reachedFrom,
  type Shape,
} from "../graph/graph.ts";
import { insideChanges } from "../graph/inside-places.ts";
import {
  constantOf,
  evaluate,
  formatPolynomial,
  minus,
  plus,
  type Polynomial,
  symbol,
  symbolsOf,
  times,
  zero,
} from "../graph/polynomial.ts";
import type { MethodUse } from "../program/program.ts";
import type { StoredTensor } from "./plan.ts";

/** Values of the symbols in counts and shapes: d, s and every argument. */
export type Sizes = ReadonlyMap<string, number>;

export function trainedParameters(graph: MethodGraph): readonly ParameterNode[] {
  return graph.parameters.filter((parameter) => !parameter.frozen);
}

export function countOf(parameter: ParameterNode): Polynomial {
  return times(constantOf(1), ...parameter.shape);
}

/** Trained parameters of a method, exactly, as a polynomial. */
export function trainedCount(graph: MethodGraph): Polynomial {
  return plus(zero, ...trainedParameters(graph).map(countOf));
}

/** `s × rank`: the sizes of a shape as they were declared. */
export function formulaOf(shape: Shape): string {
  const sizes = shape.map((size) =>
    size.terms.length > 1 ? `(${formatPolynomial(size)})` : formatPolynomial(size),
  );
  return sizes.join(" × ");
}

/** `40 × 768 + 256 × 45 + 45 × 768`: the count with its numbers put in. */
export function arithmeticOf(graph: MethodGraph, sizes: Sizes): string {
  const products = trainedParameters(graph).map((parameter) =>
    parameter.shape.map((size) => evaluate(size, sizes).toLocaleString("en-US")).join(" × "),
  );
  return products.join(" + ");
}

/** Rows of the output beyond the n words: the prompt. */
export function addedPositions(graph: MethodGraph, sizes: Sizes): number {
  return evaluate(addedFormula(graph), sizes);
}

/** The same as a polynomial of the arguments. */
export function addedFormula(graph: MethodGraph): Polynomial {
  return minus(graph.output.shape[0] ?? zero, symbol("n"));
}

/** Whether nothing of the tensor needs keeping: it is never trained, and the seed brings its values back. */
export function isRedrawn({ frozen, initial }: ParameterNode): boolean {
  return frozen && followsFromSeed(initial);
}

/**
 * What inference keeps: the largest parts of the graph that depend neither on the words nor on the batch's n, each
 * computed once. The plain tensors among them are kept as they are; what the seed alone brings back is not kept.
 */
export function storedTensors(graph: MethodGraph, sizes: Sizes): readonly StoredTensor[] {
  const stored = new Map<string, StoredTensor>();
  const seen = new Set<string>();
  const waiting = [graph.output.id];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const node = graph.nodes.get(id);
    if (!node || seen.has(id)) continue;
    seen.add(id);
    if (!isFoldable(node)) waiting.push(...[...keptOperands(node)].reverse());
    else if (holdsParameter(graph, id, sizes)) stored.set(id, storedTensor(node, graph, sizes));
  }
  return [...stored.values()].filter(({ count }) => count > 0);
}

/** What is worked into the backbone's own weights need not be kept beside them. */
function keptOperands(node: GraphNode): readonly string[] {
  if (node.kind !== "inside") return operandsOf(node);
  const kept = node.attachments.filter(({ change }) => !insideChanges[change].folds);
  return [node.operand, ...kept.flatMap(({ tensors }) => tensors)];
}

/** Trained parameters that inference finds in the backbone's own weights. */
export function foldedIntoBackbone(graph: MethodGraph): readonly string[] {
  const { output } = graph;
  if (output.kind !== "inside") return [];
  return output.attachments.flatMap(({ change, tensors }) => (insideChanges[change].folds ? tensors : []));
}

/** Keys and values put in front of every attention's own. */
export function memoryRows(graph: MethodGraph, sizes: Sizes): number {
  const length = memoryFormula(graph);
  return length ? evaluate(length, sizes) : 0;
}

/** The same as a polynomial of the arguments; `undefined` without any. */
export function memoryFormula(graph: MethodGraph): Polynomial | undefined {
  const { output } = graph;
  const memory =
    output.kind === "inside" ? output.attachments.find(({ place }) => place === "memory") : undefined;
  return graph.nodes.get(memory?.tensors[0] ?? "")?.shape[1];
}

function isFoldable(node: GraphNode): boolean {
  return !node.batched && !node.shape.some((size) => symbolsOf(size).has("n"));
}

/**
 * Holds a tensor that is not simply drawn again. A product of tensors without an entry (rank 0) is zero, and nothing has
 * to be kept of it.
 */
function holdsParameter(graph: MethodGraph, id: string, sizes: Sizes): boolean {
  return [...reachedFrom(graph, id)].some((each) => {
    const node = graph.nodes.get(each);
    return node?.kind === "parameter" && !isRedrawn(node) && evaluate(countOf(node), sizes) > 0;
  });
}

function storedTensor(node: GraphNode, graph: MethodGraph, sizes: Sizes): StoredTensor {
  const shape = node.shape.map((size) => evaluate(size, sizes));
  const { source } = graph.method;
  const text =
    node.kind === "parameter" ? node.id : source.text.slice(node.place.span.start, node.place.span.end);
  return {
    text,
    folded: node.kind !== "parameter",
    ...(node.kind === "parameter" && node.initial.kind === "pretrained" ? { weights: true } : {}),
    shape,
    formula: formulaOf(node.shape),
    count: shape.reduce((product, size) => product * size, 1),
  };
}

/** `dept(length = 40, rank = 45)`, with `auto` as its solution. Arguments left at their default are not shown. */
export function formatUse(use: MethodUse, values: ReadonlyMap<string, number> = new Map()): string {
  const parts = use.method.arguments.flatMap(({ name }) => {
    const number = use.arguments.get(name);
    const written = number ?? use.texts.get(name) ?? use.files.get(name);
    if (!written || written.from === "default") return [];
    const { source, span } = written.place;
    const value = number ? (values.get(name) ?? number.value) : source.text.slice(span.start, span.end);
    return [`${name} = ${value}`];
  });
  return `${use.method.name}(${parts.join(", ")})`;
}
