// CST -> AST: imports and declarations. With build-expression.ts the only reader of the CST.
//
// A file that is being typed has holes: any child may be missing and a token may have been made up by the parser.
// A hole becomes an empty Name, so that what stands around it is still seen.

import type { IToken } from "chevrotain";
import type * as cst from "../../grammar/cst.d.ts";
import { positionAt, type SourceText } from "../source/source-text.ts";
import type * as ast from "./ast.ts";
import {
  expression,
  fields,
  type Found,
  field,
  name,
  present,
  spanOf,
  stringLiteral,
} from "./build-expression.ts";

export function buildImport(node: cst.ImportCstNode): ast.Import {
  const children: Found<cst.ImportCstNode> = node.children;
  const span = spanOf(node);
  const names = present(children.ImportName).map(importName);
  return { kind: "Import", span, names, from: stringLiteral(children.String, span.end) };
}

function importName(node: cst.ImportNameCstNode): ast.ImportName {
  const children: Found<cst.ImportNameCstNode> = node.children;
  const span = spanOf(node);
  const alias = children.as ? name(children.alias, span.end) : undefined;
  return { kind: "ImportName", span, name: name(children.name, span.start), alias };
}

/** None when not even the keyword is there. */
export function buildDeclaration(
  node: cst.DeclarationCstNode,
  comments: readonly ast.Comment[],
  source: SourceText,
): ast.Declaration | undefined {
  const { Backbone, Task, Method, Tune, Compare, Sweep } = node.children;
  const doc = docAbove(spanOf(node).start, comments, source);
  if (Backbone?.[0])
    return {
      kind: "BackboneDeclaration",
      doc,
      ...named(Backbone[0]),
      fields: fields(Backbone[0].children.Block),
    };
  if (Task?.[0])
    return { kind: "TaskDeclaration", doc, ...named(Task[0]), fields: fields(Task[0].children.Block) };
  if (Method?.[0]) return method(Method[0], doc);
  if (Tune?.[0])
    return { kind: "TuneDeclaration", doc, ...named(Tune[0]), items: tuneItems(Tune[0].children.TuneItem) };
  if (Compare?.[0]) return compare(Compare[0], doc);
  if (Sweep?.[0]) return sweep(Sweep[0], doc);
  return undefined;
}

/** What all declarations share: where they stand and what they are called. */
function named(node: {
  readonly location?: cst.TuneCstNode["location"];
  readonly children: { readonly Name?: IToken[] };
}) {
  const span = spanOf(node);
  return { span, name: name(node.children.Name, span.end) };
}

function method(node: cst.MethodCstNode, doc: string | undefined): ast.MethodDeclaration {
  const children: Found<cst.MethodCstNode> = node.children;
  return {
    kind: "MethodDeclaration",
    doc,
    ...named(node),
    arguments: present(children.ArgumentDeclaration).map(argumentDeclaration),
    items: present(children.MethodItem)
      .map(methodItem)
      .filter((item) => item !== undefined),
  };
}

function argumentDeclaration(node: cst.ArgumentDeclarationCstNode): ast.ArgumentDeclaration {
  const children: Found<cst.ArgumentDeclarationCstNode> = node.children;
  const span = spanOf(node);
  return {
    kind: "ArgumentDeclaration",
    span,
    name: name(children.name, span.start),
    type: name(children.type, span.end),
    default: children.Equals ? expression(children.Expression, span.end) : undefined,
  };
}

function methodItem(node: cst.MethodItemCstNode): ast.MethodItem | undefined {
  const { Parameter, Input, Let, Output } = node.children;
  if (Parameter?.[0]) return parameter(Parameter[0]);
  if (Input?.[0])
    return {
      kind: "InputDeclaration",
      ...named(Input[0]),
      ...shape(Input[0].children.Shape, spanOf(Input[0]).end),
    };
  if (Let?.[0])
    return {
      kind: "LetDeclaration",
      ...named(Let[0]),
      value: expression(Let[0].children.Expression, spanOf(Let[0]).end),
    };
  if (Output?.[0]) {
    const span = spanOf(Output[0]);
    return { kind: "OutputStatement", span, value: expression(Output[0].children.Expression, span.end) };
  }
  return undefined;
}

