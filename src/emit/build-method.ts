// The method's graph written out as a function of the script.

import type { ApplyNode, ElementwiseNode, GraphNode, OccurrencesNode, Shape } from "../graph/graph.ts";
import { operandsOf } from "../graph/graph.ts";
import { formatPolynomial, symbolsOf, zero } from "../graph/polynomial.ts";
import type { Plan } from "../plan/plan.ts";
import { attachmentsOf, buildInside } from "./build-inside.ts";
import { freeName } from "./names.ts";
import { call, type Code, list, name, number, type Statement, text } from "./script.ts";
import { simplify, sizesOf } from "./simplify.ts";
import { axisOrArgument, sizeCode } from "./size-code.ts";

type FunctionStatement = Extract<Statement, { kind: "function" }>;
type ConstStatement = Extract<Statement, { kind: "const" }>;

/** The functions, and the tensors that they read: one of size 0 is not there. */
export interface MethodFunctions {
  /** What the backbone reads; undefined where it reads the words and is changed inside. */
  readonly input: FunctionStatement | undefined;
  /** What is changed inside the backbone. */
  readonly inside: FunctionStatement | undefined;
  /** What the functions read beside tensors and arguments. */
  readonly constants: readonly Statement[];
  readonly tensors: readonly string[];
}

interface Writing {
  readonly plan: Plan;
  readonly follow: (id: string) => GraphNode | undefined;
  /** How often each node's value is used: a value used twice gets a name. */
  readonly uses: ReadonlyMap<string, number>;
  readonly statements: Statement[];
  readonly written: Map<string, Code>;
  /** Names of the lists of tokens, by the text and the size they are of. */
  readonly tokens: Map<string, ConstStatement>;
}

export function buildMethod(plan: Plan): MethodFunctions {
  const { graph } = plan;
  const follow = simplify(plan);
  const attachments = attachmentsOf(plan, follow);
  const output = follow(graph.output.kind === "inside" ? graph.output.operand : graph.output.id);
  if (!output) throw new Error(`the output of ${graph.method.name} is empty`);
  const read = buildInput(plan, output, follow);
  const input = attachments.length > 0 && output.kind === "input" ? undefined : read.statement;
  const within = attachments.flatMap(({ tensors }) => tensors);
  const method = freeName(graph.method.name, "Method");
  const names = destructured(within);
  const inside = buildInside(plan, attachments, input ? `${method}Inside` : method, names);
  const tensors = graph.parameters.map(({ id }) => id);
  return {
    input,
    inside: attachments.length > 0 ? inside : undefined,
    constants: input ? read.constants : [],
    tensors: tensors.filter((id) => read.tensors.includes(id) || within.includes(id)),
  };
}

function buildInput(plan: Plan, output: GraphNode, follow: Writing["follow"]) {
  const { graph } = plan;
  const uses = countUses(output, follow);
  const writing: Writing = { plan, follow, uses, statements: [], written: new Map(), tokens: new Map() };
  const value = writeNode(output, writing);
  const tensors = graph.parameters.map(({ id }) => id).filter((id) => uses.has(id));
  const input = freeName(graph.input.id, "Input");
  const body: Statement[] = [
    ...writing.statements,
    { kind: "return", value, comment: shapeComment(output, plan) },
  ];
  const known = (["mask", "ids"] as const).filter((each) => reads(body, each));
  const rows: Statement[] = reads(body, "n")
    ? [{ kind: "const", name: "n", value: name(`${input}.shape[1]`), comment: "rows of this batch" }]
    : [];
  return {
    tensors,
    constants: [...writing.tokens.values()],
    statement: {
      kind: "function" as const,
      name: freeName(graph.method.name, "Method"),
      doc: methodDoc(plan, input, known),
      parameters: [
        { name: destructured(tensors), type: `TensorsOf<${tensorTypes(plan, tensors)}>` },
        { name: input, type: "Tensor3D" },
        ...(known.length > 0 ? [{ name: `{ ${known.join(", ")} }`, type: "Words" }] : []),
      ],
      returns: "Tensor3D",
      body: [...rows, ...body],
    },
  };
}

function countUses(output: GraphNode, follow: Writing["follow"]): ReadonlyMap<string, number> {
  const uses = new Map<string, number>();
  const visit = (node: GraphNode): void => {
    uses.set(node.id, (uses.get(node.id) ?? 0) + 1);
    if (uses.get(node.id) !== 1) return;
    for (const id of operandsOf(node)) {
      const operand = follow(id);
      if (operand) visit(operand);
    }
  };
  visit(output);
  return uses;
}

function tensorTypes({ graph }: Plan, tensors: readonly string[]): string {
  const held = graph.parameters.filter(({ id }) => tensors.includes(id));
  return held.some(({ frozen }) => frozen) ? "typeof parameters & typeof constants" : "typeof parameters";
}

function destructured(tensors: readonly string[]): string {
  const parts = tensors.map((tensor) => {
    const local = freeName(tensor, "Tensor");
    return local === tensor ? tensor : `${tensor}: ${local}`;
  });
  return parts.length > 0 ? `{ ${parts.join(", ")} }` : "_";
}

const knownOfWords = {
  mask: "mask: [batch, n, 1], 1 where the row is a word and 0 where it is padding.",
  ids: "ids: [batch, n], the words' tokens.",
} as const;

function methodDoc(
  plan: Plan,
  input: string,
  known: readonly (keyof typeof knownOfWords)[],
): readonly string[] {
  const { doc } = plan.graph.method;
  const shapes = [
    `${input}: [batch, n, d], n ≤ s the rows of this batch.`,
    ...known.map((each) => knownOfWords[each]),
  ];
  return doc ? [...doc.split("\n"), ...shapes] : shapes;
}

