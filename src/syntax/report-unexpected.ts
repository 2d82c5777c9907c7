// The parser's errors in a reader's words: what was expected, behind what, and what stood there instead.

import { EOF, type IToken } from "chevrotain";
import { nothingMore } from "../../grammar/expectations.ts";
import * as t from "../../grammar/tokens.ts";
import type { Diagnostics, Extra } from "../diagnostics/diagnostic.ts";
import { positionAt, type SourceText } from "../source/source-text.ts";
import type { Span } from "../source/span.ts";
import { quoted, tokenSpan } from "./read-tokens.ts";
import { pairs, trackBrackets } from "./track-brackets.ts";

/** One place where the parser could not go on. */
export interface Stumble {
  /** `a value`, `"}"`, … */
  readonly expected: string;
  /** The token that did not fit; none at the end of the piece. */
  readonly at: IToken | undefined;
  /** The last token passed over before the parser found its feet again. */
  readonly skippedTo: IToken | undefined;
}

interface Context {
  readonly source: SourceText;
  readonly found: Diagnostics;
  readonly blemishes: readonly Span[];
  /** The tokens of the piece that was parsed. */
  readonly tokens: readonly IToken[];
  /** The first token behind the piece; none at the end of the file. */
  readonly behind: IToken | undefined;
}

/** Reports each stumble that is a slip of its own, not the echo of one before it: one to a line at most. */
export function reportUnexpected(stumbles: readonly Stumble[], context: Context): void {
  const index = new Map(context.tokens.map((token, position) => [token.startOffset, position]));
  const positionOf = (token: IToken | undefined) =>
    (token && index.get(token.startOffset)) ?? context.tokens.length;
  const placed = stumbles
    .map((stumble) => ({ ...stumble, position: positionOf(stumble.at) }))
    .sort((a, b) => a.position - b.position);
  let passed = -1;
  let lastLine = 0;
  for (const stumble of placed) {
    // What is left behind a declaration that broke off was not read at all.
    const leftover = stumble.expected === nothingMore && passed >= 0;
    const line = lineOf(stumble.position, context);
    // A parser that lost its way finds it at the next line; until then it only guesses.
    const echo =
      leftover || line === lastLine || stumble.position <= passed || isBlemished(stumble.position, context);
    passed = Math.max(passed, stumble.position, stumble.skippedTo ? positionOf(stumble.skippedTo) : -1);
    lastLine = line;
    if (!echo) report(stumble.expected, stumble.position, context);
  }
}

function lineOf(position: number, { tokens, behind, source }: Context): number {
  const token = tokens[position] ?? behind;
  return positionAt(source, token ? tokenSpan(token).start : source.text.length).line;
}

/** Was something wrong with the text between the token before this position and this one reported already? */
function isBlemished(position: number, { tokens, behind, blemishes, source }: Context): boolean {
  const start = tokenSpan(tokens[position - 1]).start;
  const token = tokens[position] ?? behind;
  const end = token ? tokenSpan(token).end : source.text.length;
  let low = 0;
  let high = blemishes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((blemishes[middle]?.start ?? 0) < start) low = middle + 1;
    else high = middle;
  }
  return (blemishes[low]?.start ?? end) < end;
}

function report(expected: string, position: number, { source, found, tokens, behind }: Context): void {
  const token = tokens[position] ?? behind;
  const previous = tokens[position - 1];
  const end = tokenSpan(previous).end;
  const span = token ? tokenSpan(token) : { start: end, end };
  const closing = /"([)\]}])"$/.exec(expected)?.[1];
  const opener = closing === undefined ? undefined : lastOpen(tokens.slice(0, position));
  // The opening one is missing too, and was reported.
  if (closing !== undefined && (!opener || pairs.get(opener.tokenType)?.PATTERN !== closing)) return;
  const extra = {
    ...(opener && { related: [openedHere(opener, source)] }),
    ...strayComma(expected, token, span, source),
  };
  const what = expected + behindWhat(tokens, position);
  found.report("syntax/unexpected", { source, span }, { expected: what, found: describe(token) }, extra);
}

function openedHere(opener: IToken, source: SourceText) {
  return { place: { source, span: tokenSpan(opener) }, message: "opened here" };
}

/** `steps = 3,` is what a writer of JSON types. */
function strayComma(expected: string, token: IToken | undefined, span: Span, source: SourceText): Extra {
  if (token?.tokenType !== t.Comma || !/^(a setting|an axis|"param")/.test(expected)) return {};
  const fix = {
    title: "remove the comma",
    safe: true,
    edits: [{ place: { source, span }, text: "" }],
  } as const;
  return { help: "nothing stands between two settings but a space or a line break", fixes: [fix] };
}

/** ` after "length ="`: the words before the place, enough to recognise it. */
export function behindWhat(tokens: readonly IToken[], position: number): string {
  const previous = tokens[position - 1];
  if (previous === undefined) return "";
  if (previous.tokenType === t.StringToken || previous.tokenType === t.OpenString) return " after the string";
  const joined = [t.Equals, t.Colon, t.In, t.LeftParen].includes(previous.tokenType);
  const before = joined ? tokens[position - 2] : undefined;
  if (before === undefined || !isWord(before)) return ` after ${quoted(previous.image)}`;
  const gap = [t.Equals, t.In].includes(previous.tokenType) ? " " : "";
  return ` after ${quoted(before.image + gap + previous.image)}`;
}

export function describe(token: IToken | undefined): string {
  if (token === undefined || token.tokenType === EOF) return "the end of the file";
  if (token.tokenType === t.StringToken || token.tokenType === t.OpenString) return "a string";
  return t.keywords.includes(token.tokenType) ? `the keyword ${quoted(token.image)}` : quoted(token.image);
}

function isWord(token: IToken): boolean {
  return token.tokenType === t.Name || t.keywords.includes(token.tokenType);
}

function lastOpen(tokens: readonly IToken[]): IToken | undefined {
  const open: IToken[] = [];
  for (const token of tokens) trackBrackets(open, token);
  return open.at(-1);
}
