import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeAll, expect, test } from "vitest";
import { inputBatch, targetBatch } from "../../../src/runtime/data/batches.ts";
import type { Task } from "../../../src/runtime/data/load-task.ts";
import { concatRows, firstRows } from "../../../src/runtime/graph-operations.ts";
import {
  kaimingUniform,
  normal,
  zeros,
  type Initialiser,
} from "../../../src/runtime/prompts/initialisers.ts";
import { startBackend, tf, type Tensor2D, type Tensor3D } from "../../../src/runtime/tf.ts";
import { adamW } from "../../../src/runtime/train/adamw.ts";
import { evaluate } from "../../../src/runtime/train/evaluate.ts";
import {
  assertPlanned,
  copyValues,
  createParameters,
  disposeParameters,
  restoreValues,
  upload,
} from "../../../src/runtime/train/parameters.ts";
import {
  assertFinite,
  embeddingsOf,
  lossAndGradients,
  update,
  type Method,
} from "../../../src/runtime/train/step.ts";
import { stubBackbone } from "../../support/stub-backbone.ts";
import { stubTask } from "../../support/stub-task.ts";

const initialisers = { P: normal([2, 6], 0.1), A: kaimingUniform([8, 3]), B: normal([3, 6], 0.1) };
const groups = {
  prompt: { tensors: ["P"], learningRate: 0.3 },
  pair: { tensors: ["A", "B"], learningRate: 5e-3 },
};
const trained = 2 * 6 + 8 * 3 + 3 * 6;
const method: Method = ({ P, A, B }, x) =>
  concatRows(
    P as Tensor2D,
    tf.add(x, firstRows(tf.matMul(A as Tensor2D, B as Tensor2D), x.shape[1])) as Tensor3D,
  );

let task: Task;

beforeAll(async () => {
  await startBackend("cpu");
  const backbone = stubBackbone();
  task = await stubTask(backbone, mkdtempSync(path.join(tmpdir(), "dept-step-")));
  backbone.dispose();
});

for (const name of ["cpu", "wasm"] as const) {
  test(`${name}: the gradient of every entry of P, A and B is that of finite differences`, async () => {
    await startBackend(name);
    const backbone = stubBackbone();
    const parameters = createParameters(initialisers, groups, backbone, 1);
    const examples = task.train.slice(0, 5);
    const input = inputBatch(examples, backbone.padId);
    const targets = targetBatch(examples, task.classes);
    const { gradients } = await lossAndGradients(backbone, method, parameters, input, targets);

    for (const [index, parameter] of parameters.entries()) {
      for (const [entry, value] of parameter.values.entries()) {
        const lossAt = (moved: number) => {
          parameter.values[entry] = moved;
          upload(parameter);
          return tf.tidy(() => {
            const embeddings = embeddingsOf(backbone, method, parameters, input);
            return backbone.loss(embeddings, input, targets).dataSync()[0] ?? NaN;
          });
        };
        const slope = (lossAt(value + 1e-2) - lossAt(value - 1e-2)) / 2e-2;
        lossAt(value);
        expect(gradients[index]?.[entry], `${parameter.name}[${entry}]`).toBeCloseTo(slope, 3);
      }
    }
    disposeParameters(parameters);
    backbone.dispose();
  });

  test(`${name}: a step and an evaluation leave no tensor behind`, async () => {
    await startBackend(name);
    const backbone = stubBackbone();
    const parameters = createParameters(initialisers, groups, backbone, 1);
    const before = tf.memory().numTensors;
    for (let step = 0; step < 3; step++) {
      const examples = task.train.slice(step, step + 4);
      const input = inputBatch(examples, backbone.padId);
      const targets = targetBatch(examples, task.classes);
      const found = await lossAndGradients(backbone, method, parameters, input, targets);
      assertFinite(found, parameters, step);
      update(parameters, found.gradients, adamW(), 1, 1);
      expect(tf.memory().numTensors).toBe(before);
    }
    await evaluate(backbone, method, parameters, task, task.validation);
    expect(tf.memory().numTensors).toBe(before);
    disposeParameters(parameters);
    backbone.dispose();
  });
}

test("an update moves each tensor by its own group's rate", () => {
  const backbone = stubBackbone();
  const parameters = createParameters(initialisers, groups, backbone, 1);
  const before = copyValues(parameters);
  const gradients = parameters.map(({ values }) => new Float32Array(values.length).fill(0.5));
  update(parameters, gradients, adamW(), 0.5, undefined);
  // AdamW's first step moves every entry by its rate, whatever the gradient's size.
  for (const { name, values, learningRate, variable } of parameters) {
    expect(values[0]).toBeCloseTo((before.get(name)?.[0] ?? NaN) - learningRate * 0.5, 6);
    expect(variable.dataSync()).toEqual(values);
  }
  restoreValues(parameters, before);
  for (const { name, values, variable } of parameters) {
    expect(values).toEqual(before.get(name));
    expect(variable.dataSync()).toEqual(before.get(name));
  }
  disposeParameters(parameters);
  backbone.dispose();
});

test("a gradient that is not finite names its tensor and the step", () => {
  const backbone = stubBackbone();
  const parameters = createParameters(initialisers, groups, backbone, 1);
  const gradients = parameters.map(({ values }) => new Float32Array(values.length));
  gradients[1]?.fill(NaN, 2, 3);
  expect(() => assertFinite({ loss: 1, gradients }, parameters, 7)).toThrow(
    "the gradient of A in step 7 holds NaN",
  );
  expect(() => assertFinite({ loss: Infinity, gradients }, parameters, 8)).toThrow(
    "the loss of step 8 is Infinity",
  );
  disposeParameters(parameters);
  backbone.dispose();
});

test("the variables must be exactly the planned tensors", () => {
  const backbone = stubBackbone();
  const parameters = createParameters(initialisers, groups, backbone, 1);
  assertPlanned(parameters, trained);
  expect(() => assertPlanned(parameters, trained + 1)).toThrow(
    "the variables have 54 trained entries; the plan was checked with 55",
  );
  expect(() => assertPlanned(parameters.slice(1), trained)).toThrow(
    "variable P [2, 6] is trainable but not in the plan",
  );
  const wrong = parameters.map((parameter) => ({ ...parameter, shape: [3, 4] }));
  expect(() => assertPlanned(wrong, trained)).toThrow("tensor P is [2, 6], but [3, 4] was declared");
  disposeParameters(parameters);
  expect(() => assertPlanned(parameters, trained)).toThrow("tensor P has no live variable");
  backbone.dispose();
});

test("every tensor must be in exactly one group", () => {
  const backbone = stubBackbone();
  const create = (tensors: Record<string, readonly string[]>) => () => {
    const made = Object.fromEntries(
      Object.entries(tensors).map(([name, names]) => [name, { tensors: names, learningRate: 1 }]),
    );
    return createParameters(
      { P: zeros([1]), A: zeros([1]) } as Record<string, Initialiser>,
      made,
      backbone,
      1,
    );
  };
  const before = tf.memory().numTensors;
  expect(create({ one: ["P"] })).toThrow("tensor A is in no group");
  expect(create({ one: ["P", "A"], two: ["A"] })).toThrow("tensor A is in two groups: one and two");
  expect(create({ one: ["P", "A", "Z"] })).toThrow("group one names Z, which is not a tensor of the method");
  expect(tf.memory().numTensors).toBe(before);
  backbone.dispose();
});
