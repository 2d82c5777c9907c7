// Text into tokens and comments, with a diagnostic for every piece that is none of the language's.

import { Lexer, type IToken } from "chevrotain";
import * as t from "../../grammar/tokens.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { SourceText } from "../source/source-text.ts";
import type { Span } from "../source/span.ts";
import type { Comment } from "./ast.ts";
import { cutTooDeep } from "./cut-too-deep.ts";

export interface Tokens {
  readonly tokens: readonly IToken[];
  readonly comments: readonly Comment[];
  /** Characters that begin no token. */
  readonly unread: readonly Span[];
  /** What was reported already, in source order: an error of the parser right behind it is an echo. */
  readonly blemishes: readonly Span[];
}

/** Whether the tokens are sound is proved by a test, as it is for the parser. */
export const lexerOptions = {
  positionTracking: "full",
  ensureOptimizations: true,
  skipValidations: true,
} as const;

let lexer: Lexer | undefined;

/** `text`: what of the source is read, at its old places; all of it when left out. */
export function readTokens(source: SourceText, found: Diagnostics, text = source.text): Tokens {
  // The parser takes a node's end from its tokens' ends, which only the full tracking records.
  lexer ??= new Lexer([...t.tokens], lexerOptions);
  const read = lexer.tokenize(text);
  const unread = read.errors.map(({ offset, length }) => ({ start: offset, end: offset + length }));
  for (const span of unread) {
    found.report(
      "syntax/character",
      { source, span },
      { character: spelledOut(source.text.slice(span.start, span.end)) },
    );
  }
  const marred = read.tokens.filter((token) => reportMarred(token, source, found)).map(tokenSpan);
  const tokens = cutTooDeep(read.tokens, source, found);
  const cut =
    tokens.length < read.tokens.length
      ? [{ start: tokenSpan(tokens.at(-1)).end, end: source.text.length }]
      : [];
  const blemishes = [...unread, ...marred, ...cut].sort((a, b) => a.start - b.start);
  return { tokens, unread, comments: (read.groups["comments"] ?? []).map(comment), blemishes };
}

/** The place of a token; an empty one at the start of the text for none. */
export function tokenSpan(token: IToken | undefined): Span {
  if (token === undefined || Number.isNaN(token.startOffset)) return { start: 0, end: 0 };
  return { start: token.startOffset, end: token.startOffset + token.image.length };
}

/** Reports what is wrong inside one token; true when the parser may stumble over it again. */
function reportMarred(token: IToken, source: SourceText, found: Diagnostics): boolean {
  const span = tokenSpan(token);
  switch (token.tokenType) {
    case t.OpenString:
      found.report("syntax/string-open", { source, span }, {});
      return true;
    case t.BadNumber:
      found.report("syntax/number", { source, span }, { text: quoted(token.image) });
      return true;
    case t.NumberToken:
    case t.Percent:
      if (Number.isFinite(numberValue(token.image))) return false;
      found.report(
        "syntax/number",
        { source, span },
        { text: quoted(token.image) },
        { help: "this is larger than any number" },
      );
      return false;
    case t.StringToken:
      for (const { index, 0: escape } of token.image.matchAll(/\\[^]/g)) {
        if (/["\\nt]/.test(escape.charAt(1))) continue;
        const start = span.start + index;
        found.report("syntax/escape", { source, span: { start, end: start + escape.length } }, { escape });
      }
      return false;
    default:
      return false;
  }
}

/** The value of a number or of a percentage's figure: `30_000`, `3e-1`, `0.5%`. */
export function numberValue(image: string): number {
  return Number.parseFloat(image.replaceAll("_", ""));
}

/** A piece of source inside a message, cut short when it is long. */
export function quoted(text: string): string {
  return text.length > 40 ? `"${text.slice(0, 37)}…"` : `"${text}"`;
}

/** Characters that would not show, or not show alone, are named by their number. */
function spelledOut(text: string): string {
  const shown = text.length > 12 ? `${text.slice(0, 11)}…` : text;
  if (/^[^\p{C}\p{Z}\p{M}]+$/u.test(shown)) return quoted(shown);
  const number = (text.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return `the invisible character U+${number}`;
}

function comment(token: IToken): Comment {
  const doc = token.tokenType === t.DocComment;
  return { kind: "Comment", span: tokenSpan(token), doc, text: token.image.slice(doc ? 3 : 2).trim() };
}
