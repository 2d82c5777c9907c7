import { expect, test } from "vitest";
import { barLine, Progress } from "../../../src/runtime/report/progress.ts";
import { MemoryStream } from "../../support/memory-stream.ts";

const details = ["loss 0.412", "0:41 left", "71 examples/s"];
const half = { label: "training", done: 300, total: 600, details };

test("the bar is half full half way", () => {
  expect(barLine(half, 100, false)).toBe(
    "  training    ━━━━━━━━━━━━━━━━────────────────  300/600   loss 0.412   0:41 left   71 examples/s",
  );
});

test("the line is never wider than the terminal, and the less important goes first", () => {
  for (let columns = 1; columns <= 130; columns++)
    expect(barLine(half, columns, false).length).toBeLessThan(Math.max(columns, 1));
  const narrow = barLine(half, 56, false);
  expect(narrow).toContain("loss 0.412");
  expect(narrow).not.toContain("examples/s");
});

test("the count keeps its width while it grows", () => {
  const at = (done: number) => barLine({ label: "test", done, total: 2_000, details: [] }, 80, false).length;
  expect(new Set([0, 5, 50, 500, 2_000].map(at)).size).toBe(1);
});

test("on a terminal one line is redrawn, never the cursor hidden, and nothing is left of it", () => {
  const stream = new MemoryStream(true);
  const progress = new Progress(stream);
  progress.draw(half, true);
  progress.draw({ ...half, done: 301 }, true);
  progress.say("a line that stays");
  progress.draw(half, true);
  progress.close();
  expect(stream.text.split("\n")).toHaveLength(2);
  expect(stream.text).toContain("\r\u001b[Ka line that stays\n");
  expect(stream.text).toMatch(/\r\u001b\[K$/);
  expect(stream.text).not.toContain("\u001b[?25l");
});

test("a terminal that does not know its width is taken to be 80 columns wide", () => {
  const [unknown, known] = [new MemoryStream(true, 0), new MemoryStream(true, 80)];
  for (const stream of [unknown, known]) new Progress(stream).draw(half, true);
  expect(unknown.text).toContain("loss 0.412");
  expect(unknown.text).toBe(known.text);
});

test("on a terminal the bar is not redrawn more often than an eye can follow", () => {
  const stream = new MemoryStream(true);
  const progress = new Progress(stream);
  for (let done = 0; done < 100; done++) progress.draw({ ...half, done });
  progress.close();
  expect(stream.text.split("\r").length).toBeLessThan(10);
});

test("elsewhere every tenth of the way is one plain line", () => {
  const stream = new MemoryStream();
  const progress = new Progress(stream);
  for (let done = 1; done <= 600; done++) progress.step({ ...half, done });
  progress.draw(half, true);
  progress.close();
  const lines = stream.text.trimEnd().split("\n");
  expect(lines).toHaveLength(10);
  expect(lines[0]).toBe("  training   step 60/600   loss 0.412   0:41 left   71 examples/s");
  expect(stream.text).not.toMatch(/[\r\u001b]/);
});

test("a run shorter than ten steps has a line for each", () => {
  const stream = new MemoryStream();
  const progress = new Progress(stream);
  for (let done = 1; done <= 3; done++) progress.step({ label: "training", done, total: 3, details: [] });
  progress.close();
  expect(stream.text).toBe("  training   step 1/3\n  training   step 2/3\n  training   step 3/3\n");
});
