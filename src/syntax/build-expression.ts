// CST -> AST: expressions, names, literals and settings.

import type { CstNodeLocation, IToken } from "chevrotain";
import type * as cst from "../../grammar/cst.d.ts";
import { OpenString } from "../../grammar/tokens.ts";
import { cover, type Span } from "../source/span.ts";
import type * as ast from "./ast.ts";
import { numberValue, tokenSpan } from "./read-tokens.ts";

/** The generated types promise every child; after an error any of them may be missing. */
export type Found<Node extends { readonly children: object }> = Partial<Node["children"]>;

/** A node's place. One without any token of its own is empty and stands at `at`. */
export function spanOf(node: { readonly location?: CstNodeLocation }, at = 0): Span {
  const { startOffset = NaN, endOffset = NaN } = node.location ?? {};
  return Number.isNaN(startOffset) || Number.isNaN(endOffset)
    ? { start: at, end: at }
    : { start: startOffset, end: endOffset + 1 };
}

/** The nodes that hold at least one token: recovery leaves empty ones behind. */
export function present<Node extends { readonly location?: CstNodeLocation }>(
  nodes: readonly Node[] | undefined,
): readonly Node[] {
  return (nodes ?? []).filter(({ location }) => !Number.isNaN(location?.startOffset ?? NaN));
}

/** The first token that the source really holds. */
function real(tokens: readonly IToken[] | undefined): IToken | undefined {
  return tokens?.find((token) => !Number.isNaN(token.startOffset));
}

/** A hole is an empty name at `at`. */
export function name(tokens: readonly IToken[] | undefined, at: number): ast.Name {
  const token = real(tokens);
  return token
    ? { kind: "Name", span: tokenSpan(token), text: token.image }
    : { kind: "Name", span: { start: at, end: at }, text: "" };
}

export function stringLiteral(tokens: readonly IToken[] | undefined, at: number): ast.StringLiteral {
  const token = real(tokens);
  if (token === undefined) return { kind: "StringLiteral", span: { start: at, end: at }, value: "" };
  const inside = token.image.slice(1, token.tokenType === OpenString ? undefined : -1);
  return { kind: "StringLiteral", span: tokenSpan(token), value: unescape(inside) };
}

function unescape(text: string): string {
  const meanings: Readonly<Record<string, string>> = { n: "\n", t: "\t" };
  return text.replace(/\\([^])/g, (_, letter: string) => meanings[letter] ?? letter);
}

function numberLiteral(token: IToken): ast.NumberLiteral {
  const value = numberValue(token.image);
  const integer = !/[.eE]/.test(token.image);
  return {
    kind: "NumberLiteral",
    span: tokenSpan(token),
    value: Number.isFinite(value) ? value : 0,
    integer,
    text: token.image,
  };
}

function percentLiteral(tokens: readonly IToken[] | undefined, at: number): ast.PercentLiteral {
  const token = real(tokens);
  if (token === undefined)
    return { kind: "PercentLiteral", span: { start: at, end: at }, value: 0, text: "0%" };
  const value = numberValue(token.image);
  return {
    kind: "PercentLiteral",
    span: tokenSpan(token),
    value: Number.isFinite(value) ? value : 0,
    text: token.image,
  };
}

export function expression(nodes: readonly cst.ExpressionCstNode[] | undefined, at: number): ast.Expression {
  const node = nodes?.[0];
  if (node === undefined) return name(undefined, at);
  const children: Found<cst.ExpressionCstNode> = node.children;
  const span = spanOf(node, at);
  const operand = sum(children.Sum, span.start);
  if (!children.within) return operand;
  return { kind: "Within", span, operand, tolerance: percentLiteral(children.Percent, span.end) };
}

function sum(nodes: readonly cst.SumCstNode[] | undefined, at: number): ast.Expression {
  const node = nodes?.[0];
  return node
    ? chain(node.children.Product, product, node.children.SumOperator, spanOf(node, at).start)
    : name(undefined, at);
}

function product(node: cst.ProductCstNode, at: number): ast.Expression {
  return chain(node.children.Unary, unary, node.children.ProductOperator, spanOf(node, at).start);
}

