// What a step is made of: several batches, groups with settings of their own, and an end before the last one.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { startBackend } from "../../../src/runtime/tf.ts";
import { gradientsOf } from "../../../src/runtime/train/accumulate.ts";
import { adafactor } from "../../../src/runtime/train/adafactor.ts";
import { runFit } from "../../../src/runtime/train/fit.ts";
import { createParameters, disposeParameters } from "../../../src/runtime/train/parameters.ts";
import { constant, linear } from "../../../src/runtime/train/schedules.ts";
import { update, type Method } from "../../../src/runtime/train/step.ts";
import { MemoryStream } from "../../support/memory-stream.ts";
import { stubBackbone } from "../../support/stub-backbone.ts";
import { stubSettings } from "../../support/stub-method.ts";
import { stubTask } from "../../support/stub-task.ts";

const folder = mkdtempSync(path.join(tmpdir(), "dept-accumulate-"));
await startBackend("cpu");
const backbone = stubBackbone();

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function run(name: string, changes: Parameters<typeof stubSettings>[2], steps?: number) {
  const task = await stubTask(backbone, folder);
  const streams = { out: new MemoryStream(), log: new MemoryStream() };
  const settings = stubSettings(backbone, task, { name, ...changes });
  const record = await runFit(settings, { runs: folder, steps, ...streams });
  return { record, out: streams.out.text };
}

test("four batches of 4 are one batch of 16, and the same rows in the same order", async () => {
  const [four, one] = [
    await run("four", { batch: 4, accumulate: 4 }, 12),
    await run("one", { batch: 16 }, 12),
  ];
  for (const [step, { loss, gradientNorm }] of one.record.steps.entries()) {
    expect(four.record.steps[step]?.loss).toBeCloseTo(loss, 5);
    expect(four.record.steps[step]?.gradientNorm).toBeCloseTo(gradientNorm, 5);
  }
  expect(four.out).toContain("12 steps of 16 rows");
});

test("targets of different lengths: every token counts the same, whatever batch it is in", async () => {
  const task = await stubTask(backbone, folder);
  // The text of "blue" is five tokens long here, the others' two.
  const longer = task.classes.map((each) => ({ ...each, ids: [...each.ids] }));
  longer[2]?.ids.splice(1, 0, 3, 4, 5);
  const examples = [2, 2, 0, 0, 2, 1, 0, 1].flatMap((label) =>
    task.train.filter((example) => example.label === label).slice(0, 1),
  );
  const settings = (batch: number) => stubSettings(backbone, { ...task, classes: longer }, { batch });
  const { parameters: initialisers, groups, input } = settings(8);
  const parameters = createParameters(initialisers, groups, backbone, 1);
  const found = (batch: number) =>
    gradientsOf(
      { settings: settings(batch) as never, method: input as unknown as Method, parameters },
      examples,
    );
  const [whole, parts] = [await found(8), await found(2)];
  disposeParameters(parameters);
  expect(parts.loss).toBeCloseTo(whole.loss, 5);
  for (const [index, gradient] of whole.gradients.entries())
    for (const [i, entry] of gradient.entries()) expect(parts.gradients[index]?.[i]).toBeCloseTo(entry, 5);
});

test("a group's own schedule replaces the run's, and the metrics say so", async () => {
  const groups = {
    prompt: { tensors: ["P"], learningRate: 0.3, schedule: constant() },
    pair: { tensors: ["A", "B"], learningRate: 5e-3 },
  } as const;
  const { record } = await run("own-schedule", { groups, schedule: linear({ warmup: 2 }) }, 4);
  expect(record.steps.map(({ learningRates }) => learningRates["prompt"])).toEqual([0.3, 0.3, 0.3, 0.3]);
  expect(record.steps.map(({ learningRates }) => learningRates["pair"])).toEqual([0, 0.0025, 0.005, 0.0025]);
  expect(record.settings.groups).toEqual({ prompt: { schedule: constant() } });
});

test("a group's own limit is over its gradients alone, and the run's over all others", () => {
  const { parameters: initialisers, groups, optimizer } = stubSettings(backbone, {} as never);
  const parameters = createParameters(initialisers, groups, backbone, 1);
  const gradients = [new Float32Array(12), new Float32Array(24), new Float32Array(18)];
  gradients[0]?.set([3, 4]); // P: norm 5
  gradients[1]?.set([6]);
  gradients[2]?.set([8]); // A and B together: norm 10
  expect(update(parameters, gradients, optimizer, 0, 1, { prompt: { clip: 2 } })).toBeCloseTo(
    Math.sqrt(125),
    5,
  );
  disposeParameters(parameters);
  expect([...(gradients[0]?.subarray(0, 2) ?? [])].map((entry) => Number(entry.toFixed(4)))).toEqual([
    1.2, 1.6,
  ]);
  expect(gradients[1]?.[0]).toBeCloseTo(0.6, 4);
  expect(gradients[2]?.[0]).toBeCloseTo(0.8, 4);
});

test("Adafactor trains the stub, too", async () => {
  const { record } = await run("adafactor", { optimizer: adafactor() });
  expect(record.after?.accuracy).toBeGreaterThan(0.8);
  expect(record.settings.optimizer.name).toBe("adafactor");
});

test("training ends after as many evaluations without a better one as there is patience", async () => {
  const stuck = {
    prompt: { tensors: ["P"], learningRate: 0 },
    pair: { tensors: ["A", "B"], learningRate: 0 },
  } as const;
  const { record, out } = await run("patience", { groups: stuck, evaluateEvery: 5, patience: 3 });
  expect(record.ending).toEqual({ kind: "finished", patience: 3 });
  expect(record.steps).toHaveLength(20);
  expect(record.kept.step).toBe(5);
  expect(record.after).toBeDefined();
  expect(out).toContain("finished early, after step 20 of 60: no better validation in 3 evaluations");
});
