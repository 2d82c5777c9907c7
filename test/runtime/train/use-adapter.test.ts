import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Task } from "../../../src/runtime/data/load-task.ts";
import { startBackend, tf } from "../../../src/runtime/tf.ts";
import { runFit } from "../../../src/runtime/train/fit.ts";
import type { AnySettings } from "../../../src/runtime/train/run.ts";
import type { RunRecord } from "../../../src/runtime/train/run-record.ts";
import { evaluateAdapter, predictRows } from "../../../src/runtime/train/use-adapter.ts";
import { MemoryStream } from "../../support/memory-stream.ts";
import { stubBackbone } from "../../support/stub-backbone.ts";
import { stubSettings } from "../../support/stub-method.ts";
import { stubTask } from "../../support/stub-task.ts";

const folder = mkdtempSync(path.join(tmpdir(), "dept-use-"));
const run = path.join(folder, "stub/1");
await startBackend("cpu");
const backbone = stubBackbone();
let task: Task;
let record: RunRecord;
const settings = (changes = {}) =>
  stubSettings(backbone, task, { steps: 20, ...changes }) as unknown as AnySettings;

beforeAll(async () => {
  task = await stubTask(backbone, folder);
  const streams = { out: new MemoryStream(), log: new MemoryStream() };
  record = await runFit(stubSettings(backbone, task, { steps: 20 }), {
    runs: folder,
    steps: undefined,
    ...streams,
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function predict(rows: readonly object[], changes = {}): Promise<readonly Record<string, unknown>[]> {
  const lines: string[] = [];
  const text = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
  await predictRows(settings(changes), run, Readable.from([text]), (line) => lines.push(line));
  return lines.map((line) => JSON.parse(line));
}

test("an adapter read back has the accuracy it was saved with, by folder and by file, and no tensor is left", async () => {
  const before = tf.memory().numTensors;
  for (const place of [run, path.join(run, "adapter.safetensors")]) {
    const found = await evaluateAdapter(settings(), place, "test");
    expect(found).toMatchObject({
      split: "test",
      rows: 40,
      accuracy: record.after?.accuracy,
      scores: record.after?.scores,
      spec: "sha256:00",
    });
  }
  const best = record.validations.find(({ step }) => step === record.kept.step);
  expect((await evaluateAdapter(settings(), run, "validation")).accuracy).toBe(best?.accuracy);
  expect(tf.memory().numTensors).toBe(before);
});

test("predictions are those of the evaluation, in the order of the rows, with every class's log-likelihood", async () => {
  const rows = task.test.map(({ text }) => ({ text }));
  const found = await predict(rows);
  const names = task.classes.map(({ text }) => text);
  expect(found.map(({ prediction }) => prediction)).toEqual(
    Array.from(record.after?.predictions ?? [], (each) => names[each]),
  );
  expect(found.map(({ input }) => input)).toEqual(rows.map(({ text }) => text));
  for (const [row, { logLikelihoods }] of found.entries()) {
    const values: Record<string, number> = { ...(logLikelihoods as Record<string, number>) };
    expect(Object.keys(values)).toEqual(names);
    for (const [index, name] of names.entries())
      expect(values[name]).toBeCloseTo(record.after?.logLikelihoods[row * names.length + index] ?? NaN, 4);
  }
});

test.each([
  ["{}", 'line 3: no field "text"; this row has none'],
  ["not json", "line 3: this line is not JSON"],
  ["[1]", "line 3: a row must be a JSON object"],
])("a line %s that cannot be used is named once those before it are answered", async (line, message) => {
  const lines: string[] = [];
  const rows = Readable.from([`{"text": "red1"}\r\n\n${line}\n{"text": "red2"}\n`]);
  await expect(predictRows(settings(), run, rows, (each) => lines.push(each))).rejects.toThrow(message);
  expect(lines.map((each) => JSON.parse(each).input)).toEqual(["red1"]);
});

test("another plan's adapter is refused with both hashes, another backbone's with both models", async () => {
  await expect(evaluateAdapter(settings({ spec: "sha256:11" }), run, "test")).rejects.toThrow(
    /another plan\n.*sha256:00\n.*sha256:11/,
  );
  const other = { ...backbone, identity: { ...backbone.identity, name: "other", sha256: "ff" } };
  await expect(evaluateAdapter(settings({ backbone: other }), run, "test")).rejects.toThrow(
    /another backbone\n.*stub, 00\n.*other, ff/,
  );
});

test("a file that is not the one its manifest describes is refused, and so is none at all", async () => {
  const file = path.join(run, "adapter.safetensors");
  const bytes = readFileSync(file);
  const damaged = Buffer.from(bytes);
  damaged.writeUInt8(damaged.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
  writeFileSync(file, damaged);
  await expect(evaluateAdapter(settings(), run, "test")).rejects.toThrow(/is not the file that .* describes/);
  writeFileSync(file, bytes);
  await expect(evaluateAdapter(settings(), path.join(folder, "none"), "test")).rejects.toThrow(
    "no such file",
  );
});
