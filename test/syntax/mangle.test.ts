import { expect, test } from "vitest";
import { Diagnostics } from "../../src/diagnostics/diagnostic.ts";
import { sourceText } from "../../src/source/source-text.ts";
import type { Span } from "../../src/source/span.ts";
import type { Document, Node } from "../../src/syntax/ast.ts";
import { childrenOf } from "../../src/syntax/children.ts";
import { parse } from "../../src/syntax/parse.ts";
import { mangle, seeded } from "../support/mangle.ts";
import { shortPrograms } from "../support/sample-programs.ts";

const programs = shortPrograms();

/** What is wrong with a parse, whatever the text was; empty when all is well. */
function flaws(text: string): string[] {
  const found = new Diagnostics();
  const document = parse(sourceText("mangled", text), found);
  const inText = ({ start, end }: Span) => 0 <= start && start <= end && end <= text.length;
  const wrong: string[] = [];
  const visit = (node: Node, around: Span): void => {
    if (!inText(node.span)) wrong.push(`${node.kind} at ${node.span.start}..${node.span.end}`);
    if (node.span.start < around.start || node.span.end > around.end) {
      wrong.push(
        `${node.kind} at ${node.span.start}..${node.span.end} outside ${around.start}..${around.end}`,
      );
    }
    for (const child of childrenOf(node)) visit(child, node.span);
  };
  visit(document, { start: 0, end: text.length });
  for (const { place, related, fixes, message } of found.inSourceOrder()) {
    const places = [
      place,
      ...related.map((each) => each.place),
      ...fixes.flatMap(({ edits }) => edits.map((e) => e.place)),
    ];
    if (!places.every(({ span }) => inText(span))) wrong.push(`diagnostic outside the text: ${message}`);
    if (/undefined|NaN|Token|-->|\[object/.test(message)) wrong.push(`strange words: ${message}`);
  }
  return wrong;
}

test("ten thousand mangled programs are all read to the end, with every place inside the text", () => {
  const random = seeded(20240229);
  const wrong: [string, string[]][] = [];
  for (let count = 0; count < 10_000; count++) {
    const text = mangle(programs[random(programs.length)] ?? "", random);
    const found = flaws(text);
    if (found.length > 0) wrong.push([text, found]);
  }
  expect(wrong.slice(0, 3)).toEqual([]);
});

test("the sample programs are without errors, and what the mangler makes of them mostly is not", () => {
  const errors = (text: string) => {
    const found = new Diagnostics();
    parse(sourceText("mangled", text), found);
    return found.inSourceOrder().length;
  };
  expect(programs.map(errors)).toEqual(programs.map(() => 0));
  const random = seeded(7);
  const broken = Array.from({ length: 300 }, (_, index) =>
    errors(mangle(programs[index % programs.length] ?? "", random)),
  );
  expect(broken.filter((count) => count > 0).length).toBeGreaterThan(150);
});

test("one token too few is one diagnostic, sometimes two, hardly ever more", () => {
  const counts: number[] = [];
  for (const text of programs) {
    const tokens = [...text.matchAll(/(?<!\/.*)(?:"[^"\n]*"|\w+|[^\s\w/])/g)];
    const stride = Math.ceil(tokens.length / 150); // of a long program not every token: each costs a parse of all of it
    for (const { index, 0: gone } of tokens.filter((_, at) => at % stride === 0)) {
      const found = new Diagnostics();
      parse(sourceText("mangled", text.slice(0, index) + text.slice(index + gone.length)), found);
      counts.push(found.inSourceOrder().length);
    }
  }
  const share = (most: number) => counts.filter((count) => count <= most).length / counts.length;
  expect(counts.length).toBeGreaterThan(1_000);
  expect(share(1)).toBeGreaterThan(0.9);
  expect(share(2)).toBeGreaterThan(0.98);
});

const long = 20_000;
test.each([
  ["parentheses", `tune t { a = ${"(".repeat(long)}`],
  ["blocks", `tune t { a = ${"b { c = ".repeat(long)}`],
  ["closing brackets", ")".repeat(long)],
  ["minus signs", `tune t { a = ${"-".repeat(long)}`],
  ["sums", `tune t { a = 1${" + 1".repeat(long)} }`],
  ["slices", `tune t { a = x${"[..]".repeat(long)} }`],
  ["calls", `tune t { a = ${"f(".repeat(32)}${")".repeat(31)} }`],
  ["slips in one declaration", `tune t { ${"] a = 1 ".repeat(long)} }`],
  ["missing commas", `tune t { a = [${"1 2 ".repeat(long)}] }`],
  ["escapes in one string", `tune t { a = "${"\\n".repeat(1_000_000)}" }`],
])("a great many %s neither crash nor stall the parser", (_, text) => {
  expect(flaws(text)).toEqual([]);
});

test("the same text gives the same tree, whatever was parsed before", () => {
  const tree = (text: string): Document => parse(sourceText("again", text), new Diagnostics());
  const before = programs.map(tree);
  const random = seeded(3);
  for (const text of programs) tree(mangle(text, random));
  expect(programs.map(tree)).toEqual(before);
});
