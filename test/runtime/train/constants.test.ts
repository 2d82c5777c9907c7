import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { concatRows } from "../../../src/runtime/graph-operations.ts";
import { initialValues } from "../../../src/runtime/prompts/initial-values.ts";
import { adapter, normal, ones, vocabulary } from "../../../src/runtime/prompts/initialisers.ts";
import { OperationalError } from "../../../src/runtime/operational-error.ts";
import { startBackend, tf } from "../../../src/runtime/tf.ts";
import { embeddingsOf } from "../../../src/runtime/train/step.ts";
import { runFit } from "../../../src/runtime/train/fit.ts";
import { writeSafetensors } from "../../../src/runtime/weights/write-safetensors.ts";
import { readSafetensors } from "../../../src/runtime/weights/safetensors.ts";
import { MemoryStream } from "../../support/memory-stream.ts";
import { stubBackbone } from "../../support/stub-backbone.ts";
import { stubSettings } from "../../support/stub-method.ts";
import { stubTask } from "../../support/stub-task.ts";

const folder = mkdtempSync(path.join(tmpdir(), "dept-constants-"));

beforeAll(async () => {
  await startBackend("cpu");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** [Z R ; W ; x] with R drawn from the seed and W rows of the vocabulary, both frozen. */
async function trial(runs: string, seed = 42) {
  const backbone = stubBackbone();
  const task = await stubTask(backbone, folder);
  const read: Float32Array[] = [];
  const {
    groups: _,
    projections: __,
    ...settings
  } = stubSettings(backbone, task, { seed, steps: 4, evaluateEvery: 2 });
  const record = await runFit(
    {
      ...settings,
      parameters: { Z: ones([2, 3]) },
      constants: { R: normal([3, 6], 1), W: vocabulary([1, 6]) },
      input: ({ Z, R, W }, x) => {
        read.push(R.dataSync().slice() as Float32Array);
        return concatRows(tf.matMul(Z, R), W, x); // [batch, 3 + n, 6]
      },
      groups: { prompt: { tensors: ["Z"], learningRate: 0.3 } },
      trained: 6,
    },
    {
      runs: path.join(folder, runs),
      steps: undefined,
      out: new MemoryStream(),
      log: new MemoryStream(),
    },
  );
  const expected = initialValues("R", normal([3, 6], 1), backbone, seed);
  const words = initialValues("W", vocabulary([1, 6]), backbone, seed);
  backbone.dispose();
  const run = path.join(folder, runs, "stub/1");
  return { record, read, expected, words, run };
}

test("a constant is the seed's own draw in every step, and no step moves it", async () => {
  const { read, expected } = await trial("same");
  expect(read.length).toBeGreaterThan(4);
  for (const values of read) expect(values).toEqual(expected);
  const { expected: other } = await trial("other", 43);
  expect(other).not.toEqual(expected);
});

test("the adapter holds what the seed cannot bring back, and the manifest says where the rest comes from", async () => {
  const { run, words } = await trial("stored");
  const { tensors } = readSafetensors(path.join(run, "adapter.safetensors"));
  expect(Object.keys(tensors).sort()).toEqual(["W", "Z"]);
  expect(tensors["W"]?.data).toEqual(words);
  const manifest = JSON.parse(readFileSync(path.join(run, "adapter.json"), "utf8"));
  expect(manifest.trained).toBe(6);
  expect(manifest.constants).toEqual([
    { name: "R", shape: [3, 6], initialiser: { kind: "normal", std: 1 }, values: { seed: 42 } },
    {
      name: "W",
      shape: [1, 6],
      initialiser: { kind: "vocabulary" },
      values: { file: "adapter.safetensors" },
    },
  ]);
});

test("a run with constants leaves no tensor behind", async () => {
  const before = tf.memory().numTensors;
  await trial("memory");
  expect(tf.memory().numTensors).toBe(before);
});

test("a tensor cannot be trained and frozen at once", async () => {
  const backbone = stubBackbone();
  const task = await stubTask(backbone, folder);
  const surroundings = {
    runs: path.join(folder, "both"),
    steps: 1,
    out: new MemoryStream(),
    log: new MemoryStream(),
  };
  const before = tf.memory().numTensors;
  await expect(
    runFit({ ...stubSettings(backbone, task), constants: { B: ones([3, 6]) } }, surroundings),
  ).rejects.toThrow("tensor B is both a parameter and a constant");
  expect(tf.memory().numTensors).toBe(before);
  backbone.dispose();
});

test("a constant from another adapter is kept, and the manifest names its file without a place on this machine", async () => {
  const source = path.join(folder, "earlier", "adapter.safetensors");
  mkdirSync(path.dirname(source));
  const data = Float32Array.from({ length: 6 }, (_, i) => i);
  writeSafetensors(source, { P: { shape: [1, 6], data } });
  const backbone = stubBackbone();
  const task = await stubTask(backbone, folder);
  const surroundings = {
    runs: path.join(folder, "adapter"),
    steps: 1,
    out: new MemoryStream(),
    log: new MemoryStream(),
  };
  const settings = stubSettings(backbone, task);
  await runFit({ ...settings, constants: { S: adapter([1, 6], source, "P") } }, surroundings);
  const run = path.join(folder, "adapter/stub/1");
  expect(readSafetensors(path.join(run, "adapter.safetensors")).tensors["S"]?.data).toEqual(data);
  const manifest = readFileSync(path.join(run, "adapter.json"), "utf8");
  expect(JSON.parse(manifest).constants[0].initialiser).toEqual({
    kind: "adapter",
    files: ["earlier/adapter.safetensors"],
    tensor: "P",
  });
  expect(manifest).not.toContain(folder);

  const before = tf.memory().numTensors;
  const missing = { S: ones([1, 6]), T: adapter([1, 6], `${source}.not`, "P") };
  await expect(runFit({ ...settings, constants: missing }, surroundings)).rejects.toThrow(OperationalError);
  await expect(
    runFit({ ...settings, parameters: { ...settings.parameters, A: missing.T } } as never, surroundings),
  ).rejects.toThrow(`${source}.not`);
  expect(tf.memory().numTensors).toBe(before);
  backbone.dispose();
});

test("the method is told which rows are words", async () => {
  const backbone = stubBackbone();
  const input = {
    ids: Int32Array.from([3, 4, 1, 5, 1, 0]),
    batch: 2,
    rows: 3,
    lengths: Int32Array.from([3, 2]),
  };
  const embeddings = embeddingsOf(backbone, (_, x, { mask }) => tf.mul(tf.onesLike(x), mask), [], input);
  const rows = tf.tidy(() => tf.mean(embeddings, -1).arraySync());
  expect(rows).toEqual([
    [1, 1, 1],
    [1, 1, 0],
  ]);
  tf.dispose(embeddings);
  backbone.dispose();
});
