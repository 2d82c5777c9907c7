// SourceText -> Document. Whatever the text, there is a Document and every slip has its diagnostic.

import { EOF, type IRecognitionException, type IToken } from "chevrotain";
import type { DocumentCstNode } from "../../grammar/cst.d.ts";
import { Expectations, TooManyErrors } from "../../grammar/expectations.ts";
import { DeptParser } from "../../grammar/parser.ts";
import { declarationKeywords, Import } from "../../grammar/tokens.ts";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { SourceText } from "../source/source-text.ts";
import type { Declaration, Document, Import as ImportNode } from "./ast.ts";
import { buildDeclaration, buildImport } from "./build-ast.ts";
import { fillHoles } from "./fill-holes.ts";
import { mendKeywords } from "./mend-keywords.ts";
import { readTokens, tokenSpan } from "./read-tokens.ts";
import { reportUnexpected, type Stumble } from "./report-unexpected.ts";
import { splitDeclarations, type Piece } from "./split-declarations.ts";
import { wantedText } from "./wanted-text.ts";

const mostErrorsInAPiece = 50;

/** Built at the first parse: it takes some milliseconds, which `dept --version` need not spend. */
let shared: { readonly parser: DeptParser; readonly expectations: Expectations } | undefined;

/** With `names`, of a file as the formatter leaves it, only those declarations and what they need: the rest is not looked at. */
export function parse(source: SourceText, found: Diagnostics, names?: ReadonlySet<string>): Document {
  const text = names && wantedText(source.text, names);
  const { tokens, unread, comments, blemishes } = readTokens(source, found, text);
  const mended = fillHoles(mendKeywords(tokens, source, found), unread, source, found);
  const pieces = splitDeclarations(mended, source.text);
  const imports: ImportNode[] = [];
  const declarations: Declaration[] = [];
  for (const [index, piece] of pieces.entries()) {
    const behind = pieces[index + 1]?.tokens[0];
    const { cst, stumbles } = piece.kind === "junk" ? junk(piece) : parsePiece(piece, source, found);
    reportUnexpected(stumbles, { source, found, blemishes, tokens: piece.tokens, behind });
    if (piece.kind === "import" && declarations.length > 0) reportLateImport(piece, source, found);
    for (const node of cst?.children.Import ?? []) imports.push(buildImport(node));
    for (const node of cst?.children.Declaration ?? []) {
      const declaration = buildDeclaration(node, comments, source);
      if (declaration !== undefined) declarations.push(declaration);
    }
  }
  const span = { start: 0, end: source.text.length };
  return { kind: "Document", span, source, imports, declarations, comments };
}

interface Parsed {
  readonly cst: DocumentCstNode | undefined;
  readonly stumbles: readonly Stumble[];
}

function parsePiece(piece: Piece, source: SourceText, found: Diagnostics): Parsed {
  const { parser, expectations } = (shared ??= build());
  expectations.allow(mostErrorsInAPiece);
  parser.input = [...piece.tokens];
  try {
    const cst = parser.document() as DocumentCstNode;
    return { cst, stumbles: parser.errors.map(stumble) };
  } catch (thrown) {
    if (!(thrown instanceof TooManyErrors)) throw thrown;
    const span = tokenSpan(piece.tokens[0]);
    found.report("syntax/too-many", { source, span }, {});
    return { cst: undefined, stumbles: parser.errors.map(stumble) };
  }
}

function build(): { parser: DeptParser; expectations: Expectations } {
  const expectations = new Expectations();
  return { parser: new DeptParser(expectations), expectations };
}

/** The parser's error, reduced to what was expected and which token stood there; none at the end of its input. */
function stumble({ message, token, resyncedTokens }: IRecognitionException): Stumble {
  const at = token.tokenType === EOF ? undefined : token;
  return { expected: message, at, skippedTo: resyncedTokens.at(-1) ?? at };
}

function junk(piece: Piece): Parsed {
  const words = [Import, ...declarationKeywords].map((keyword) => `"${String(keyword.PATTERN)}"`);
  const expected = `${words.slice(0, -1).join(", ")} or ${words.at(-1) ?? ""}`;
  return { cst: undefined, stumbles: [{ expected, at: piece.tokens[0], skippedTo: piece.tokens.at(-1) }] };
}

function reportLateImport(piece: Piece, source: SourceText, found: Diagnostics): void {
  const span = tokenSpan(piece.tokens[0] as IToken);
  found.report("syntax/late-import", { source, span }, {});
}
