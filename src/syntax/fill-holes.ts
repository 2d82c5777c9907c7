// A token for a value that is not there, so that the parser does not take the next setting for it.

import { createTokenInstance, type IToken, type TokenType } from "chevrotain";
import * as t from "../../grammar/tokens.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { SourceText } from "../source/source-text.ts";
import type { Span } from "../source/span.ts";
import { behindWhat, describe } from "./report-unexpected.ts";
import { tokenSpan } from "./read-tokens.ts";

const wantsValue = new Set<TokenType>([
  ...[t.Equals, t.In, t.Plus, t.Minus, t.Star, t.Slash, t.At, t.Comma, t.LeftParen, t.LeftBracket, t.Range],
]);
/** Behind one of these, a name with an equals sign is the next setting or the next argument. */
const wantsValueInSetting = new Set<TokenType>([t.Equals, t.Plus, t.Minus, t.Star, t.Slash, t.At]);
const keywords = new Set<TokenType>(t.keywords);
const beginsValue = new Set<TokenType>([
  ...[t.Name, t.NumberToken, t.BadNumber, t.Percent, t.StringToken, t.OpenString],
  ...[t.LeftParen, t.LeftBracket, t.LeftBrace, t.Minus],
]);

/** Fills `length = $$` (`$$` was reported already) and `length = \n rank = 3` (reported here). */
export function fillHoles(
  tokens: readonly IToken[],
  unread: readonly Span[],
  source: SourceText,
  found: Diagnostics,
): IToken[] {
  const filled: IToken[] = [];
  let nextUnread = 0;
  for (const [index, token] of tokens.entries()) {
    const previous = tokens[index - 1]?.tokenType;
    const { start, end } = tokenSpan(token);
    let unreadable: Span | undefined;
    while ((unread[nextUnread]?.end ?? Infinity) <= start) unreadable = unread[nextUnread++];
    if (unreadable !== undefined && previous !== undefined && wantsValue.has(previous)) {
      if (!beginsValue.has(token.tokenType) || /\n/.test(source.text.slice(unreadable.end, start)))
        filled.push(hole(unreadable));
    } else if (previous !== undefined && wantsValueInSetting.has(previous) && beginsSetting(tokens, index)) {
      const what = `a value${behindWhat(tokens, index)}`;
      found.report(
        "syntax/unexpected",
        { source, span: { start, end } },
        { expected: what, found: describe(token) },
      );
      filled.push(hole(tokenSpan(tokens[index - 1])));
    }
    filled.push(token);
  }
  return filled;
}

/** A name with an equals sign behind it, or a keyword: no value begins with one (`backbone = \n task = rte`). */
function beginsSetting(tokens: readonly IToken[], index: number): boolean {
  const token = tokens[index]?.tokenType;
  if (token === t.Name) return tokens[index + 1]?.tokenType === t.Equals;
  return token !== undefined && keywords.has(token);
}

/** An empty name behind the last character of `span`. */
function hole({ end }: Span): IToken {
  return createTokenInstance(t.Hole, "", end, end - 1, NaN, NaN, NaN, NaN);
}
