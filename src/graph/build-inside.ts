// `inside(x, query = low_rank(A, B, scale), …)`: what the backbone reads, and what is changed inside its blocks.

import { wordFix } from "../diagnostics/word-fix.ts";
import { didYouMean } from "../program/scope.ts";
import type { Argument, Call, Expression } from "../syntax/ast.ts";
import { buildQuantity } from "./build-quantity.ts";
import { addUnnamed, type Builder, placeIn, written } from "./builder.ts";
import { type Attachment, type GraphNode, type ParameterNode, reachedFromNodes } from "./graph.ts";
import { type ChangeName, insideChanges, type InsidePlaceName, insidePlaces } from "./inside-places.ts";
import { formatShape, agree } from "./shapes.ts";
import { formatPolynomial, type Polynomial } from "./polynomial.ts";

/** The node, or `undefined` when something in it is wrong and has been reported. */
export function insideNode(
  call: Call,
  build: (expression: Expression) => GraphNode | undefined,
  builder: Builder,
): GraphNode | undefined {
  const [first, ...rest] = call.arguments;
  if (!first || first.name || rest.length === 0) {
    const expected = "what the backbone reads, and a change for each place: query = low_rank(A, B, 1)";
    report("graph/argument-count", call, { name: "inside", expected, found: "no such" }, builder);
    return undefined;
  }
  const reads = build(first.value);
  const built = rest.map((each) => attachment(each, builder));
  const attachments = built.filter((each) => each !== undefined);
  if (!reads || attachments.length < built.length) return undefined;
  const used = reachedFromNodes(builder.nodes, reads.id);
  const tensors = attachments.flatMap(({ tensors: each }) => each);
  const twice = tensors.find((id, index) => used.has(id) || tensors.indexOf(id) !== index);
  if (twice !== undefined) {
    report(
      "graph/inside-tensor",
      call,
      { found: `${twice}, used elsewhere as well`, change: "inside" },
      builder,
    );
    return undefined;
  }
  const names = rest.map(({ name }) => name?.text);
  const again = rest.find((_, index) => names.indexOf(names[index]) < index);
  if (again) {
    report("graph/place-twice", again.name ?? again.value, { place: again.name?.text ?? "" }, builder);
    return undefined;
  }
  const { shape } = reads;
  return addUnnamed(builder, call, { kind: "inside", operand: reads.id, attachments, shape, batched: true });
}

function attachment({ name, value }: Argument, builder: Builder): Attachment | undefined {
  const place = name?.text ?? "";
  if (!isPlace(place)) {
    reportUnknown("graph/unknown-place", place, name ?? value, Object.keys(insidePlaces), builder);
    return undefined;
  }
  const takes: readonly ChangeName[] = insidePlaces[place].takes;
  const change = value.kind === "Call" ? takes.find((each) => each === value.callee.text) : undefined;
  if (value.kind !== "Call" || !change) {
    const found = value.kind === "Call" ? value.callee.text : written(builder, value);
    reportUnknown(
      "graph/unknown-change",
      found,
      value.kind === "Call" ? value.callee : value,
      takes,
      builder,
    );
    return undefined;
  }
  return readChange(place, change, value, builder);
}

function readChange(
  place: InsidePlaceName,
  change: ChangeName,
  call: Call,
  builder: Builder,
): Attachment | undefined {
  const { shapes, says, factor: hasFactor } = insideChanges[change];
  const wanted = shapes(insidePlaces[place]);
  const values = call.arguments.map((each) => each.value);
  const last = values[wanted.length];
  const factor = last && hasFactor ? buildQuantity(last, builder) : undefined;
  if (values.length < wanted.length || values.length > wanted.length + 1 || (last && factor === undefined)) {
    report(
      "graph/argument-count",
      call,
      { name: change, expected: says, found: written(builder, call) },
      builder,
    );
    return undefined;
  }
  const own: { size: Polynomial | undefined } = { size: undefined };
  const tensors = wanted.map((sizes, index) => {
    const value = values[index] ?? call;
    const tensor = parameterOf(value, builder);
    if (!tensor) {
      report("graph/inside-tensor", value, { found: written(builder, value), change }, builder);
      return undefined;
    }
    const fits =
      tensor.shape.length === sizes.length &&
      sizes.every((size, axis) => {
        const is = tensor.shape[axis];
        if (size === undefined) own.size ??= is;
        const expected = size ?? own.size;
        return is !== undefined && expected !== undefined && agree(is, expected, builder.known);
      });
    if (fits) return tensor.id;
    const here = formatWanted(sizes);
    const found = {
      tensor: tensor.id,
      shape: formatShape(tensor.shape),
      place,
      change,
      expected: says,
      here,
    };
    report("graph/inside-shape", value, found, builder);
    return undefined;
  });
  const whole = tensors.filter((id) => id !== undefined);
  if (whole.length < tensors.length || !beginsAsWeights(change, whole, call, builder)) return undefined;
  return { place, change, tensors: whole, ...(factor === undefined ? {} : { factor }) };
}

/** `[attentions, …, d]`, with a size that is the method's own left open. */
function formatWanted(sizes: readonly (Polynomial | undefined)[]): string {
  return `[${sizes.map((size) => (size ? formatPolynomial(size) : "…")).join(", ")}]`;
}

/** What takes the place of weights goes on from them. */
function beginsAsWeights(
  change: ChangeName,
  tensors: readonly string[],
  call: Call,
  builder: Builder,
): boolean {
  if (change !== "trained") return true;
  const stranger = tensors.find((id) => {
    const node = builder.nodes.get(id);
    return node?.kind === "parameter" && node.initial.kind !== "pretrained";
  });
  if (stranger !== undefined) report("graph/not-pretrained", call, { tensor: stranger }, builder);
  return stranger === undefined;
}

/** Tensors that begin as the backbone's weights and take the place of none. */
export function misplacedWeights(
  parameters: readonly ParameterNode[],
  output: GraphNode,
): readonly ParameterNode[] {
  const attachments = output.kind === "inside" ? output.attachments : [];
  const trained = attachments.filter(({ change }) => change === "trained").flatMap(({ tensors }) => tensors);
  return parameters.filter(({ id, initial }) => initial.kind === "pretrained" && !trained.includes(id));
}

/** Only a tensor as it was declared: the backbone gives its gradient, and nothing comes before it. */
function parameterOf(value: Expression, builder: Builder): ParameterNode | undefined {
  const node = value.kind === "Name" ? builder.names.get(value.text) : undefined;
  return node?.kind === "parameter" && !node.frozen ? node : undefined;
}

function isPlace(name: string): name is InsidePlaceName {
  return Object.hasOwn(insidePlaces, name);
}

function reportUnknown(
  code: "graph/unknown-place" | "graph/unknown-change",
  found: string,
  at: Expression,
  known: readonly string[],
  builder: Builder,
): void {
  const place = placeIn(builder, at);
  const parameters = {
    found: found || "no name",
    suggestion: didYouMean(found, known),
    known: known.join(", "),
  };
  builder.found.report(code, place, parameters, { fixes: wordFix(found, known, place) });
}

function report(
  code:
    | "graph/argument-count"
    | "graph/inside-tensor"
    | "graph/inside-shape"
    | "graph/not-pretrained"
    | "graph/place-twice",
  at: Expression,
  parameters: Readonly<Record<string, string>>,
  builder: Builder,
): void {
  builder.found.report(code, placeIn(builder, at), parameters);
}
