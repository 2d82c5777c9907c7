import { expect, test } from "vitest";
import { Diagnostics } from "../../src/diagnostics/diagnostic.ts";
import { sourceText } from "../../src/source/source-text.ts";
import type { Document, Node } from "../../src/syntax/ast.ts";
import { parse } from "../../src/syntax/parse.ts";
import { at } from "../support/at.ts";

function read(text: string): Document {
  const found = new Diagnostics();
  const document = parse(sourceText("test.dept", text), found);
  expect(found.inSourceOrder()).toEqual([]);
  return document;
}

/** A tree in few words: `(+ x (* 2 y))`, `f(a, b = 1)`, `x[0..n]`. */
function brief(node: Node | undefined): string {
  if (node === undefined) return "";
  const all = (nodes: readonly Node[], between = " ") => nodes.map(brief).join(between);
  switch (node.kind) {
    case "Name":
    case "NumberLiteral":
    case "PercentLiteral":
      return node.text;
    case "StringLiteral":
      return JSON.stringify(node.value);
    case "List":
      return `[${all(node.items, ", ")}]`;
    case "RecordLiteral":
      return `{${all(node.entries, ", ")}}`;
    case "RecordEntry":
      return `${brief(node.key)}: ${brief(node.value)}`;
    case "Call":
      return `${node.callee.text}(${all(node.arguments, ", ")})`;
    case "Argument":
      return (node.name ? `${node.name.text} = ` : "") + brief(node.value);
    case "Configured":
      return `${node.base.text}{${all(node.fields)}}`;
    case "Binary":
      return `(${node.operator} ${brief(node.left)} ${brief(node.right)})`;
    case "Negate":
      return `(- ${brief(node.operand)})`;
    case "Slice":
      return `${brief(node.operand)}[${brief(node.from)}..${brief(node.to)}]`;
    case "Share":
      return `(${node.percent.text} of ${node.of.text})`;
    case "Within":
      return `(within ${brief(node.operand)} ${node.tolerance.text})`;
    case "Field":
      return `${node.name.text}=${brief(node.value)}`;
    case "GroupBlock":
      return `group ${node.name.text}{${all(node.fields)}}`;
    case "TrainBlock":
      return `train{${all(node.fields)}}`;
    case "Leg":
      return `leg ${node.name.text}{${all(node.items)}}`;
    case "Axis":
      return `${all(node.path, ".")} in ${brief(node.values)}`;
    case "ImportName":
      return node.name.text + (node.alias ? ` as ${node.alias.text}` : "");
    case "Import":
      return `import ${all(node.names, ", ")} from ${node.from.value}`;
    case "BackboneDeclaration":
    case "TaskDeclaration":
      return `${node.kind} ${node.name.text}{${all(node.fields)}}`;
    case "TuneDeclaration":
    case "CompareDeclaration":
      return `${node.kind} ${node.name.text}{${all(node.items)}}`;
    case "SweepDeclaration":
      return `sweep ${node.name.text} of ${node.of.text}{${all(node.axes, "; ")}}`;
    case "MethodDeclaration":
      return `method ${node.name.text}(${all(node.arguments, ", ")}){${all(node.items, "; ")}}`;
    case "ArgumentDeclaration":
      return `${node.name.text}: ${node.type.text}` + (node.default ? ` = ${brief(node.default)}` : "");
    case "ParameterDeclaration":
      return `param ${node.name.text}[${all(node.shape, ", ")}] = ${brief(node.initial)} ${all(node.annotations, " & ")}`.trim();
    case "InputDeclaration":
      return `input ${node.name.text}[${all(node.shape, ", ")}]`;
    case "LetDeclaration":
      return `let ${node.name.text} = ${brief(node.value)}`;
    case "OutputStatement":
      return `output ${brief(node.value)}`;
    case "GroupAnnotation":
      return `group ${node.group.text}`;
    case "FrozenAnnotation":
      return "frozen";
    case "ProjectAnnotation":
      return `project ${brief(node.projection)}`;
    case "Comment":
      return `//${node.text}`;
    case "Document":
      return all([...node.imports, ...node.declarations], "\n");
  }
}

function value(text: string): string {
  const [task] = read(`task t { value = ${text} }`).declarations;
  return task?.kind === "TaskDeclaration" ? brief(task.fields[0]?.value) : "";
}

