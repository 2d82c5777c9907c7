// The tokens of the language, in lexing order. Each carries the label that error messages use for it.

import { createToken, Lexer, type TokenType } from "chevrotain";

const digits = String.raw`\d+(?:_\d+)*`;
const decimal = String.raw`${digits}(?:\.${digits})?(?:[eE][+-]?\d+)?`;

// Categories: a parser rule that asks for one takes any of its members.

/** A name or any keyword, where the grammar leaves no doubt: setting names, `0.1% of backbone`. */
export const Word = createToken({ name: "Word", pattern: Lexer.NA, label: "a setting" });
export const SumOperator = createToken({
  name: "SumOperator",
  pattern: Lexer.NA,
  label: '"+" or "-"',
});
export const ProductOperator = createToken({
  name: "ProductOperator",
  pattern: Lexer.NA,
  label: '"*", "/" or "@"',
});

export const Space = createToken({ name: "Space", pattern: /[ \t\r\n\uFEFF]+/, group: Lexer.SKIPPED });
export const DocComment = createToken({
  name: "DocComment",
  pattern: /\/\/\/(?!\/)[^\r\n]*/,
  group: "comments",
});
export const Comment = createToken({ name: "Comment", pattern: /\/\/[^\r\n]*/, group: "comments" });

export const Name = createToken({
  name: "Name",
  pattern: /[A-Za-z_]\w*/,
  label: "a name",
  categories: [Word],
});

/** Stands where a value should and none can be read; made by the parser's caller, never by the lexer. */
export const Hole = createToken({ name: "Hole", pattern: Lexer.NA, label: "a value", categories: [Name] });

export const Import = keyword("import");
export const From = keyword("from");
export const As = keyword("as");
export const Backbone = keyword("backbone");
export const Task = keyword("task");
export const Method = keyword("method");
export const Param = keyword("param");
export const Group = keyword("group");
export const Frozen = keyword("frozen");
export const Project = keyword("project");
export const Input = keyword("input");
export const Let = keyword("let");
export const Output = keyword("output");
export const Tune = keyword("tune");
export const Train = keyword("train");
export const Compare = keyword("compare");
export const Leg = keyword("leg");
export const Sweep = keyword("sweep");
export const Of = keyword("of");
export const In = keyword("in");
export const Within = keyword("within");

export const Percent = createToken({
  name: "Percent",
  pattern: new RegExp(`${decimal}%`),
  label: "a percentage",
});
/** The lookahead leaves `3abc` and `1.2.3` whole for `BadNumber`, and `0..n` to `Range`. */
export const NumberToken = createToken({
  name: "Number",
  pattern: new RegExp(String.raw`${decimal}(?!\w|\.\d)`),
  label: "a number",
});
export const Range = createToken({ name: "Range", pattern: "..", label: '".."' });
/** Begins like a number and is none: read as one, reported by itself, so the parser need not stumble over it. */
export const BadNumber = createToken({
  name: "BadNumber",
  pattern: /\.?\d\w*(?:\.\d\w*)*/,
  label: "a number",
  categories: [NumberToken],
});

export const StringToken = createToken({
  name: "String",
  pattern: closedString,
  start_chars_hint: ['"'],
  line_breaks: false,
  label: "a string",
});
/** A string without its closing quote runs to the end of its line and no further. */
export const OpenString = createToken({
  name: "OpenString",
  pattern: /"[^\r\n]*/,
  label: "a string",
  categories: [StringToken],
});

export const LeftBrace = punctuation("LeftBrace", "{");
export const RightBrace = punctuation("RightBrace", "}");
export const LeftParen = punctuation("LeftParen", "(");
export const RightParen = punctuation("RightParen", ")");
export const LeftBracket = punctuation("LeftBracket", "[");
export const RightBracket = punctuation("RightBracket", "]");
export const Equals = punctuation("Equals", "=");
export const Colon = punctuation("Colon", ":");
export const Comma = punctuation("Comma", ",");
export const Dot = punctuation("Dot", ".");
export const Plus = punctuation("Plus", "+", SumOperator);
export const Minus = punctuation("Minus", "-", SumOperator);
export const Star = punctuation("Star", "*", ProductOperator);
export const Slash = punctuation("Slash", "/", ProductOperator);
export const At = punctuation("At", "@", ProductOperator);

/** In the order in which people meet them. */
export const keywords: readonly TokenType[] = [
  ...[Import, From, As, Backbone, Task, Method, Param, Group, Frozen, Project, Input, Let, Output],
  ...[Tune, Train, Compare, Leg, Sweep, Of, In, Within],
];

/** The keywords that begin a declaration. */
export const declarationKeywords: readonly TokenType[] = [Backbone, Task, Method, Tune, Compare, Sweep];

export const marks: readonly TokenType[] = [
  ...[LeftBrace, RightBrace, LeftParen, RightParen, LeftBracket, RightBracket],
  ...[Equals, Colon, Comma, Dot, Plus, Minus, Star, Slash, At],
];

/** Every token in the order the lexer tries them. */
export const tokens: readonly TokenType[] = [
  ...[Word, SumOperator, ProductOperator],
  ...[Space, DocComment, Comment],
  ...keywords,
  ...[Name, Hole],
  ...[Percent, NumberToken, Range, BadNumber, StringToken, OpenString],
  ...marks,
];

/** Named for its own spelling: the capitalised names belong to the parser's rules. */
function keyword(word: string): TokenType {
  return createToken({ name: word, pattern: word, label: `"${word}"`, longer_alt: Name, categories: [Word] });
}

function punctuation(name: string, mark: string, category?: TokenType): TokenType {
  return createToken({ name, pattern: mark, label: `"${mark}"`, categories: category ? [category] : [] });
}

/** By hand, since a regular expression runs out of stack on a string of some million escapes. */
function closedString(text: string, start: number): [string] | null {
  if (text[start] !== '"') return null;
  for (let at = start + 1; at < text.length; at++) {
    const character = text[at];
    if (character === '"') return [text.slice(start, at + 1)];
    if (character === "\n" || character === "\r") return null;
    if (character === "\\" && !/[\r\n]/.test(text[at + 1] ?? "\n")) at += 1;
  }
  return null;
}
