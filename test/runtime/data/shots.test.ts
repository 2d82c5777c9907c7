import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { choice } from "../../../src/runtime/data/choice.ts";
import { jsonl } from "../../../src/runtime/data/jsonl.ts";
import { loadTask, type TaskOptions } from "../../../src/runtime/data/load-task.ts";
import type { Shots } from "../../../src/runtime/data/shots.ts";
import { startBackend } from "../../../src/runtime/tf.ts";
import { stubBackbone } from "../../support/stub-backbone.ts";

const folder = mkdtempSync(path.join(tmpdir(), "dept-shots-"));
const file = path.join(folder, "rows.jsonl");
const labels = ["red", "green", "blue", "red", "green"];
const rows = Array.from({ length: 50 }, (_, i) => ({
  text: `red${i % 10} green${i >> 3}`,
  label: labels[i % 5],
}));
writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function load(shots: Shots | undefined, changes: Partial<TaskOptions> = {}) {
  await startBackend("cpu");
  const backbone = stubBackbone();
  return loadTask(backbone, {
    train: jsonl(file),
    validation: jsonl(file),
    test: jsonl(file),
    input: "{text}",
    target: choice("label", { red: "red", green: "green", blue: "blue" }),
    maxTokens: 8,
    ...(shots && { shots }),
    ...changes,
  }).finally(() => backbone.dispose());
}

const countsOf = (examples: readonly { readonly label: number }[]) =>
  [0, 1, 2].map((label) => examples.filter((each) => each.label === label).length);

test("of each class as many training rows are drawn, in the order of the file; other splits stay whole", async () => {
  const { train, validation, test } = await load({ train: 4, seed: 42 });
  expect(countsOf(train)).toEqual([4, 4, 4]);
  expect([validation.length, test.length]).toEqual([50, 50]);
  const places = train.map(({ text, label }) =>
    validation.findIndex((each) => each.text === text && each.label === label),
  );
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  expect(new Set(places).size).toBe(12);
});

test("validation rows are drawn where that was asked, and not the same ones by the same seed", async () => {
  const { train, validation } = await load({ train: 4, validation: 3, seed: 42 });
  expect(countsOf(validation)).toEqual([3, 3, 3]);
  const drawn = new Set(train.map(({ text }) => text));
  expect(validation.every(({ text }) => drawn.has(text))).toBe(false);
});

test("a seed draws the same rows again, another seed others", async () => {
  const textsOf = async (seed: number) => (await load({ train: 4, seed })).train.map(({ text }) => text);
  expect(await textsOf(1)).toEqual(await textsOf(1));
  expect(await textsOf(1)).not.toEqual(await textsOf(2));
});

test("what was drawn stands with the sources", async () => {
  const { sources } = await load({ train: 4, seed: 7 });
  expect(sources.train).toMatch(/rows\.jsonl \(4 of each class, seed 7\)$/);
  expect(sources.validation).toMatch(/rows\.jsonl$/);
});

test("a class with fewer rows is named", async () => {
  await expect(load({ train: 11, seed: 1 })).rejects.toThrow(
    'rows.jsonl: the class "blue" has 10 rows, and 11 of each class are to be drawn',
  );
});
