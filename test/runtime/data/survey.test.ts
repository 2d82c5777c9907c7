import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { choice } from "../../../src/runtime/data/choice.ts";
import { jsonl } from "../../../src/runtime/data/jsonl.ts";
import { freeText } from "../../../src/runtime/data/free-text.ts";
import type { TaskOptions, TextReader } from "../../../src/runtime/data/load-task.ts";
import { surveyPage } from "../../../src/runtime/report/survey-page.ts";
import { surveyTask } from "../../../src/runtime/data/survey.ts";
import { loadReader } from "../../../src/runtime/models/text-reader.ts";

const folder = mkdtempSync(path.join(tmpdir(), "dept-survey-"));
let reader: TextReader;

beforeAll(() => {
  reader = loadReader("t5", "stdlib/data/wordnet-t5");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Row = readonly [text: string, label: string];

function survey(
  rows: Readonly<Record<"train" | "validation" | "test", readonly Row[]>>,
  maxTokens = 6,
  target: TaskOptions["target"] = choice("label", { plant: "plant", long: "a plant that is not an animal" }),
) {
  const source = (split: keyof typeof rows) => {
    const file = path.join(folder, `${split}.jsonl`);
    writeFileSync(file, rows[split].map(([text, label]) => `${JSON.stringify({ text, label })}\n`).join(""));
    return jsonl(file);
  };
  return surveyTask(
    reader,
    {
      train: source("train"),
      validation: source("validation"),
      test: source("test"),
      input: "text: {text}",
      target,
      maxTokens,
    },
    ["A"],
  );
}

const rows = {
  train: [
    ["plant", "plant"],
    ["", "plant"],
    ["animal  plant", "long"],
  ],
  validation: [["an animal and a plant and a place and a person", "plant"]],
  test: [
    ["animal plant", "plant"],
    ["plant", "plant"],
    ["food", "long"],
  ],
} as const;

test("rows, labels, cuts and empty inputs are counted split by split", async () => {
  const { splits, classes } = await survey(rows);
  expect(splits.train).toMatchObject({ rows: 3, labels: [2, 1], cut: 0, empty: 1 });
  expect(splits.validation).toMatchObject({ rows: 1, labels: [1, 0], cut: 1, empty: 0 });
  expect(splits.test).toMatchObject({ rows: 3, labels: [2, 1], empty: 0 });
  const tokens = (text: string) => reader.tokenizer.encodeTarget(text).ids.length;
  expect(classes).toEqual(
    ["plant", "a plant that is not an animal"].map((text) => ({ text, tokens: tokens(text) })),
  );
});

test("of free text the answers' tokens are counted, and how many are cut", async () => {
  const found = await survey(rows, 6, freeText("{text} {label}", { maxTokens: 3 }));
  const tokens = rows.train.map(
    ([text, label]) => reader.tokenizer.encodeTarget(`${text} ${label}`).ids.length,
  );
  const [shortest = 0, median = 0, longest = 0] = tokens.toSorted((a, b) => a - b);
  const cut = tokens.filter((each) => each > 3).length;
  expect(found.splits.train.answers).toEqual({ lengths: { shortest, median, longest }, maxTokens: 3, cut });
  expect([cut, found.splits.train.labels]).toEqual([1, []]);
  const page = surveyPage(found);
  expect(page).toContain(
    `  answers: ${shortest} to ${longest} tokens, half of them at most ${median}; cut to 3 tokens: 1 of 3 (33.3%)\n`,
  );
  expect(page).not.toContain("\n\n\n");
  expect((await survey(rows)).splits.train).not.toHaveProperty("answers");
});

test("the histogram counts every row once, by its whole length", async () => {
  const { splits } = await survey(rows);
  const length = reader.tokenizer.encode(`text: ${rows.validation[0][0]}`).ids.length;
  const filled = splits.validation.histogram.filter(({ rows }) => rows > 0);
  expect(filled).toHaveLength(1);
  expect(filled[0]?.from).toBeLessThanOrEqual(length);
  expect(filled[0]?.to).toBeGreaterThanOrEqual(length);
  expect(splits.validation.lengths).toEqual({ shortest: length, median: length, longest: length });
  for (const { histogram, rows } of Object.values(splits))
    expect(histogram.reduce((sum, bin) => sum + bin.rows, 0)).toBe(rows);
});

test("rows of two splits are found through white space, with those whose label is another", async () => {
  const { shared } = await survey(rows);
  expect(shared).toEqual([
    { of: "validation", from: "train", rows: 0, otherLabel: 0 },
    { of: "test", from: "train", rows: 2, otherLabel: 1 },
    { of: "test", from: "validation", rows: 0, otherLabel: 0 },
  ]);
});

test("a positional tensor trains as many rows as the longest training input has tokens, the cut ones as cut", async () => {
  const longest = reader.tokenizer.encode("text: animal plant").ids.length;
  expect((await survey(rows, 20)).positional).toEqual([{ tensor: "A", rows: 20, trained: longest }]);
  const cut = { ...rows, train: rows.validation };
  expect((await survey(cut, 4)).positional).toEqual([{ tensor: "A", rows: 4, trained: 4 }]);
});