/** The node's code; a `let`, and a value used twice, is first given a name. */
function writeNode(node: GraphNode, writing: Writing): Code {
  const known = writing.written.get(node.id);
  if (known) return known;
  const code = codeOf(node, writing);
  const isNamed = writing.plan.graph.lets.has(node.id);
  const isShared = (writing.uses.get(node.id) ?? 0) > 1 && !isLeaf(node);
  if (!isNamed && !isShared) return code;
  const local = isNamed ? freeName(node.id, "Value") : `shared${node.id.slice(1)}`;
  writing.statements.push({
    kind: "const",
    name: local,
    value: code,
    comment: shapeComment(node, writing.plan),
  });
  writing.written.set(node.id, name(local));
  return name(local);
}

function isLeaf(node: GraphNode): boolean {
  return operandsOf(node).length === 0;
}

function codeOf(node: GraphNode, writing: Writing): Code {
  const operand = (id: string): Code => {
    const followed = writing.follow(id);
    return followed ? writeNode(followed, writing) : number(0);
  };
  switch (node.kind) {
    case "parameter":
      return name(freeName(node.id, "Tensor"));
    case "input":
      return name(freeName(node.id, "Input"));
    case "number":
      return number(node.value);
    case "argument":
      return name(axisOrArgument(node.name));
    case "elementwise":
      return elementwiseCode(node, operand(node.left), operand(node.right));
    case "matmul":
      return call(node.batched ? "matMul" : "tf.matMul", operand(node.left), operand(node.right));
    case "slice": {
      const from = sizeCode(node.from);
      const isFirst = from.kind === "number" && from.value === 0;
      if (isFirst) return call("firstRows", operand(node.operand), sizeCode(node.to));
      return call("rowsOf", operand(node.operand), from, sizeCode(node.to));
    }
    case "concat":
      return call("concatRows", ...node.operands.map(operand));
    case "apply":
      return call(functionOf(node), operand(node.operand));
    case "reduce": {
      const mask = node.masked ? [name("mask")] : [];
      return call(node.operation === "mean" ? "meanRows" : "maxRows", operand(node.operand), ...mask);
    }
    case "reshape": {
      const axes = node.shape.map(sizeCode);
      return call("tf.reshape", operand(node.operand), list(...(node.batched ? [number(-1)] : []), ...axes));
    }
    case "transpose":
      return call("tf.transpose", operand(node.operand));
    case "occurrences":
      return call("occurrences", name("ids"), name(tokensName(node, writing)));
    case "inside":
      throw new Error("only the output says what is changed inside the backbone");
  }
}

/** The list of the text's tokens is made once, before the function. */
function tokensName({ text: words, shape }: OccurrencesNode, { tokens }: Writing): string {
  const count = sizeCode(shape[1] ?? zero);
  const key = JSON.stringify([words, count]);
  const known = tokens.get(key);
  if (known) return known.name;
  const local = tokens.size === 0 ? "tokens" : `tokens${tokens.size + 1}`;
  const value = call("tokensOf", name("backbone"), text(words), count);
  tokens.set(key, { kind: "const", name: local, value, comment: "refused unless it is so many" });
  return local;
}

const tensorFunctions = { add: "tf.add", subtract: "tf.sub", multiply: "tf.mul", divide: "tf.div" } as const;
const numberOperators = { add: "+", subtract: "-", multiply: "*", divide: "/" } as const;

function elementwiseCode(node: ElementwiseNode, left: Code, right: Code): Code {
  if (node.shape.length > 0) return call(tensorFunctions[node.operation], left, right);
  return { kind: "binary", operator: numberOperators[node.operation], left, right };
}

function functionOf({ operation, shape }: ApplyNode): string {
  const isNumber = shape.length === 0;
  switch (operation) {
    case "relu":
    case "tanh":
    case "sigmoid":
    case "softmax":
      return `tf.${operation}`;
    case "sqrt":
      return isNumber ? "Math.sqrt" : "tf.sqrt";
    case "gelu":
    case "silu":
      return operation;
    case "layer_norm":
      return "layerNorm";
    case "top_1":
      return "top1";
  }
}

/** `[batch, length + n, d]`, from the checked graph; a number has no comment. */
function shapeComment(node: GraphNode, plan: Plan): string {
  if (node.shape.length === 0) return "a number";
  return formatAxes(node.shape, node.batched, plan);
}

function formatAxes(shape: Shape, batched: boolean, plan: Plan): string {
  const zero = new Set(
    [...sizesOf(plan)].filter(([, value]) => value === 0).map(([symbolName]) => symbolName),
  );
  const present = shape.map((size) => ({
    terms: size.terms.filter(({ factors }) => !factors.some((factor) => zero.has(factor))),
  }));
  const axes = present.map(formatPolynomial);
  return `[${[...(batched ? ["batch"] : []), ...axes].join(", ")}]`;
}

function reads(statements: readonly Statement[], local: "n" | "mask" | "ids"): boolean {
  const visit = (code: Code): boolean => {
    if (code.kind === "name") return code.text === local;
    if (code.kind === "call") return code.arguments.some(visit);
    if (code.kind === "list") return code.items.some(visit);
    return code.kind === "binary" && (visit(code.left) || visit(code.right));
  };
  return statements.some((statement) => statement.kind !== "function" && visit(statement.value));
}

/** Symbols of the sizes that the script's own tensors carry. */
export function symbolsRead(shapes: readonly Shape[]): ReadonlySet<string> {
  return new Set(shapes.flatMap((shape) => shape.flatMap((size) => [...symbolsOf(size)])));
}
