// Interruptions at every stage of a run, in this process: the stub backbone raises the signal.

import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { batchOrder, inputBatch, targetBatch } from "../../../src/runtime/data/batches.ts";
import type { TextBackbone } from "../../../src/runtime/data/load-task.ts";
import { startBackend } from "../../../src/runtime/tf.ts";
import { runFit } from "../../../src/runtime/train/fit.ts";
import { createParameters, disposeParameters, restoreValues } from "../../../src/runtime/train/parameters.ts";
import { rateMultiplier } from "../../../src/runtime/train/schedules.ts";
import { lossAndGradients, update, type Method } from "../../../src/runtime/train/step.ts";
import { readSafetensors } from "../../../src/runtime/weights/safetensors.ts";
import { MemoryStream } from "../../support/memory-stream.ts";
import { stubBackbone } from "../../support/stub-backbone.ts";
import { stubSettings } from "../../support/stub-method.ts";
import { stubTask } from "../../support/stub-task.ts";

const folder = mkdtempSync(path.join(tmpdir(), "dept-interrupt-"));

beforeAll(async () => {
  await startBackend("cpu");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A backbone that sends this process SIGINT when `method` is called for the `at`-th time. */
function interruptedBackbone(method: "lossAndGradient" | "choiceLogLikelihoods", at: number): TextBackbone {
  const backbone = stubBackbone();
  let calls = 0;
  const count = () => {
    if (++calls === at) process.emit("SIGINT");
  };
  const { lossAndGradient, choiceLogLikelihoods } = backbone;
  if (method === "lossAndGradient") {
    return { ...backbone, lossAndGradient: (...args) => (count(), lossAndGradient(...args)) };
  }
  return { ...backbone, choiceLogLikelihoods: (...args) => (count(), choiceLogLikelihoods(...args)) };
}

async function interrupt(name: string, backbone: TextBackbone) {
  const task = await stubTask(backbone, folder);
  const settings = stubSettings(backbone, task, { name, steps: 30, evaluateEvery: 10 });
  const streams = { out: new MemoryStream(), log: new MemoryStream() };
  const record = await runFit(settings, { runs: folder, steps: undefined, ...streams });
  backbone.dispose();
  return { record, settings, run: path.join(folder, name, "1"), out: streams.out.text };
}

test("before the first step: the tensors as they started are saved", async () => {
  const { record, run, out } = await interrupt("start", interruptedBackbone("choiceLogLikelihoods", 1));
  expect(record).toMatchObject({ ending: { kind: "interrupted" }, before: undefined, steps: [] });
  expect(record.kept).toEqual({ step: 0, because: "latest" });
  expect(out).toContain("stopped by SIGINT after step 0 of 30");
  expect(existsSync(path.join(run, "adapter.safetensors"))).toBe(true);
  expect(existsSync(path.join(run, "report.html"))).toBe(true);
});

test("in a step before any validation: the step is finished and its tensors are the adapter", async () => {
  const { record, run } = await interrupt("step", interruptedBackbone("lossAndGradient", 7));
  expect(record.steps).toHaveLength(7);
  expect(record.kept).toEqual({ step: 7, because: "latest" });
  const adapter = readSafetensors(path.join(run, "adapter.safetensors")).tensors;
  const checkpoint = readSafetensors(path.join(run, "checkpoint.safetensors")).tensors;
  for (const name of ["P", "A", "B"]) expect(adapter[name]).toEqual(checkpoint[name]);
});

test("in a step after a validation: the adapter is the best one, the checkpoint has the latest", async () => {
  const { record, run } = await interrupt("later", interruptedBackbone("lossAndGradient", 17));
  expect(record.kept).toEqual({ step: 10, because: "best on validation" });
  const adapter = readSafetensors(path.join(run, "adapter.safetensors"));
  const checkpoint = readSafetensors(path.join(run, "checkpoint.safetensors"));
  expect([adapter.metadata["step"], checkpoint.metadata["step"]]).toEqual(["10", "17"]);
  expect(adapter.tensors["P"]).not.toEqual(checkpoint.tensors["P"]);
});

test("while the test rows are measured at the end: all steps are done and saved", async () => {
  // Each evaluation is one batch: test and validation before, three validations, the test rows after.
  const { record, run } = await interrupt("end", interruptedBackbone("choiceLogLikelihoods", 6));
  expect(record).toMatchObject({ ending: { kind: "interrupted" }, after: undefined });
  expect(record.steps).toHaveLength(30);
  expect(record.validations.map(({ step }) => step)).toEqual([0, 10, 20, 30]);
  expect(
    JSON.parse(readFileSync(path.join(run, "adapter.json"), "utf8")).metrics.testAccuracyAfter,
  ).toBeNull();
});

test("a run goes on from a checkpoint to the very losses it would have had", async () => {
  const whole = await interrupt("whole", stubBackbone());
  const { run } = await interrupt("half", interruptedBackbone("lossAndGradient", 12));
  const { tensors, metadata } = readSafetensors(path.join(run, "checkpoint.safetensors"));
  const first = Number(metadata["step"]);
  expect(first).toBe(12);

  const backbone = stubBackbone();
  const { parameters: initialisers, groups, seed, task, batch, schedule, optimizer, clip } = whole.settings;
  const input = whole.settings.input as unknown as Method;
  const parameters = createParameters(initialisers, groups, backbone, seed);
  restoreValues(parameters, new Map(parameters.map(({ name }) => [name, dataOf(name)])));
  for (const { name, moments } of parameters) {
    moments.first.set(dataOf(`${name}.first`));
    moments.second.set(dataOf(`${name}.second`));
    moments.steps = first;
  }
  for (let step = first; step < 30; step++) {
    const examples = batchOrder(seed, task.train, batch)(step);
    const words = inputBatch(examples, backbone.padId);
    const targets = targetBatch(examples, task.classes);
    const { loss, gradients } = await lossAndGradients(backbone, input, parameters, words, targets);
    expect(loss).toBe(whole.record.steps[step]?.loss);
    update(parameters, gradients, optimizer, rateMultiplier(schedule, step, 30), clip);
  }
  disposeParameters(parameters);
  backbone.dispose();

  function dataOf(name: string): Float32Array {
    const tensor = tensors[name];
    if (tensor === undefined) throw new Error(`the checkpoint lacks ${name}`);
    return tensor.data;
  }
});
