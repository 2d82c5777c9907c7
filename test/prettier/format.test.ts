import { format as prettierFormat } from "prettier";
import { expect, test } from "vitest";
import { format, FormatRefused } from "../../src/prettier/format.ts";
import plugin from "../../src/prettier/index.ts";
import { samplePrograms } from "../support/sample-programs.ts";

/** Before and after; a text without its second half is to stay as it is. */
const cases: readonly (readonly [about: string, before: string, after?: string])[] = [
  [
    "settings line up at their equals signs",
    "tune t{a=1 long_name=2\n\nb=3}",
    "tune t {\n  a         = 1\n  long_name = 2\n\n  b = 3\n}\n",
  ],
  [
    "parameters stand in columns",
    'method m(a:int){param P:[a,d]=vocabulary() group p param W1:[d]=text("x") group p frozen output P}',
    'method m(a: int) {\n  param P:  [a, d] = vocabulary() group p\n  param W1: [d]    = text("x")    group p frozen\n  output P\n}\n',
  ],
  [
    "imports line up, and lose a comma they do not need",
    'import{a,}from"x" import{b,c as d}from"y"',
    'import { a }         from "x"\nimport { b, c as d } from "y"\n',
  ],
  [
    "groups on one line stay there and line up",
    "tune t {\n  group prompt { lr = 1 }\n  group p { lr = 2 }\n}",
    "tune t {\n  group prompt { lr = 1 }\n  group p      { lr = 2 }\n}\n",
  ],
  ["groups on several lines stay there", "tune t {\n  group prompt {\n    lr = 1\n  }\n}\n"],
  [
    "axes line up",
    "sweep s of t {\n a.b in [1]\n group.p.lr in [2]\n}",
    "sweep s of t {\n  a.b        in [1]\n  group.p.lr in [2]\n}\n",
  ],
  ["empty braces", "task t {\n\n}\nmethod m(\n) {\n}", "task t {}\n\nmethod m() {}\n"],
  [
    "parentheses stay where the tree needs them",
    "task t {\n  a = (b + c) * d - (e - f)\n  g = -(b + c)\n  h = (b @ c)[0..n]\n  i = (b within 1%) within 2%\n}\n",
  ],
  ["parentheses go where it does not", "task t { a = ((b * c)) + (d) }", "task t {\n  a = b * c + d\n}\n"],
  [
    "numbers and strings stay as they were written",
    'task t {\n  a = [30_000, 3e-1, 1.0, 0.5%]\n  b = "a \\"b\\" \\n"\n}\n',
  ],
  [
    "a long call has an argument to a line",
    `task t {\n  a = f(${"abcdefghij, ".repeat(8)}k)\n}\n`,
    `task t {\n  a = f(\n${"    abcdefghij,\n".repeat(8)}    k,\n  )\n}\n`,
  ],
  [
    "a record whose first entry has its own line stays so",
    "task t {\n  a = {\n    x: 1,\n    y: 2,\n  }\n  b = { x: 1 }\n}\n",
  ],
  [
    "many blank lines become one, and none stay none",
    "// a\n\n\n\ntask t {\n\n\n  a = 1\n\n\n  b = 2\n  c = 3\n}\n\n\n",
    "// a\n\ntask t {\n  a = 1\n\n  b = 2\n  c = 3\n}\n",
  ],
  ["declarations stand apart", "task a {}\ntask b {}", "task a {}\n\ntask b {}\n"],
  [
    "comments stay by their line",
    "// top\n\n/// doc\ntask t { // brace\n  // above\n  a = 1 // behind\n\n  // alone\n\n  b = [\n    1, // one\n    // above two\n    2,\n  ]\n  // last\n} // end\n// bottom\n",
  ],
  [
    "comments in brackets that hold nothing else stay inside",
    "task t {\n  // nothing yet\n}\n\ntask u {\n  a = [\n    // later\n  ]\n  b = f(\n    // one\n\n    // two\n  )\n}\n",
  ],
  [
    "a comment in the middle of a setting moves above it",
    "task t {\n  a = // why\n    1\n}",
    "task t {\n  // why\n  a = 1\n}\n",
  ],
  ["nothing but a comment", "// alone", "// alone\n"],
  ["nothing at all", " \n\n", ""],
  [
    "Windows line ends become plain ones",
    "task t {\r\n  a = 1 // x\r\n\r\n  b = 2\r\n}\r\n",
    "task t {\n  a = 1 // x\n\n  b = 2\n}\n",
  ],
];

test.each(cases.map(([about, before, after]) => ({ about, before, after: after ?? before })))(
  "$about",
  async ({ before, after }) => {
    expect(await format(before)).toBe(after);
    expect(await format(after)).toBe(after);
  },
);

test("the standard library and the examples are formatted", async () => {
  for (const [path, text] of samplePrograms()) {
    if (!path.startsWith("test/")) expect(await format(text, path)).toBe(text);
  }
});

test("a text with syntax errors is refused, with the place of the first", async () => {
  const refused = await format("tune t {\n  a = ]\n  b = \n}", "broken.dept").catch(
    (error: unknown) => error,
  );
  expect(refused).toBeInstanceOf(FormatRefused);
  expect((refused as FormatRefused).message).toBe('broken.dept:2:7: expected a value after "a =", found "]"');
  expect((refused as FormatRefused).diagnostics).toHaveLength(2);
});

test("prettier itself reads the plugin, keeps to its options, and reports a syntax error's place", async () => {
  const options = { parser: "dept", plugins: [plugin] };
  expect(await prettierFormat("task t{a=f(1)}", options)).toBe("task t {\n  a = f(1)\n}\n");
  expect(await prettierFormat("task t{a=f(1,2)}", { ...options, printWidth: 10, tabWidth: 4 })).toBe(
    "task t {\n    a = f(\n        1,\n        2,\n    )\n}\n",
  );
  await expect(prettierFormat("task t {\n a = }", options)).rejects.toMatchObject({
    loc: { start: { line: 2, column: 6 } },
  });
});
