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
const strings = new Set<TokenType>([t.StringToken, t.OpenString]);

export function splitDeclarations(tokens: readonly IToken[], text: string): Piece[] {
  const pieces: { kind: Piece["kind"]; tokens: IToken[] }[] = [];
  let piece: (typeof pieces)[number] | undefined;
  let open: IToken[] = [];
  // Settings outside all brackets: the opening brace was forgotten, and only a brace too many ends the declaration.
  let braceless = false;
  for (const [index, token] of tokens.entries()) {
    const starts = starters.has(token.tokenType) && begins(index, piece, open.length);
    if (starts || piece === undefined) {
      open = [];
      braceless = false;
      piece = { kind: starts ? kindOf(token) : "junk", tokens: [] };
      pieces.push(piece);
    }
    piece.tokens.push(token);
    braceless ||= token.tokenType === t.Equals && open.length === 0;
    const enclosed = open.length > 0;
    trackBrackets(open, token);
    const closed = token.tokenType === t.RightBrace && enclosed !== braceless;
    const ends =
      piece.kind === "import" ? strings.has(token.tokenType) : piece.kind === "declaration" && closed;
    if (ends && open.length === 0) piece = undefined;
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
  return token.tokenType === t.Import ? "import" : "declaration";
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
