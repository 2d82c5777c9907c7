// One method's declaration to its graph.

import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Method, MethodUse } from "../program/program.ts";
import type {
  Expression,
  InputDeclaration,
  LetDeclaration,
  Name,
  ParameterDeclaration,
} from "../syntax/ast.ts";
import { addNode, axes, type Builder, placeIn } from "./builder.ts";
import { buildExpression } from "./build-expression.ts";
import { insideNode, misplacedWeights } from "./build-inside.ts";
import { buildInitial, buildProjection } from "./build-initial.ts";
import { buildSize } from "./build-size.ts";
import {
  type GraphNode,
  type InputNode,
  type MethodGraph,
  type ParameterNode,
  reachedFrom,
  type Shape,
} from "./graph.ts";
import { agree, formatShape, type KnownSizes } from "./shapes.ts";
import { same, symbol } from "./polynomial.ts";

/** The graph, or `undefined` when something in it is wrong; every mistake has been reported. */
export function buildMethodGraph(
  method: Method,
  use: MethodUse | undefined,
  known: KnownSizes,
  found: Diagnostics,
): MethodGraph | undefined {
  const builder: Builder = { method, use, known, found, nodes: new Map(), names: new Map(), read: new Set() };
  const lets = new Map<string, Name>();
  let input: InputNode | undefined;
  let output: GraphNode | undefined;
  let sound = true;
  for (const item of method.declaration.items) {
    if (item.kind === "ParameterDeclaration") sound = buildParameter(item, builder) && sound;
    else if (item.kind === "InputDeclaration") {
      input = buildInput(item, builder);
      sound = input !== undefined && sound;
    } else if (item.kind === "LetDeclaration") {
      const built = buildLet(item, builder);
      if (built) lets.set(built.id, item.name);
      else sound = false;
    } else output = buildOutput(item.value, builder);
  }
  if (!checkInputAndOutput(builder, input, output) || !sound || !input || !output) return undefined;
  const parameters = [...builder.nodes.values()].filter((node) => node.kind === "parameter");
  const misplaced = misplacedWeights(parameters, output);
  for (const { id, place } of misplaced) found.report("graph/pretrained-elsewhere", place, { tensor: id });
  if (misplaced.length > 0) return undefined;
  const names = new Set(lets.keys());
  const graph: MethodGraph = { method, use, nodes: builder.nodes, parameters, lets: names, input, output };
  if (!checkUse(graph, builder)) return undefined;
  const reached = reachedFrom(graph, output.id);
  for (const [id, { text: name, span }] of lets) {
    const isParameter = builder.nodes.get(id)?.kind === "parameter"; // said to be dead by itself
    if (!reached.has(id) && !isParameter)
      found.report("graph/unused-let", placeIn(builder, { span }), { name });
  }
  return graph;
}

/** Only the output may say what is changed inside the backbone. */
function buildOutput(value: Expression, builder: Builder): GraphNode | undefined {
  const isInside = value.kind === "Call" && value.callee.text === "inside";
  const build = (expression: Expression) => buildExpression(expression, builder);
  return isInside ? insideNode(value, build, builder) : build(value);
}

function buildParameter(item: ParameterDeclaration, builder: Builder): boolean {
  const shape = buildShape(item.shape, builder, false);
  const initial = shape && buildInitial(item, shape, builder);
  const annotation = item.annotations.find((each) => each.kind === "ProjectAnnotation");
  const projection = annotation && buildProjection(annotation.projection, builder);
  const isSound = shape && initial && (projection || !annotation);
  if (!isSound || !declare(item.name, builder)) return false;
  const node: ParameterNode = {
    kind: "parameter",
    id: item.name.text,
    shape,
    batched: false,
    place: placeIn(builder, item.name),
    initial,
    groups: item.annotations.flatMap((each) =>
      each.kind === "GroupAnnotation" ? [{ name: each.group.text, place: placeIn(builder, each.group) }] : [],
    ),
    frozen: item.annotations.some((each) => each.kind === "FrozenAnnotation"),
    ...(projection && annotation
      ? { projection: { ...projection, place: placeIn(builder, annotation) } }
      : {}),
  };
  builder.names.set(node.id, addNode(builder, node));
  return true;
}

