// Which brackets are open at a place, also where some were forgotten or stand too much.

import type { IToken, TokenType } from "chevrotain";
import * as t from "../../grammar/tokens.ts";

export const pairs: ReadonlyMap<TokenType, TokenType> = new Map([
  [t.LeftBrace, t.RightBrace],
  [t.LeftBracket, t.RightBracket],
  [t.LeftParen, t.RightParen],
]);
const closers = new Set(pairs.values());

/**
 * Brings the list of open brackets past one more token. A closing bracket takes the unclosed ones inside its own
 * pair with it; one that closes nothing changes nothing.
 */
export function trackBrackets(open: IToken[], token: IToken): void {
  if (pairs.has(token.tokenType)) open.push(token);
  if (!closers.has(token.tokenType)) return;
  const last = open.findLastIndex((opener) => pairs.get(opener.tokenType) === token.tokenType);
  if (last >= 0) open.length = last;
}
