import { expect, test } from "vitest";
import { Diagnostics } from "../../src/diagnostics/diagnostic.ts";
import { sourceText } from "../../src/source/source-text.ts";
import { parse } from "../../src/syntax/parse.ts";
import { at } from "../support/at.ts";

/** What is reported for a text, as `code: message`, with the place of each. */
function reported(marked: string) {
  const { text, spans } = at(marked);
  const found = new Diagnostics();
  parse(sourceText("test.dept", text), found);
  const all = found.inSourceOrder();
  return {
    all,
    said: all.map(({ code, message }) => `${code}: ${message}`),
    places: all.map(({ place }) => place.span),
    spans,
  };
}

const start = '"import", "backbone", "task", "method", "tune", "compare" or "sweep"';

const cases: readonly (readonly [marked: string, ...said: string[]])[] = [
  // Values
  ["tune x { length = ⟦}⟧", 'syntax/unexpected: expected a value after "length =", found "}"'],
  [
    "tune x {\n length =\n ⟦rank⟧ = 3\n}",
    'syntax/unexpected: expected a value after "length =", found "rank"',
  ],
  [
    "tune x {\n length =\n ⟦train⟧ { }\n}",
    'syntax/unexpected: expected a value after "length =", found the keyword "train"',
  ],
  ["tune x {\n a = ⟦]⟧\n b = 3\n}", 'syntax/unexpected: expected a value after "a =", found "]"'],
  ["tune x { a = 1 + ⟦}⟧", 'syntax/unexpected: expected a value after "+", found "}"'],
  ["tune x { a = f(b = ⟦,⟧ c = 1) }", 'syntax/unexpected: expected a value after "b =", found ","'],
  ["tune x { a = f(1, ⟦,⟧ 2) }", 'syntax/unexpected: expected a value after ",", found ","'],
  ["tune x { a = 3 within ⟦}⟧", 'syntax/unexpected: expected a percentage after "within", found "}"'],
  ["tune x { a = x[0⟦]⟧ }", 'syntax/unexpected: expected ".." after "0", found "]"'],
  ["tune x { a ⟦3⟧ b = 3 }", 'syntax/unexpected: expected "=" after "a", found "3"'],
  ["tune x { a ⟦:⟧ 3 b = 3 }", 'syntax/unexpected: expected "=" after "a", found ":"'],
  [
    'tune x { a = "s" ⟦"t"⟧ }',
    'syntax/unexpected: expected a setting or "}" after the string, found a string',
  ],
  // Brackets
  ["tune x { a = f(1 ⟦2⟧) b = 4 }", 'syntax/unexpected: expected "," or ")" after "1", found "2"'],
  ["tune x {\n a = f(1, 2\n ⟦b⟧ = 4\n}", 'syntax/unexpected: expected "," or ")" after "2", found "b"'],
  ["tune x { a = [1 ⟦2⟧] }", 'syntax/unexpected: expected "," or "]" after "1", found "2"'],
  ["tune x { a = (1 + 2 ⟦b⟧ = 3 }", 'syntax/unexpected: expected ")" after "2", found "b"'],
  ["tune x { a = 1⟦⟧", 'syntax/unexpected: expected a setting or "}" after "1", found the end of the file'],
  [
    "tune x {\n a = 1\n\n⟦tune⟧ y {}",
    'syntax/unexpected: expected a setting or "}" after "1", found the keyword "tune"',
  ],
  [
    "tune x {\n train {\n a = 1\n\n ⟦group⟧ g { }\n}",
    'syntax/unexpected: expected a setting or "}" after "1", found the keyword "group"',
  ],
  [
    "compare x {\n leg a {\n b = 1\n ⟦leg⟧ c { }\n}",
    'syntax/unexpected: expected a setting or "}" after "1", found the keyword "leg"',
  ],
  [
    "tune x {}\n⟦}⟧\ntune y { b = ⟦}⟧",
    `syntax/unexpected: expected ${start}, found "}"`,
    'syntax/unexpected: expected a value after "b =", found "}"',
  ],
  // Declarations
  ["⟦a⟧ = 1\nb = 2\ntask = 4\ntune x { }", `syntax/unexpected: expected ${start}, found "a"`],
  ["tune ⟦{⟧ a = 1 }", 'syntax/unexpected: expected a name after "tune", found "{"'],
  ["tune⟦⟧", 'syntax/unexpected: expected a name after "tune", found the end of the file'],
  ["method m ⟦{⟧ output x }", 'syntax/unexpected: expected "(" after "m", found "{"'],
  ["method m(a ⟦int⟧) { output a }", 'syntax/unexpected: expected ":" after "a", found "int"'],
  ["method m() { param A ⟦[⟧s] = zeros() }", 'syntax/unexpected: expected ":" after "A", found "["'],
  [
    "method m() { ⟦foo⟧ = 3 }",
    'syntax/unexpected: expected "param", "input", "let", "output" or "}" after "{", found "foo"',
  ],
  ["method m() { let h ⟦x⟧ output h }", 'syntax/unexpected: expected "=" after "h", found "x"'],
  ["sweep x ⟦rte⟧ { a in [1] }", 'syntax/unexpected: expected "of" after "x", found "rte"'],
  ["sweep x of y { a ⟦=⟧ [1] }", 'syntax/unexpected: expected "in" after "a", found "="'],
  [
    "tune x {\n method ⟦dept⟧(length = 40)\n task ⟦rte⟧ { a = 1 }\n}",
    'syntax/unexpected: expected "=" after "method", found "dept"',
    'syntax/unexpected: expected "=" after "task", found "rte"',
  ],
  // Imports
  ['import { a ⟦b⟧ } from "x"', 'syntax/unexpected: expected "," or "}" after "a", found "b"'],
  ['import ⟦a⟧ from "x"', 'syntax/unexpected: expected "{" after "import", found "a"'],
  ['import { ⟦}⟧ from "x"', 'syntax/unexpected: expected a name after "{", found "}"'],
  ["import { d }\n⟦tune⟧ x { }", 'syntax/unexpected: expected "from" after "}", found the keyword "tune"'],
  ['tune x {}\n⟦import⟧ { a } from "b"', "syntax/late-import: imports stand before the first declaration"],
  // Misspelt and reserved words
  ["⟦tuen⟧ x {\n task = rte\n}", 'syntax/misspelt: "tuen" is not a keyword; did you mean "tune"?'],
  ['⟦improt⟧ { a } from "b"', 'syntax/misspelt: "improt" is not a keyword; did you mean "import"?'],
  ['import { a } ⟦form⟧ "b"', 'syntax/misspelt: "form" is not a keyword; did you mean "from"?'],
  [
    "tune x {\n a = b\n ⟦gruop⟧ g { }\n ⟦trian⟧ { }\n}",
    'syntax/misspelt: "gruop" is not a keyword; did you mean "group"?',
    'syntax/misspelt: "trian" is not a keyword; did you mean "train"?',
  ],
  [
    "method m() {\n ⟦parm⟧ A: [s] = zeros() ⟦gruop⟧ g\n ⟦outptu⟧ f(A)\n}",
    'syntax/misspelt: "parm" is not a keyword; did you mean "param"?',
    'syntax/misspelt: "gruop" is not a keyword; did you mean "group"?',
    'syntax/misspelt: "outptu" is not a keyword; did you mean "output"?',
  ],
  ["tune ⟦task⟧ { }", 'syntax/reserved: "task" is a keyword and cannot be a name'],
  ["method m() { let ⟦in⟧ = 3 }", 'syntax/reserved: "in" is a keyword and cannot be a name'],
  // Pieces that are no tokens
  ["tune x {\n a = ⟦$⟧\n b = 4\n}", 'syntax/character: "$" means nothing here'],
  ["tune x {\n ⟦$$⟧\n b = 4\n}", 'syntax/character: "$$" means nothing here'],
  [
    "⟦é⟧ tune x { a = 1 ⟦\u200B⟧ }",
    'syntax/character: "é" means nothing here',
    "syntax/character: the invisible character U+200B means nothing here",
  ],
  ['tune x {\n a = f(⟦"abc)⟧\n b = 4\n}', "syntax/string-open: this string is not closed"],
  ['tune x { a = "C:⟦\\d⟧ata" }', "syntax/escape: a string knows no \\d"],
  [
    "tune x { a = ⟦3abc⟧ b = ⟦1.2.3⟧ c = ⟦.5⟧ }",
    'syntax/number: "3abc" is not a number',
    'syntax/number: "1.2.3" is not a number',
    'syntax/number: ".5" is not a number',
  ],
  ["tune x { a = ⟦1e999⟧ }", 'syntax/number: "1e999" is not a number'],
];

