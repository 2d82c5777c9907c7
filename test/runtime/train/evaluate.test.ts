import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { inputBatch } from "../../../src/runtime/data/batches.ts";
import { startBackend } from "../../../src/runtime/tf.ts";
import { evaluate } from "../../../src/runtime/train/evaluate.ts";
import type { Method } from "../../../src/runtime/train/step.ts";
import { stubBackbone } from "../../support/stub-backbone.ts";
import { stubTask } from "../../support/stub-task.ts";

const folder = mkdtempSync(path.join(tmpdir(), "dept-evaluate-"));
const untuned: Method = (_, x) => x;

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function load() {
  await startBackend("cpu");
  const backbone = stubBackbone();
  return { backbone, task: await stubTask(backbone, folder, 130) };
}

test("sorting and padding change neither the order nor the values of the results", async () => {
  const { backbone, task } = await load();
  const evaluation = await evaluate(backbone, untuned, [], task, task.train);
  const choices = task.classes.map(({ ids }) => ids);
  for (const [position, example] of task.train.entries()) {
    const input = inputBatch([example], backbone.padId);
    const embeddings = backbone.embed(input);
    const alone = await backbone.choiceLogLikelihoods(embeddings, input, choices);
    embeddings.dispose();
    for (const [label, value] of alone.entries()) {
      expect(evaluation?.logLikelihoods[position * 3 + label]).toBeCloseTo(value, 4);
    }
    expect(evaluation?.predictions[position]).toBe(alone.indexOf(Math.max(...alone)));
  }
  expect([...(evaluation?.labels ?? [])]).toEqual(task.train.map(({ label }) => label));
  backbone.dispose();
});

test("progress goes from batch to batch up to all examples", async () => {
  const { backbone, task } = await load();
  const heard: number[] = [];
  await evaluate(backbone, untuned, [], task, task.train, (done) => heard.push(done) > 0);
  expect(heard).toEqual([50, 100, 130]);
  backbone.dispose();
});

test("an evaluation that is told to stop stops, without a result", async () => {
  const { backbone, task } = await load();
  let calls = 0;
  const result = await evaluate(backbone, untuned, [], task, task.train, () => ++calls < 2);
  expect([result, calls]).toEqual([undefined, 2]);
  backbone.dispose();
});

test("the class is the likeliest text as a whole, end token included", async () => {
  const { backbone, task } = await load();
  const [red, green] = [task.classes[0]?.ids[0] ?? 0, task.classes[1]?.ids[0] ?? 0];
  // The stub gives every token after the first the same low probability unless it is the end: longer texts lose.
  const longer = [red, red, red, 1];
  const classes = [
    { text: "red red red", ids: longer },
    { text: "green", ids: [green, 1] },
  ];
  const evaluation = await evaluate(backbone, untuned, [], { ...task, classes }, task.train.slice(0, 20));
  expect([...(evaluation?.predictions ?? [])].every((label) => label === 1)).toBe(true);
  backbone.dispose();
});

test("scored by the mean, a longer text is not the less likely for its length", async () => {
  const { backbone, task } = await load();
  const [red, green] = [task.classes[0]?.ids[0] ?? 0, task.classes[1]?.ids[0] ?? 0];
  const classes = [
    { text: "short", ids: [red, 1] },
    { text: "long", ids: [green, 1, 1, 1] },
  ];
  const scored = async (score: "sum" | "mean") =>
    evaluate(backbone, untuned, [], { ...task, classes, score }, task.test);
  const [sum, mean] = [await scored("sum"), await scored("mean")];
  const divided = sum?.logLikelihoods.map((value, index) => value / (index % 2 === 0 ? 2 : 4));
  expect(mean?.logLikelihoods).toEqual(divided);
  expect(mean?.predictions).not.toEqual(sum?.predictions);
  backbone.dispose();
});
