// A bound on how deep a tree can get, so that neither the parser nor any later walk runs out of stack.

import type { IToken, TokenType } from "chevrotain";
import * as t from "../../grammar/tokens.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { SourceText } from "../source/source-text.ts";

/**
 * A bracket costs three levels and an operator in a row one. The parser takes some fifty calls for a bracket and its error
 * recovery hundreds more, so that thirty-three brackets use less than half of Node's stack; operators in a row only make
 * the tree deeper.
 */
export const deepest = 99;
const bracketCost = 3;

const openers = new Set<TokenType>([t.LeftBrace, t.LeftBracket, t.LeftParen]);
const closers = new Set<TokenType>([t.RightBrace, t.RightBracket, t.RightParen]);
const operators = new Set<TokenType>([t.Plus, t.Minus, t.Star, t.Slash, t.At]);
/** Behind these a new expression begins at the level of its bracket. */
const separators = new Set<TokenType>([
  t.Comma,
  t.Equals,
  t.Colon,
  t.RightBrace,
  t.In,
  t.Param,
  t.Input,
  t.Let,
  t.Output,
]);

/** The tokens up to the first that lies too deep; that one is reported, and what follows it is not read. */
export function cutTooDeep(tokens: IToken[], source: SourceText, found: Diagnostics): IToken[] {
  const outer: { base: number; depth: number }[] = [];
  let base = 0;
  let depth = 0;
  for (const [index, token] of tokens.entries()) {
    const type = token.tokenType;
    if (openers.has(type)) {
      outer.push({ base, depth });
      base = depth += bracketCost;
    } else if (closers.has(type)) {
      ({ base, depth } = outer.pop() ?? { base: 0, depth: 0 });
      // A slice makes its operand one deeper: `x[0..n][0..m]`.
      if (type === t.RightBracket) depth += 1;
    } else if (operators.has(type)) depth += 1;
    if (separators.has(type)) depth = base;
    if (depth <= deepest) continue;
    const span = { start: token.startOffset, end: token.startOffset + token.image.length };
    found.report(
      "syntax/too-deep",
      { source, span },
      { limit: openers.has(type) ? deepest / bracketCost : deepest },
    );
    return tokens.slice(0, index);
  }
  return tokens;
}