test.each([
  ["a + b * c", "(+ a (* b c))"],
  ["a - b - c", "(- (- a b) c)"],
  ["a - (b - c)", "(- a (- b c))"],
  ["(a + b) * c", "(* (+ a b) c)"],
  ["a @ b / c", "(/ (@ a b) c)"],
  ["-x @ y", "(@ (- x) y)"],
  ["--1", "(- (- 1))"],
  ["-x[0..n]", "(- x[0..n])"],
  ["(A @ B)[0..n]", "(@ A B)[0..n]"],
  ["x[..][1..][..n - 1]", "x[..][1..][..(- n 1)]"],
  ["x + relu(x @ W1 + b1) @ W2 + b2", "(+ (+ x (@ relu((+ (@ x W1) b1)) W2)) b2)"],
  ["f()", "f()"],
  ["f(1, x = 2, group = 3,)", "f(1, x = 2, group = 3)"],
  ["rte { max_tokens = 256 seed = 1 }", "rte{max_tokens=256 seed=1}"],
  ["rte {}", "rte{}"],
  ["{}", "{}"],
  ['{ "a b": 1, 0: "no", task: [], }', '{"a b": 1, 0: "no", task: []}'],
  ["[[1, 2], [], x,]", "[[1, 2], [], x]"],
  ["0.1% of backbone", "(0.1% of backbone)"],
  ["exactly(76_800) within 0.5%", "(within exactly(76_800) 0.5%)"],
  ["a + b within 1%", "(within (+ a b) 1%)"],
  ["((a within 1%)) within 2%", "(within (within a 1%) 2%)"],
  ["auto", "auto"],
  ['"a \\"b\\" \\\\ \\n \\t"', JSON.stringify('a "b" \\ \n \t')],
  ["1 within = 2", "1"],
  ["5% of = 2", "5%"],
])("%s is read as %s", (text, expected) => {
  expect(value(text)).toBe(expected);
});

test.each([
  ["30_000", 30_000, true],
  ["3e-1", 0.3, false],
  ["1.0", 1, false],
  ["0", 0, true],
])("the number %s is %d", (text, number, integer) => {
  const [task] = read(`task t { value = ${text} }`).declarations;
  expect(task?.kind === "TaskDeclaration" && task.fields[0]?.value).toMatchObject({
    value: number,
    integer,
    text,
  });
});

test.each([
  ['import { a, b as c, } from "std/x"', "import a, b as c from std/x"],
  ["backbone b { width = 64 of = 1 }", "BackboneDeclaration b{width=64 of=1}"],
  ["task t {}", "TaskDeclaration t{}"],
  [
    "tune t { backbone = b task = rte method = m() group = g train = 1 group g { lr = 1 } train { steps = 2 } }",
    "TuneDeclaration t{backbone=b task=rte method=m() group=g train=1 group g{lr=1} train{steps=2}}",
  ],
  [
    "compare c { budget = b leg = 1 leg x { method = m group g { } } train { seed = 1 } leg y { } }",
    "CompareDeclaration c{budget=b leg=1 leg x{method=m group g{}} train{seed=1} leg y{}}",
  ],
  [
    "sweep s of t { method.length in [1, 2] group.prompt.lr in [3] within.of in [4] in in [5] }",
    "sweep s of t{method.length in [1, 2]; group.prompt.lr in [3]; within.of in [4]; in in [5]}",
  ],
  [
    "method m(a: int, b: float = 1.0,) { param P: [a, d] = normal(0.02) group g frozen project ball(1.0) input x: [n, d] let h = x output h }",
    "method m(a: int, b: float = 1.0){param P[a, d] = normal(0.02) group g & frozen & project ball(1.0); input x[n, d]; let h = x; output h}",
  ],
  ["method m() { param s: [] = zeros() }", "method m(){param s[] = zeros()}"],
])("%s", (text, expected) => {
  expect(brief(read(text))).toBe(expected);
});

test("an operation's place holds the parentheses of its operands, an operand's own place does not", () => {
  const { text, spans } = at("task t { a = ⟦(⟦p + q⟧) ⟦*⟧ r⟧ b = ⟦(⟦p⟧)[0..n]⟧ }");
  const [task] = read(text).declarations;
  const [product, slice] = task?.kind === "TaskDeclaration" ? task.fields.map((field) => field.value) : [];
  if (product?.kind !== "Binary" || slice?.kind !== "Slice") throw new Error("not the tree this is about");
  const places = [product.span, product.left.span, product.operatorSpan, slice.span, slice.operand.span];
  expect(places).toEqual(spans);
});

test("documentation is the `///` lines right above, each on a line of its own", () => {
  const { declarations, comments } = read(
    "/// too far away\n\n/// one\n///   two\ntask a {} /// behind\ntask b {}\n/// cut off\n// by this\ntask c {}\n//// four\ntask d {}",
  );
  expect(declarations.map(({ doc }) => doc)).toEqual(["one\ntwo", undefined, undefined, undefined]);
  expect(comments.map(({ doc, text }) => [doc, text])).toEqual([
    [true, "too far away"],
    [true, "one"],
    [true, "two"],
    [true, "behind"],
    [true, "cut off"],
    [false, "by this"],
    [false, "// four"],
  ]);
});

test("Windows line ends and a byte order mark change nothing", () => {
  const text = "/// doc\ntask a {\n  b = 1 // c\n}\n";
  const plain = read(text);
  const windows = read(`\uFEFF${text.replaceAll("\n", "\r\n")}`);
  expect(brief(windows)).toBe(brief(plain));
  expect(windows.declarations[0]?.doc).toBe("doc");
  expect(windows.comments.map((comment) => comment.text)).toEqual(["doc", "c"]);
});

test.each(["", " \n ", "// nothing", "\uFEFF"])("%j is an empty document", (text) => {
  const document = read(text);
  expect(document).toMatchObject({ imports: [], declarations: [], span: { start: 0, end: text.length } });
});
