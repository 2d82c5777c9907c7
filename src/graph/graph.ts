// A method as a typed graph: nodes, edges by id, symbolic shapes.

import type { Place } from "../diagnostics/diagnostic.ts";
import type { Method, MethodUse, Resource, Tune } from "../program/program.ts";
import type { ChangeName, InsidePlaceName } from "./inside-places.ts";
import type { OperationName } from "./operations.ts";
import type { Polynomial } from "./polynomial.ts";
import type { Quantity } from "./quantity.ts";

/** Sizes of the axes, outermost first. The batch axis is implicit: see `batched`. A number has the shape `[]`. */
export type Shape = readonly Polynomial[];

interface NodeBase {
  /** Unique in its graph; the user's name where there is one. */
  readonly id: string;
  readonly shape: Shape;
  /** Depends on the input, so it has one value for each example of the batch. */
  readonly batched: boolean;
  readonly place: Place;
}

export type Initial =
  | { readonly kind: "zeros" | "ones" | "xavierUniform" | "orthogonal" | "vocabulary" | "pretrained" }
  /** The fan is the columns unless it says rows. */
  | { readonly kind: "kaimingUniform"; readonly fan?: "rows" }
  | { readonly kind: "normal"; readonly std: Quantity }
  | { readonly kind: "uniform"; readonly bound: Quantity }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "adapter"; readonly files: readonly Resource[]; readonly tensor: string };

/** After each step every row is brought back into a ball of this radius around 0. */
export interface Projection {
  readonly kind: "ball";
  readonly radius: Quantity;
}

/** Values that the seed alone brings back; the others need the backbone's table or a file. */
export function followsFromSeed({ kind }: Initial): boolean {
  return !["vocabulary", "text", "adapter", "pretrained"].includes(kind);
}

export interface ParameterNode extends NodeBase {
  readonly kind: "parameter";
  readonly initial: Initial;
  readonly groups: readonly { readonly name: string; readonly place: Place }[];
  readonly frozen: boolean;
  readonly projection?: Projection & { readonly place: Place };
}

export interface InputNode extends NodeBase {
  readonly kind: "input";
}

export interface NumberNode extends NodeBase {
  readonly kind: "number";
  readonly value: number;
}

/** A method's argument used as a number: its value is known when the plan is. */
export interface ArgumentNode extends NodeBase {
  readonly kind: "argument";
  readonly name: string;
}

export interface ElementwiseNode extends NodeBase {
  readonly kind: "elementwise";
  readonly operation: "add" | "subtract" | "multiply" | "divide";
  readonly left: string;
  readonly right: string;
}

export interface MatmulNode extends NodeBase {
  readonly kind: "matmul";
  readonly left: string;
  readonly right: string;
}

/** Rows `from` up to but not including `to`. */
export interface SliceNode extends NodeBase {
  readonly kind: "slice";
  readonly operand: string;
  readonly from: Polynomial;
  readonly to: Polynomial;
}

/** One below the other along the rows. */
export interface ConcatNode extends NodeBase {
  readonly kind: "concat";
  readonly operands: readonly string[];
}

export interface ApplyNode extends NodeBase {
  readonly kind: "apply";
  readonly operation: OperationName;
  readonly operand: string;
}

/** One row of many. `masked`: the rows are those of the words, and padding does not count. */
export interface ReduceNode extends NodeBase {
  readonly kind: "reduce";
  readonly operation: "mean" | "max";
  readonly operand: string;
  readonly masked: boolean;
}

/** The same numbers along other axes. */
export interface ReshapeNode extends NodeBase {
  readonly kind: "reshape";
  readonly operand: string;
}

export interface TransposeNode extends NodeBase {
  readonly kind: "transpose";
  readonly operand: string;
}

/** 1 where the row's word is the column's token of a text, 0 elsewhere: `[n, count]`. */
export interface OccurrencesNode extends NodeBase {
  readonly kind: "occurrences";
  readonly text: string;
}

/** One change inside the backbone's blocks, made of parameters as they are. */
export interface Attachment {
  readonly place: InsidePlaceName;
  readonly change: ChangeName;
  readonly tensors: readonly string[];
  readonly factor?: Quantity;
}

/** What the backbone reads, the operand, with what is changed inside it. Only the output is one. */
export interface InsideNode extends NodeBase {
  readonly kind: "inside";
  readonly operand: string;
  readonly attachments: readonly Attachment[];
}

export type GraphNode =
  | ParameterNode
  | InputNode
  | NumberNode
  | ArgumentNode
  | ElementwiseNode
  | MatmulNode
  | SliceNode
  | ConcatNode
  | ApplyNode
  | ReduceNode
  | ReshapeNode
  | TransposeNode
  | OccurrencesNode
  | InsideNode;

export interface MethodGraph {
  readonly method: Method;
  /** Undefined for a method that is only declared. */
  readonly use: MethodUse | undefined;
  /** Every node, operands before what uses them. */
  readonly nodes: ReadonlyMap<string, GraphNode>;
  readonly parameters: readonly ParameterNode[];
  /** Ids that a `let` names. */
  readonly lets: ReadonlySet<string>;
  readonly input: InputNode;
  readonly output: GraphNode;
}

/** A tune whose method's graph could be built, and its baseline's when the budget is parity. */
export interface TuneGraph {
  readonly tune: Tune;
  readonly method: MethodGraph;
  readonly baseline: MethodGraph | undefined;
}

export interface Graph {
  readonly tunes: readonly TuneGraph[];
}

export function operandsOf(node: GraphNode): readonly string[] {
  switch (node.kind) {
    case "parameter":
    case "input":
    case "number":
    case "argument":
    case "occurrences":
      return [];
    case "elementwise":
    case "matmul":
      return [node.left, node.right];
    case "slice":
    case "apply":
    case "reduce":
    case "reshape":
    case "transpose":
      return [node.operand];
    case "concat":
      return node.operands;
    case "inside":
      return [node.operand, ...node.attachments.flatMap(({ tensors }) => tensors)];
  }
}

/** Ids of the node and everything it is computed from. */
export function reachedFrom({ nodes }: MethodGraph, id: string): ReadonlySet<string> {
  return reachedFromNodes(nodes, id);
}

/** The same while the graph is being built. */
export function reachedFromNodes(nodes: MethodGraph["nodes"], id: string): ReadonlySet<string> {
  const reached = new Set<string>();
  const waiting = [id]; // no recursion: a method may be longer than the stack is deep
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const node = nodes.get(next);
    if (!node || reached.has(next)) continue;
    reached.add(next);
    waiting.push(...operandsOf(node));
  }
  return reached;
}