test.each(cases.map(([marked, ...said]) => ({ marked, said })))("$marked", ({ marked, said }) => {
  const found = reported(marked);
  expect(found.said).toEqual(said);
  expect(found.places).toEqual(found.spans);
});

test("nesting is bounded, and the bound is reported where it is passed", () => {
  const found = reported(`tune x { a = ${"(".repeat(32)}⟦(⟧${"(".repeat(5000)}`);
  expect(found.said).toEqual([
    "syntax/too-deep: this is nested more than 33 deep, and the rest of the file was not read",
  ]);
  expect(found.places).toEqual(found.spans);
  expect(reported(`tune x { a = ${"(".repeat(32)}1${")".repeat(32)} }`).said).toEqual([]);
});

test("a line is reported once where the parser lost its way on it, the next line anew", () => {
  const found = reported("tune x {\n a = [1 ⟦f⟧(b = 2), c = ] ]\n d = ⟦]⟧\n}");
  expect(found.places).toEqual(found.spans);
});

test("a declaration with more slips than anybody reads is given up, and the next one is not", () => {
  const { said } = reported(`tune x { ${"a = ]\n".repeat(200)} }\ntune y { b = }`);
  expect(said[0]).toBe("syntax/too-many: there is more wrong in this declaration than is listed");
  expect(said).toHaveLength(52);
  expect(said.at(-1)).toBe('syntax/unexpected: expected a value after "b =", found "}"');
});

