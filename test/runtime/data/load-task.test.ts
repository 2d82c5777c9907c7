import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { choice, classOf, numberChoice, scoreTexts } from "../../../src/runtime/data/choice.ts";
import { jsonl } from "../../../src/runtime/data/jsonl.ts";
import { loadTask, type TaskOptions } from "../../../src/runtime/data/load-task.ts";
import { readRows } from "../../../src/runtime/data/read-rows.ts";
import { OperationalError } from "../../../src/runtime/operational-error.ts";
import { startBackend } from "../../../src/runtime/tf.ts";
import { stubBackbone } from "../../support/stub-backbone.ts";

const folder = mkdtempSync(path.join(tmpdir(), "dept-data-"));
const good = write("good.jsonl", [
  '{"text": "red0 green1", "label": "red"}',
  '{"text": "blue2", "label": "blue"}',
]);

beforeAll(async () => {
  await startBackend("cpu");
});
afterEach(() => {
  vi.restoreAllMocks();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, lines: readonly string[]): string {
  const file = path.join(folder, name);
  writeFileSync(file, lines.map((line) => `${line}\n`).join(""));
  return file;
}

function load(train: string, changes: Partial<TaskOptions> = {}) {
  const backbone = stubBackbone();
  return loadTask(backbone, {
    train: jsonl(train),
    validation: jsonl(good),
    test: jsonl(good),
    input: "{text}",
    target: choice("label", { red: "red", green: "green", blue: "blue" }),
    maxTokens: 8,
    ...changes,
  }).finally(() => backbone.dispose());
}

test("rows become tokens and classes, in file order", async () => {
  const task = await load(good);
  expect(task.train.map(({ text, label }) => [text, label])).toEqual([
    ["red0 green1", 0],
    ["blue2", 2],
  ]);
  expect(task.train[1]?.ids).toEqual(Int32Array.from([28, 1]));
  expect(task.classes.map(({ text, ids }) => [text, ids.at(-1)])).toEqual([
    ["red", 1],
    ["green", 1],
    ["blue", 1],
  ]);
});

test("templates are filled from text, numbers and truth values, as often as a field is named", async () => {
  const file = write("fields.jsonl", ['{"a": "red0", "n": 7, "yes": true, "label": 0}']);
  const options = { validation: jsonl(file), test: jsonl(file), input: "{a} {n} {yes} {a}" };
  const task = await load(file, { ...options, target: choice("label", { 0: "red", 1: "blue" }) });
  expect(task.train[0]).toMatchObject({ text: "red0 7 true red0", label: 0 });
});

test("a path, a file address and an address as text name the same rows", async () => {
  const url = pathToFileURL(good);
  const firsts = [jsonl(good), jsonl(url), jsonl(url.href), jsonl(path.relative(process.cwd(), good))].map(
    async (source) => (await readRows(source).next()).value?.fields,
  );
  for (const first of await Promise.all(firsts)) expect(first).toEqual({ text: "red0 green1", label: "red" });
});

test("empty lines, a byte-order mark and Windows line ends are passed over, and lines are still counted right", async () => {
  const file = path.join(folder, "windows.jsonl");
  writeFileSync(file, '\uFEFF{"text": "red0", "label": "red"}\r\n\r\n{"text": "red1", "label": "pink"}\r\n');
  await expect(load(file)).rejects.toThrow(`windows.jsonl:3: unknown label "pink"`);
});

test("inputs that are too long keep their end, and it is said once how many there were", async () => {
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const file = write("long.jsonl", [
    '{"text": "red0 red1 red2 red3 red4", "label": "red"}',
    '{"text": "red0 red1 red2", "label": "red"}',
  ]);
  const task = await load(file, { maxTokens: 4 });
  expect(task.train.map(({ ids }) => [ids.length, ids.at(-1)])).toEqual([
    [4, 1],
    [4, 1],
  ]);
  expect(said.mock.calls.map(([text]) => text)).toEqual([`inputs cut to 4 tokens: 1 of 2 in ${file}\n`]);
});

test("texts with different numbers of tokens that are compared by their sums are said once", async () => {
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const texts = { red: "red", green: "green blue", blue: "blue" };
  const summed = await load(good, { target: choice("label", texts) });
  expect(said.mock.calls.map(([text]) => text)).toEqual([
    expect.stringMatching(/^the classes' texts have 2 to 3 tokens and are scored by the sum/),
  ]);
  said.mockClear();
  const averaged = await load(good, { target: choice("label", texts, { score: "mean" }) });
  expect(said).not.toHaveBeenCalled();
  expect([summed.score, averaged.score]).toEqual(["sum", "mean"]);
});

test("a mean divides each class's sum by the tokens of its text, the end included", () => {
  const classes = [{ ids: [5, 1] }, { ids: [5, 6, 7, 1] }];
  const sums = () => Float32Array.of(-2, -3, -4, -10);
  expect(scoreTexts(sums(), classes, "sum")).toEqual(sums());
  expect(scoreTexts(sums(), classes, "mean")).toEqual(Float32Array.of(-1, -0.75, -2, -2.5));
});

test("nothing is said when nothing was cut", async () => {
  const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  await load(good);
  expect(said).not.toHaveBeenCalled();
});

const bad: readonly (readonly [what: string, name: string, lines: readonly string[], message: string])[] = [
  [
    "is not JSON",
    "torn.jsonl",
    ['{"text": "red0", "label": "red"}', '{"text": "re'],
    "torn.jsonl:2: this line is not JSON: ",
  ],
  ["is no object", "list.jsonl", ["[1, 2]"], "list.jsonl:1: a row must be a JSON object"],
  [
    "lacks a field of the template",
    "textless.jsonl",
    ['{"txt": "red0", "label": "red"}'],
    'textless.jsonl:1: no field "text"; this row has txt, label',
  ],
  [
    "lacks its label",
    "labelless.jsonl",
    ['{"text": "red0"}'],
    'labelless.jsonl:1: no field "label"; this row has text',
  ],
  [
    "has a field that is a list",
    "nested.jsonl",
    ['{"text": ["red0"], "label": "red"}'],
    'nested.jsonl:1: field "text" is a list; it must be text, a number, true or false',
  ],
  [
    "has a field that is null",
    "null.jsonl",
    ['{"text": null, "label": "red"}'],
    'null.jsonl:1: field "text" is null; it must',
  ],
  [
    "has an unknown label",
    "unknown.jsonl",
    ['{"text": "red0", "label": "red"}', '{"text": "red0", "label": "Red"}'],
    'unknown.jsonl:2: unknown label "Red"; known are red, green, blue',
  ],
  [
    "has a label that counts the texts",
    "counted.jsonl",
    ['{"text": "red0", "label": 2}'],
    'counted.jsonl:1: unknown label "2"; known are red, green, blue; where the data holds numbers write { 0: "red", … }',
  ],
  [
    "has a label that only looks known",
    "prototype.jsonl",
    ['{"text": "red0", "label": "toString"}'],
    'prototype.jsonl:1: unknown label "toString"; known are red, green, blue',
  ],
];

for (const [what, name, lines, message] of bad) {
  test(`a row that ${what} is an error with file and line`, async () => {
    const loading = load(write(name, lines));
    await expect(loading).rejects.toThrow(OperationalError);
    await expect(loading).rejects.toThrow(message);
  });
}

test("a file without rows is an error that names it", async () => {
  await expect(load(write("empty.jsonl", ["", " "]))).rejects.toThrow("empty.jsonl has no rows");
});

test("a file that is not there is an error that names it", async () => {
  const loading = load(path.join(folder, "missing.jsonl"));
  await expect(loading).rejects.toThrow(OperationalError);
  await expect(loading).rejects.toThrow(/cannot read the rows of .*missing\.jsonl: there is no such file/);
});

test("a folder in place of a file is an error that names it", async () => {
  await expect(load(folder)).rejects.toThrow(/cannot read the rows of .*dept-data-/);
});

test("rows are not fetched from the network", async () => {
  await expect(load("https://example.org/train.jsonl")).rejects.toThrow(
    "rows are read from files on this machine",
  );
});

test("classes that are the same tokens are an error that names both", async () => {
  const target = choice("label", { red: "crimson", blue: "azure" }); // both outside the stub's vocabulary
  await expect(load(good, { target })).rejects.toThrow(
    'the classes "crimson" and "azure" are the same tokens to this backbone (2 1); give one another text',
  );
});

test("a number belongs to the nearest of the numbers that can be answered", () => {
  const target = numberChoice("score", { from: 0, to: 5, step: 0.2 });
  expect(Object.values(target.texts)).toHaveLength(26);
  expect(Object.values(target.texts).slice(-2)).toEqual(["4.8", "5.0"]);
  const textOf = (score: unknown) =>
    Object.values(target.texts)[classOf({ place: "rows.csv:7", fields: { score } }, target)];
  expect([0, 3.8, 4.75, "2.50", 5].map(textOf)).toEqual(["0.0", "3.8", "4.8", "2.6", "5.0"]);
  for (const wrong of ["", "high", 5.2, -1])
    expect(() => textOf(wrong)).toThrow(`rows.csv:7: score "${wrong}" is no number from 0 to 5`);
  const whole = numberChoice("score", { from: -1, to: 1, step: 1 });
  expect(Object.values(whole.texts)).toEqual(["-1", "0", "1"]);
});
