// A task of free text on the tiny T5: trained, evaluated by what is written, and used again.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { afterAll, expect, test } from "vitest";
import { choice } from "../../../src/runtime/data/choice.ts";
import { freeText } from "../../../src/runtime/data/free-text.ts";
import { jsonl } from "../../../src/runtime/data/jsonl.ts";
import { loadTask, type TaskOptions } from "../../../src/runtime/data/load-task.ts";
import { concatRows } from "../../../src/runtime/graph-operations.ts";
import { vocabulary, type TensorsOf } from "../../../src/runtime/prompts/initialisers.ts";
import { startBackend, tf, type Tensor3D } from "../../../src/runtime/tf.ts";
import { runFit } from "../../../src/runtime/train/fit.ts";
import type { AnySettings } from "../../../src/runtime/train/run.ts";
import { evaluateAdapter, predictRows } from "../../../src/runtime/train/use-adapter.ts";
import { MemoryStream } from "../../support/memory-stream.ts";
import { stubBackbone } from "../../support/stub-backbone.ts";
import { stubSettings } from "../../support/stub-method.ts";
import { loadTinyT5 } from "../../support/tiny-t5.ts";

const folder = mkdtempSync(path.join(tmpdir(), "dept-free-text-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rows = [
  { text: "a dog that is", answers: ["animal", "the animal"] },
  { text: "of cat with", answers: ["animal"] },
  { text: "the town in", answers: ["animal"] },
  { text: "any", answers: ["place", "a food"] },
];
const file = path.join(folder, "rows.jsonl");
writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
const source = jsonl(file);
const options: TaskOptions = {
  train: source,
  validation: source,
  test: source,
  input: "{text}",
  target: freeText("{answers}", { maxTokens: 4 }),
  metrics: ["squadF1", "squadEm"],
  maxTokens: 8,
};
const parameters = { P: vocabulary([5, 32]) };

function input({ P }: TensorsOf<typeof parameters>, x: Tensor3D): Tensor3D {
  return concatRows(P, x); // [batch, 5 + n, 32]
}

test("the loss falls, the scores are those of what is written, and the adapter writes it again", async () => {
  const backbone = await loadTinyT5("wasm");
  const task = await loadTask(backbone, options);
  const settings = {
    ...stubSettings(backbone, task),
    parameters,
    input,
    groups: { prompt: { tensors: ["P"], learningRate: 0.3 } },
    trained: 5 * 32,
    batch: 4,
    steps: 120,
  } as const;
  const streams = { out: new MemoryStream(), log: new MemoryStream() };
  const record = await runFit(settings, { runs: folder, steps: undefined, ...streams });
  expect(record.steps.at(-1)?.loss).toBeLessThan(record.steps[0]?.loss ?? 0);
  const written = record.predictions.map((each) => each.written?.text);
  const right = written.filter((text, i) => rows[i]?.answers.includes(text ?? "")).length;
  expect(right).toBeGreaterThan(1);
  expect(record.after?.accuracy).toBe(right / rows.length);
  expect(Object.keys(record.after?.scores ?? {})).toEqual(["squadF1", "squadEm"]);
  expect(record.after?.scores.squadEm).toBeGreaterThanOrEqual(right / rows.length);
  expect(record.data.test.majority).toEqual({ text: "animal", share: 0.75 });

  const run = path.join(folder, "stub/1");
  const report = readFileSync(path.join(run, "report.html"), "utf8");
  expect(report).toContain("Right texts");
  expect(report).not.toContain("What was taken for what");

  const before = tf.memory().numTensors;
  const any = settings as unknown as AnySettings;
  const found = await evaluateAdapter(any, run, "test");
  expect(found).toMatchObject({ accuracy: record.after?.accuracy, scores: record.after?.scores });
  const lines: string[] = [];
  const asked = rows.map(({ text }) => `${JSON.stringify({ text })}\n`).join("");
  await predictRows(any, run, Readable.from([asked]), (line) => lines.push(line));
  expect(lines.map((line) => JSON.parse(line))).toEqual(
    rows.map(({ text }, i) => ({ input: text, prediction: written[i] })),
  );
  expect(tf.memory().numTensors).toBe(before);
  backbone.dispose();
});

test("a backbone that only ranks is refused a task of free text, and takes one of classes", async () => {
  await startBackend("wasm");
  const backbone = stubBackbone();
  await expect(loadTask(backbone, options)).rejects.toThrow("stub: mean cannot write text; take a target");
  const one = path.join(folder, "one.jsonl");
  writeFileSync(one, '{"text": "red0", "label": "red"}\n');
  const all = { train: jsonl(one), validation: jsonl(one), test: jsonl(one) };
  const target = choice("label", { red: "red", green: "green" });
  const task = await loadTask(backbone, { ...options, ...all, target, metrics: ["accuracy"] });
  expect(task.writing).toBe(undefined);
  backbone.dispose();
});