test("a forgotten closing bracket points back to the one it would close", () => {
  const { all, spans } = reported("tune x ⟦{⟧\n a = 1\n\ntune y {}");
  expect(all[0]?.related).toEqual([
    { place: { source: all[0]?.place.source, span: spans[0] }, message: "opened here" },
  ]);
});

test("a misspelt keyword and a stray comma come with the change that mends them", () => {
  const misspelt = reported("⟦tuen⟧ x { }");
  expect(misspelt.all[0]?.fixes).toMatchObject([
    { title: 'change it to "tune"', edits: [{ place: { span: misspelt.spans[0] }, text: "tune" }] },
  ]);
  const comma = reported("tune x { a = 1⟦,⟧ b = 2 }");
  expect(comma.all[0]?.fixes).toMatchObject([{ edits: [{ place: { span: comma.spans[0] }, text: "" }] }]);
  expect(comma.all[0]?.help).toBe("nothing stands between two settings but a space or a line break");
});

test("what stands around a slip is still in the tree", () => {
  const { text } = at("tune x {\n a = ]\n b = 3\n length =\n c = 4\n}\ntuen y { d = 5 }");
  const { declarations } = parse(sourceText("test.dept", text), new Diagnostics());
  const names = declarations.map((each) => [
    each.name.text,
    ...("items" in each ? each.items : []).map((item) => ("name" in item ? item.name.text : "")),
  ]);
  expect(names).toEqual([
    ["x", "a", "b", "length", "c"],
    ["y", "d"],
  ]);
});

test("a value that is missing before a setting named by a keyword hides nothing behind it", () => {
  const found = new Diagnostics();
  const text =
    "tune a {\n  backbone =\n  task = rte { max_tokens = }\n  method = dept(rank = )\n  train { steps = }\n}";
  parse(sourceText("a.dept", text), found);
  expect(found.inSourceOrder().map(({ place, message }) => [place.span.start, message])).toEqual([
    [text.indexOf("task"), 'expected a value after "backbone =", found the keyword "task"'],
    [text.indexOf("}\n  method"), 'expected a value after "max_tokens =", found "}"'],
    [text.indexOf(")"), 'expected a value after "rank =", found ")"'],
    [text.indexOf("}\n}"), 'expected a value after "steps =", found "}"'],
  ]);
});