function parameter(node: cst.ParameterCstNode): ast.ParameterDeclaration {
  const children: Found<cst.ParameterCstNode> = node.children;
  const { span, name } = named(node);
  const { shape: dimensions, shapeSpan } = shape(children.Shape, name.span.end);
  return {
    kind: "ParameterDeclaration",
    span,
    name,
    shape: dimensions,
    shapeSpan,
    initial: expression(children.Expression, shapeSpan.end),
    annotations: present(children.Annotation)
      .map(annotation)
      .filter((found) => found !== undefined),
  };
}

function annotation(node: cst.AnnotationCstNode): ast.Annotation | undefined {
  const { InGroup, frozen, Projection } = node.children;
  const span = spanOf(node);
  if (InGroup?.[0]) return { kind: "GroupAnnotation", span, group: name(InGroup[0].children.Name, span.end) };
  if (Projection?.[0]) {
    return {
      kind: "ProjectAnnotation",
      span,
      projection: expression(Projection[0].children.Expression, span.end),
    };
  }
  return frozen ? { kind: "FrozenAnnotation", span } : undefined;
}

function shape(
  nodes: readonly cst.ShapeCstNode[] | undefined,
  at: number,
): Pick<ast.InputDeclaration, "shape" | "shapeSpan"> {
  const node = nodes?.[0];
  if (node === undefined) return { shape: [], shapeSpan: { start: at, end: at } };
  const shapeSpan = spanOf(node, at);
  const dimensions = present(node.children.Expression).map((dimension) =>
    expression([dimension], shapeSpan.end),
  );
  return { shape: dimensions, shapeSpan };
}

function tuneItems(nodes: readonly cst.TuneItemCstNode[] | undefined): ast.TuneItem[] {
  return present(nodes)
    .map(tuneItem)
    .filter((item) => item !== undefined);
}

function tuneItem(node: cst.TuneItemCstNode): ast.TuneItem | undefined {
  const { Group, Train, Field } = node.children;
  if (Group?.[0]) return { kind: "GroupBlock", ...named(Group[0]), fields: fields(Group[0].children.Block) };
  if (Train?.[0])
    return { kind: "TrainBlock", span: spanOf(Train[0]), fields: fields(Train[0].children.Block) };
  return Field?.[0] ? field(Field[0]) : undefined;
}

function compare(node: cst.CompareCstNode, doc: string | undefined): ast.CompareDeclaration {
  const items = present(node.children.CompareItem).flatMap<ast.TuneItem | ast.Leg>((item) => {
    const { Leg, TuneItem } = item.children;
    return Leg?.[0] ? [leg(Leg[0])] : tuneItems(TuneItem);
  });
  return { kind: "CompareDeclaration", doc, ...named(node), items };
}

function leg(node: cst.LegCstNode): ast.Leg {
  return { kind: "Leg", ...named(node), items: tuneItems(node.children.TuneItem) };
}

function sweep(node: cst.SweepCstNode, doc: string | undefined): ast.SweepDeclaration {
  const children: Found<cst.SweepCstNode> = node.children;
  const span = spanOf(node);
  const own = name(children.name, span.end);
  const axes = present(children.Axis).map(axis);
  return { kind: "SweepDeclaration", doc, span, name: own, of: name(children.base, own.span.end), axes };
}

function axis(node: cst.AxisCstNode): ast.Axis {
  const children: Found<cst.AxisCstNode> = node.children;
  const span = spanOf(node);
  const path = (children.Word ?? []).map((word) => name([word], span.end));
  return { kind: "Axis", span, path, values: expression(children.Expression, span.end) };
}

/** The `///` lines right above a declaration: each on a line of its own, no blank line between. */
function docAbove(start: number, comments: readonly ast.Comment[], source: SourceText): string | undefined {
  const lines: string[] = [];
  let line = positionAt(source, start).line;
  for (let index = lastBefore(start, comments); index >= 0; index -= 1) {
    const comment = comments[index];
    if (!comment) break;
    const position = positionAt(source, comment.span.start);
    const before = source.text.slice(comment.span.start - position.column + 1, comment.span.start);
    if (position.line !== line - 1 || before.trim() !== "") break;
    // An excuse may stand between a declaration and what is said about it.
    if (comment.doc) lines.unshift(comment.text);
    else if (!comment.text.startsWith("dept-ignore")) break;
    line = position.line;
  }
  return lines.length > 0 ? lines.join("\n") : undefined;
}

/** The index of the last comment that begins before an offset, by bisection; -1 for none. */
function lastBefore(offset: number, comments: readonly ast.Comment[]): number {
  let low = -1;
  let high = comments.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((comments[middle]?.span.start ?? 0) < offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