/** `a - b - c` is `(a - b) - c`. An operand's own place may lack the parentheses that its operation's place holds. */
function chain<Operand extends { readonly location?: CstNodeLocation }>(
  operands: readonly Operand[] | undefined,
  build: (operand: Operand, at: number) => ast.Expression,
  operators: readonly IToken[] | undefined,
  at: number,
): ast.Expression {
  const [first, ...rest] = operands ?? [];
  let left = first ? build(first, at) : name(undefined, at);
  let span = first ? spanOf(first, at) : left.span;
  for (const [index, operator] of (operators ?? []).entries()) {
    const operatorSpan = Number.isNaN(operator.startOffset)
      ? { start: span.end, end: span.end }
      : tokenSpan(operator);
    const operand = rest[index];
    const right = operand ? build(operand, operatorSpan.end) : name(undefined, operatorSpan.end);
    span = cover(span, operand ? spanOf(operand, operatorSpan.end) : operatorSpan);
    left = { kind: "Binary", span, operator: operator.image as ast.Operator, operatorSpan, left, right };
  }
  return left;
}

function unary(node: cst.UnaryCstNode, at: number): ast.Expression {
  const children: Found<cst.UnaryCstNode> = node.children;
  const { end } = spanOf(node, at);
  const operand = postfix(children.Postfix?.[0], end);
  return (children.Minus ?? []).reduceRight<ast.Expression>(
    (inner, minus) => ({ kind: "Negate", span: { start: tokenSpan(minus).start, end }, operand: inner }),
    operand,
  );
}

function postfix(node: cst.PostfixCstNode | undefined, at: number): ast.Expression {
  if (node === undefined) return name(undefined, at);
  const children: Found<cst.PostfixCstNode> = node.children;
  const { start } = spanOf(node, at);
  return (children.Slice ?? []).reduce<ast.Expression>(
    (operand, slice) => {
      const { end } = spanOf(slice, operand.span.end);
      const { from, to } = slice.children;
      return {
        kind: "Slice",
        span: { start, end: Math.max(end, operand.span.end) },
        operand,
        from: from && sum(from, end),
        to: to && sum(to, end),
      };
    },
    primary(children.Primary?.[0], start),
  );
}

function primary(node: cst.PrimaryCstNode | undefined, at: number): ast.Expression {
  if (node === undefined) return name(undefined, at);
  const { Number: number, Share, String: string, Reference, List, Record, Parenthesis } = node.children;
  const span = spanOf(node, at);
  const token = real(number);
  if (token) return numberLiteral(token);
  if (Share?.[0]) return share(Share[0], span);
  if (string) return stringLiteral(string, span.end);
  if (Reference?.[0]) return reference(Reference[0], span);
  if (List?.[0])
    return {
      kind: "List",
      span,
      items: present(List[0].children.Expression).map((item) => expression([item], span.end)),
    };
  if (Record?.[0])
    return { kind: "RecordLiteral", span, entries: present(Record[0].children.Entry).map(entry) };
  if (Parenthesis?.[0]) return expression(Parenthesis[0].children.Expression, span.end);
  return name(undefined, span.start);
}

function share(node: cst.ShareCstNode, span: Span): ast.Expression {
  const percent = percentLiteral(node.children.Percent, span.start);
  return node.children.of
    ? { kind: "Share", span, percent, of: name(node.children.Word, span.end) }
    : percent;
}

function reference(node: cst.ReferenceCstNode, span: Span): ast.Expression {
  const own = name(node.children.Name, span.start);
  const { Arguments, Block } = node.children;
  if (Arguments?.[0]) {
    return {
      kind: "Call",
      span,
      callee: own,
      arguments: present(Arguments[0].children.Argument).map(argument),
    };
  }
  return Block?.[0] ? { kind: "Configured", span, base: own, fields: fields(Block) } : own;
}

function argument(node: cst.ArgumentCstNode): ast.Argument {
  const children: Found<cst.ArgumentCstNode> = node.children;
  const span = spanOf(node);
  const own = children.Word && name(children.Word, span.start);
  return { kind: "Argument", span, name: own, value: expression(children.Expression, span.end) };
}

function entry(node: cst.EntryCstNode): ast.RecordEntry {
  const { String: string, Number: number, Word, Expression }: Found<cst.EntryCstNode> = node.children;
  const span = spanOf(node);
  const written = real(number);
  const key = string
    ? stringLiteral(string, span.start)
    : written
      ? numberLiteral(written)
      : name(Word, span.start);
  return { kind: "RecordEntry", span, key, value: expression(Expression, span.end) };
}

export function fields(blocks: readonly cst.BlockCstNode[] | undefined): ast.Field[] {
  return present(blocks?.[0]?.children.Field).map(field);
}

export function field(node: cst.FieldCstNode): ast.Field {
  const children: Found<cst.FieldCstNode> = node.children;
  const span = spanOf(node);
  return {
    kind: "Field",
    span,
    name: name(children.Word, span.start),
    value: expression(children.Expression, span.end),
  };
}
