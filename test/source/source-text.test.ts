import { expect, test } from "vitest";
import { lineText, positionAt, sourceText } from "../../src/source/source-text.ts";

test("offsets become one-based lines and columns, line ends of both kinds", () => {
  const source = sourceText("a", "ab\r\ncd\n\ne");
  expect(positionAt(source, 0)).toEqual({ line: 1, column: 1 });
  expect(positionAt(source, 5)).toEqual({ line: 2, column: 2 });
  expect(positionAt(source, 8)).toEqual({ line: 4, column: 1 });
  expect(positionAt(source, 99)).toEqual({ line: 4, column: 2 });
  expect([1, 2, 3, 4].map((line) => lineText(source, line))).toEqual(["ab", "cd", "", "e"]);
});

test("an empty text has one empty line", () => {
  const source = sourceText("a", "");
  expect(positionAt(source, 0)).toEqual({ line: 1, column: 1 });
  expect(lineText(source, 1)).toBe("");
});
