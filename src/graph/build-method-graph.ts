// One method's declaration to its graph.

import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { wordFix } from "../diagnostics/word-fix.ts";
import type { Method, MethodUse } from "../program/program.ts";
import { didYouMean } from "../program/scope.ts";
import type {
  Expression,
  InputDeclaration,
  LetDeclaration,
  Name,
  ParameterDeclaration,
} from "../syntax/ast.ts";
import { addNode, axes, type Builder, placeIn } from "./builder.ts";
import { buildExpression } from "./build-expression.ts";
import { buildSize } from "./build-size.ts";
import {
  type GraphNode,
  type Initial,
  type InputNode,
  type MethodGraph,
  type ParameterNode,
  reachedFrom,
  type Shape,
} from "./graph.ts";
import { initialisers, type InitialiserName } from "./operations.ts";
import { agree, formatShape, type KnownSizes } from "./shapes.ts";
import { same, symbol } from "./polynomial.ts";

/** The graph, or `undefined` when something in it is wrong; every mistake has been reported. */
export function buildMethodGraph(
  method: Method,
  use: MethodUse | undefined,
  known: KnownSizes,
  found: Diagnostics,
): MethodGraph | undefined {
  const builder: Builder = { method, known, found, nodes: new Map(), names: new Map(), read: new Set() };
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
    } else output = buildExpression(item.value, builder);
  }
  if (!checkInputAndOutput(builder, input, output) || !sound || !input || !output) return undefined;
  const parameters = [...builder.nodes.values()].filter((node) => node.kind === "parameter");
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

function buildParameter(item: ParameterDeclaration, builder: Builder): boolean {
  const shape = buildShape(item.shape, builder, false);
  const initial = buildInitial(item.initial, builder);
  if (!shape || !initial || !declare(item.name, builder)) return false;
  if (!checkInitial(item, initial, shape, builder)) return false;
  const node: ParameterNode = {
    kind: "parameter",
    id: item.name.text,
    shape,
    batched: false,
    place: placeIn(builder, item.name),
    initial,
    groups: item.annotations.flatMap((annotation) =>
      annotation.kind === "GroupAnnotation"
        ? [{ name: annotation.group.text, place: placeIn(builder, annotation.group) }]
        : [],
    ),
    frozen: item.annotations.some((annotation) => annotation.kind === "FrozenAnnotation"),
  };
  const later = item.annotations.find((annotation) => annotation.kind === "ProjectAnnotation");
  if (later) {
    builder.found.report("graph/not-compiled", placeIn(builder, later), {
      what: "a projection after each step",
    });
  }
  builder.names.set(node.id, addNode(builder, node));
  return !later;
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

function buildInitial(expression: Expression, builder: Builder): Initial | undefined {
  const { found } = builder;
  const known = Object.keys(initialisers);
  const name = expression.kind === "Call" ? expression.callee.text : "";
  if (expression.kind !== "Call" || !Object.hasOwn(initialisers, name)) {
    const written = builder.method.source.text.slice(expression.span.start, expression.span.end);
    if (written === "") return undefined;
    const parameters = {
      found: written,
      suggestion: didYouMean(name || written, known),
      known: known.join(", "),
    };
    const callee = expression.kind === "Call" ? expression.callee : expression;
    const fixes = wordFix(name || written, known, placeIn(builder, callee));
    found.report("graph/unknown-initialiser", placeIn(builder, expression), parameters, { fixes });
    return undefined;
  }
  const expected = initialisers[name as InitialiserName];
  const values = expression.arguments.map(({ value }) =>
    value.kind === "NumberLiteral" ? value.value : undefined,
  );
  const [first] = values;
  if (values.length !== expected.length || values.includes(undefined)) {
    const wanted = expected.length === 0 ? "nothing" : `one number, the ${expected.join()}`;
    const parameters = { name, expected: wanted, found: `${values.length} arguments` };
    found.report("graph/argument-count", placeIn(builder, expression), parameters);
    return undefined;
  }
  if (name === "normal") return { kind: "normal", std: first ?? 0 };
  if (name === "uniform") return { kind: "uniform", bound: first ?? 0 };
  if (name === "kaiming_uniform") return { kind: "kaimingUniform" };
  return { kind: name as "zeros" | "ones" | "vocabulary" };
}

/** Two ways to begin need rows and columns, and the words' own rows are d wide. */
function checkInitial(item: ParameterDeclaration, initial: Initial, shape: Shape, builder: Builder): boolean {
  const columns = shape.length === 2 ? shape[1] : undefined;
  const isWord = initial.kind === "vocabulary";
  if (!isWord && initial.kind !== "kaimingUniform") return true;
  if (columns && (!isWord || agree(columns, symbol("d"), builder.known))) return true;
  builder.found.report("graph/initial-shape", placeIn(builder, item.initial), {
    initialiser: isWord ? "vocabulary" : "kaiming_uniform",
    expected: isWord ? "rows that are d wide" : "rows and columns",
    tensor: item.name.text,
    shape: formatShape(shape),
  });
  return false;
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
