import { Lexer } from "chevrotain";
import { expect, test } from "vitest";
import { tokens } from "../../grammar/tokens.ts";

const lexer = new Lexer([...tokens], { ensureOptimizations: true });

/** `Number 40, Name x`. */
function lexed(text: string): string {
  return lexer
    .tokenize(text)
    .tokens.map(({ tokenType, image }) => `${tokenType.name} ${image}`)
    .join(", ");
}

test.each([
  ["30_000 3e-1 0.5 1.0 1E+3", "Number 30_000, Number 3e-1, Number 0.5, Number 1.0, Number 1E+3"],
  ["0.5% 100%", "Percent 0.5%, Percent 100%"],
  ["0..n", "Number 0, Range .., Name n"],
  ["0.5..1.5", "Number 0.5, Range .., Number 1.5"],
  ["..4", "Range .., Number 4"],
  ["P.lr", "Name P, Dot ., Name lr"],
  [
    "3abc 1.2.3 30_ 1__0 .5 0x1F 1e",
    "BadNumber 3abc, BadNumber 1.2.3, BadNumber 30_, BadNumber 1__0, BadNumber .5, BadNumber 0x1F, BadNumber 1e",
  ],
  ["tune tuned in input _in", "tune tune, Name tuned, in in, input input, Name _in"],
  ['"a // b" "\\"" ""', 'String "a // b", String "\\"", String ""'],
  ['"open\n"', 'OpenString "open, OpenString "'],
  ['"trailing \\', 'OpenString "trailing \\'],
  ["-3", "Minus -, Number 3"],
  ["a@b", "Name a, At @, Name b"],
])("%j is read as %s", (text, expected) => {
  expect(lexed(text)).toBe(expected);
});

test("comments stand apart from the tokens; four slashes are no documentation", () => {
  const read = lexer.tokenize("a // b\n/// c\n//// d");
  expect(read.tokens.map(({ image }) => image)).toEqual(["a"]);
  expect(read.groups["comments"]?.map(({ tokenType, image }) => [tokenType.name, image])).toEqual([
    ["Comment", "// b"],
    ["DocComment", "/// c"],
    ["Comment", "//// d"],
  ]);
});
