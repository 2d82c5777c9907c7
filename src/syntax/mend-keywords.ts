// Keywords that are misspelt, and names that are keywords, told by what stands around them: reported once, and read
// as what was meant.

import type { IToken, TokenType } from "chevrotain";
import * as t from "../../grammar/tokens.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { nearestWord } from "../diagnostics/nearest-word.ts";
import type { SourceText } from "../source/source-text.ts";
import { quoted, tokenSpan } from "./read-tokens.ts";

/** A name followed by these tokens may be one of these keywords misspelt; the grammar has no other reading for it. */
interface Pattern {
  readonly followedBy: readonly TokenType[];
  readonly keywords: readonly TokenType[];
  /** Not at the beginning of a block: `import { frozn }` is a name like any other. */
  readonly behindValue?: true;
}

const patterns: readonly Pattern[] = [
  { followedBy: [t.Name, t.LeftBrace], keywords: [t.Backbone, t.Task, t.Tune, t.Compare, t.Leg, t.Group] },
  { followedBy: [t.Name, t.LeftParen], keywords: [t.Method, t.Output] },
  { followedBy: [t.Name, t.Of], keywords: [t.Sweep] },
  { followedBy: [t.Name, t.Colon], keywords: [t.Param, t.Input] },
  { followedBy: [t.Name, t.Equals], keywords: [t.Let] },
  { followedBy: [t.Name], keywords: [t.Output, t.Group, t.Project, t.Of] },
  { followedBy: [t.LeftBrace], keywords: [t.Import, t.Train] },
  { followedBy: [t.StringToken], keywords: [t.From] },
  { followedBy: [t.Percent], keywords: [t.Within] },
  { followedBy: [t.LeftBracket], keywords: [t.In] },
  ...[t.Param, t.Input, t.Let, t.Output, t.RightBrace].map((next) => ({
    followedBy: [next],
    keywords: [t.Frozen],
  })),
];

/** Two values never stand side by side, so a name behind one of these is out of place unless it is a setting's. */
const endsValue = new Set<TokenType>([
  ...[t.Name, t.NumberToken, t.Percent, t.StringToken, t.RightParen, t.RightBracket, t.RightBrace],
]);

/** Behind these keywords stands a name, and behind the name one of these marks. */
const naming = new Set<TokenType>([...[...t.declarationKeywords, t.Leg, t.Group, t.Param, t.Input, t.Let]]);
const afterName = new Set<TokenType>([t.LeftBrace, t.LeftParen, t.Colon, t.Equals, t.Of]);

export function mendKeywords(tokens: readonly IToken[], source: SourceText, found: Diagnostics): IToken[] {
  return tokens.map((token, index) => {
    if (isNameThatIsKeyword(tokens, index)) {
      found.report("syntax/reserved", { source, span: tokenSpan(token) }, { word: quoted(token.image) });
      return retyped(token, t.Name);
    }
    if (token.tokenType !== t.Name || token.image.length > 12) return token;
    const previous = tokens[index - 1]?.tokenType;
    const behindValue = previous !== undefined && endsValue.has(previous);
    if (!behindValue && previous !== undefined && previous !== t.LeftBrace) return token;
    const possible = patterns.filter((pattern) => behindValue || !pattern.behindValue);
    const keyword = misspelt(token.image, tokens[index + 1], tokens[index + 2], possible);
    if (keyword === undefined) return token;
    const place = { source, span: tokenSpan(token) };
    const word = String(keyword.PATTERN);
    const fix = { title: `change it to "${word}"`, safe: true, edits: [{ place, text: word }] } as const;
    const parameters = { found: quoted(token.image), keyword: quoted(word) };
    found.report("syntax/misspelt", place, parameters, { fixes: [fix] });
    return retyped(token, keyword);
  });
}

function isNameThatIsKeyword(tokens: readonly IToken[], index: number): boolean {
  const [beforeLast, last, token, next] = [-2, -1, 0, 1].map((step) => tokens[index + step]?.tokenType);
  if (token === undefined || !t.keywords.includes(token) || next === undefined || !afterName.has(next))
    return false;
  // `0.1% of backbone` is a value, whatever follows it.
  return last !== undefined && naming.has(last) && beforeLast !== t.Of;
}

function retyped(token: IToken, tokenType: TokenType): IToken {
  return { ...token, tokenType, tokenTypeIdx: tokenType.tokenTypeIdx ?? 0 };
}

function misspelt(
  word: string,
  next: IToken | undefined,
  afterNext: IToken | undefined,
  possible: readonly Pattern[],
): TokenType | undefined {
  for (const { followedBy, keywords } of possible) {
    if (followedBy[0] !== next?.tokenType) continue;
    if (followedBy[1] !== undefined && followedBy[1] !== afterNext?.tokenType) continue;
    const near = nearestWord(
      word,
      keywords.map((keyword) => String(keyword.PATTERN)),
    );
    if (near !== undefined) return keywords.find((keyword) => keyword.PATTERN === near);
  }
  return undefined;
}