function buildInput(item: InputDeclaration, builder: Builder): InputNode | undefined {
  const written = buildShape(item.shape, builder, true);
  if (!written || !declare(item.name, builder)) return undefined;
  const shape: Shape = [symbol("n"), symbol("d")];
  const node: InputNode = {
    kind: "input",
    id: item.name.text,
    shape,
    batched: true,
    place: placeIn(builder, item.name),
  };
  // Named even when its shape is wrong, so that the expressions that use it are judged on their own.
  builder.names.set(node.id, addNode(builder, node));
  const right = written.length === 2 && written.every((size, axis) => same(size, shape[axis] ?? size));
  if (right) return node;
  const place = { source: builder.method.source, span: item.shapeSpan };
  builder.found.report("graph/input-shape", place, { name: node.id, shape: formatShape(written) });
  return undefined;
}

function buildLet(item: LetDeclaration, builder: Builder): GraphNode | undefined {
  const value = buildExpression(item.value, builder);
  if (!value || !declare(item.name, builder)) return undefined;
  // A let that only renames a parameter or the input adds no node of its own.
  if (builder.names.has(value.id)) {
    builder.names.set(item.name.text, value);
    return value;
  }
  builder.nodes.delete(value.id);
  const named = addNode(builder, { ...value, id: item.name.text });
  builder.names.set(named.id, named);
  return named;
}

/** A name can be declared once in a method, and never over an argument or an axis. */
function declare(name: Name, builder: Builder): boolean {
  if (name.text === "") return false;
  const { method, found } = builder;
  const what = axes.some((axis) => axis === name.text)
    ? "an axis"
    : method.arguments.some((argument) => argument.name === name.text)
      ? "an argument"
      : builder.names.has(name.text)
        ? "another tensor"
        : undefined;
  if (what) found.report("graph/duplicate-name", placeIn(builder, name), { name: name.text, what });
  return !what;
}

function buildShape(sizes: readonly Expression[], builder: Builder, rowsOfBatch: boolean): Shape | undefined {
  const shape = sizes.map((size) => buildSize(size, builder, rowsOfBatch));
  const complete = shape.filter((size) => size !== undefined);
  return complete.length === shape.length && complete.length > 0 ? complete : undefined;
}

function checkInputAndOutput(
  builder: Builder,
  input: InputNode | undefined,
  output: GraphNode | undefined,
): boolean {
  const { method, found } = builder;
  const declares = (kind: string) => method.declaration.items.some((item) => item.kind === kind);
  if (!declares("InputDeclaration")) found.report("graph/no-input", method.place, { method: method.name });
  if (!declares("OutputStatement")) found.report("graph/no-output", method.place, { method: method.name });
  return input !== undefined && output !== undefined;
}

function checkUse(graph: MethodGraph, builder: Builder): boolean {
  const { method, found } = builder;
  const { output, input } = graph;
  if (!reachedFrom(graph, output.id).has(input.id)) {
    found.report("graph/input-unused", output.place, { method: method.name, name: input.id });
    return false;
  }
  const width = output.shape[1];
  if (output.shape.length !== 2 || !width || !agree(width, symbol("d"), builder.known)) {
    const known = builder.known.get("d");
    const parameters = {
      method: method.name,
      shape: formatShape(output.shape),
      width: known ? `d = ${known}` : "d",
    };
    found.report("graph/output-shape", output.place, parameters);
    return false;
  }
  for (const argument of method.arguments) {
    if (!builder.read.has(argument.name)) {
      found.report("graph/unused-argument", argument.place, { method: method.name, name: argument.name });
    }
  }
  return true;
}
