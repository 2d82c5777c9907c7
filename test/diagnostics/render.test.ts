import { expect, test } from "vitest";
import { Diagnostics } from "../../src/diagnostics/diagnostic.ts";
import { nearestWord } from "../../src/diagnostics/nearest-word.ts";
import { renderDiagnostic, renderSummary } from "../../src/diagnostics/render.ts";
import { sourceText } from "../../src/source/source-text.ts";

const source = sourceText("a.dept", "first line\n\tlr = fast\nlast");
const at = source.text.indexOf("fast");
const place = { source, span: { start: at, end: at + 4 } };

test("the mark stands under its text, tabs kept", () => {
  const found = new Diagnostics();
  found.report("program/wrong-value", place, { name: "lr", expected: "a number", found: "fast" });
  expect(found.inSourceOrder().map((each) => renderDiagnostic(each, { color: false }))).toEqual([
    "error program/wrong-value: lr takes a number, found fast\n  ┌ a.dept:2:7\n2 │ \tlr = fast\n  │ \t     ^^^^\n",
  ]);
});

test("colours are only for terminals", () => {
  const found = new Diagnostics();
  found.report("program/wrong-value", place, { name: "lr", expected: "a number", found: "fast" });
  const [diagnostic] = found.inSourceOrder();
  expect(diagnostic && renderDiagnostic(diagnostic, { color: true })).toContain("\u001b[31merror\u001b[0m");
});

test("the same report at the same place is one, and still counts as an error for who made it", () => {
  const found = new Diagnostics();
  for (let time = 0; time < 2; time++) {
    found.report("program/wrong-value", place, { name: "lr", expected: "a number", found: "fast" });
  }
  expect(found.inSourceOrder().length).toBe(1);
  expect(found.errorCount).toBe(2);
  expect(renderSummary(found.inSourceOrder())).toBe("1 error");
});

test("numbers in messages are grouped", () => {
  const found = new Diagnostics();
  found.report("plan/warmup-too-long", place, { warmup: 30_000, steps: 1_000 });
  expect(found.inSourceOrder()[0]?.message).toBe("warm-up takes 30,000 steps, but training ends after 1,000");
});

test.each([
  ["stpes", "steps"],
  ["warm", "warmup"],
  ["Rank", "rank"],
  ["C", undefined],
  ["wholly", undefined],
])("the word nearest to %s is %s", (word, nearest) => {
  expect(nearestWord(word, ["steps", "rank", "warmup", "A"])).toBe(nearest);
});
