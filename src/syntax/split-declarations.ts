// Tokens into the imports and declarations they belong to, so that a slip in one cannot spoil the next.

import type { IToken, TokenType } from "chevrotain";
import * as t from "../../grammar/tokens.ts";
import { trackBrackets } from "./track-brackets.ts";

/** The tokens of one import or declaration, or a run of tokens that belongs to neither. */
export interface Piece {
  readonly kind: "import" | "declaration" | "junk";
  readonly tokens: readonly IToken[];
}

const starters = new Set<TokenType>([t.Import, ...t.declarationKeywords]);
/** Behind these a keyword is the name of a setting or an axis. */
const afterSettingName = new Set<TokenType>([t.Equals, t.Dot, t.In, t.Colon]);
export function splitDeclarations(tokens: readonly IToken[], text: string): Piece[] {
  const pieces: { kind: Piece["kind"]; tokens: IToken[] }[] = [];
  let piece: (typeof pieces)[number] | undefined;
  let open: IToken[] = [];
  for (const [index, token] of tokens.entries()) {
    if (starters.has(token.tokenType) && begins(index, piece, open.length)) {
      piece = undefined;
      open = [];
    }
    if (piece === undefined) pieces.push((piece = { kind: kindOf(token), tokens: [] }));
    piece.tokens.push(token);
    trackBrackets(open, token);
    if (open.length === 0 && ends(piece.kind, token.tokenType)) piece = undefined;
  }
  return pieces;

  /** Does the keyword at this index begin a piece of its own? */
  function begins(index: number, inside: Piece | undefined, depth: number): boolean {
    const token = tokens[index];
    const next = tokens[index + 1]?.tokenType;
    if (token === undefined || (next !== undefined && afterSettingName.has(next))) return false;
    if (inside === undefined) return true;
    const named = next === t.Name || (token.tokenType === t.Import && next === t.LeftBrace);
    if (inside.kind === "junk" && depth === 0) return named || firstOnLine(text, token);
    if (!firstOnLine(text, token)) return false;
    // Inside open brackets only the layout tells a forgotten bracket from a forgotten "=".
    return depth === 0 || (named && column(text, token) <= column(text, inside.tokens[0] ?? token));
  }
}

function kindOf(token: IToken): Piece["kind"] {
  if (token.tokenType === t.Import) return "import";
  return starters.has(token.tokenType) ? "declaration" : "junk";
}

function ends(kind: Piece["kind"], type: TokenType): boolean {
  if (kind === "import") return type === t.StringToken || type === t.OpenString;
  return kind === "declaration" && type === t.RightBrace;
}

function firstOnLine(text: string, token: IToken): boolean {
  return /^[ \t\uFEFF]*$/.test(text.slice(lineStart(text, token), token.startOffset));
}

function column(text: string, token: IToken): number {
  return token.startOffset - lineStart(text, token);
}

function lineStart(text: string, token: IToken): number {
  return token.startOffset === 0 ? 0 : text.lastIndexOf("\n", token.startOffset - 1) + 1;
}
