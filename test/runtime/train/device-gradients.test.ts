// Gradients that stay on the device, on a software adapter: those that are read, for every weight of the tiny T5 and for several batches.

import { beforeEach, describe, expect, test } from "vitest";
import type { Task } from "../../../src/runtime/data/load-task.ts";
import { loadT5 } from "../../../src/runtime/models/t5.ts";
import { deviceStepHere, type DeviceStep } from "../../../src/runtime/primitives/device-step.ts";
import { startBackend, tf, type Tensor3D } from "../../../src/runtime/tf.ts";
import { gradientsOf } from "../../../src/runtime/train/accumulate.ts";
import { deviceGradientsOf } from "../../../src/runtime/train/device-gradients.ts";
import { createParameters, disposeParameters } from "../../../src/runtime/train/parameters.ts";
import { readPretrained } from "../../../src/runtime/train/pretrained.ts";
import { addRows } from "../../../src/runtime/train/row-gradients.ts";
import type { Run } from "../../../src/runtime/train/run.ts";
import type { Method } from "../../../src/runtime/train/step.ts";
import { allWeights, everyWeight } from "../../support/full-fine-tuning.ts";
import { hasSoftwareAdapter, startSoftwareWebgpu } from "../../support/software-adapter.ts";
import { relativeDifference, tinyT5Folder } from "../../support/tiny-t5.ts";

const method: Method = Object.assign((_: unknown, x: Tensor3D) => x, { inside: everyWeight });

/** Rows of different lengths, some words more than once, targets of one to three tokens. */
const examples = [0, 1, 2, 3, 4].map((row) => ({
  text: "",
  ids: Int32Array.from({ length: 3 + row }, (_, at) => 3 + ((at * (row + 2)) % 5)),
  label: 0,
  answer: {
    ids: [...Array.from({ length: row % 3 }, (_, at) => 4 + at), 1],
    fullLength: (row % 3) + 1,
    references: [],
    text: "",
  },
}));

function startStep(): DeviceStep {
  const start = deviceStepHere();
  if (!start) throw new Error("webgpu has no steps of its own");
  return start({ tensors: [], limits: [], beta1: 0.9, beta2: 0.999, epsilon: 1e-8 });
}

describe.skipIf(!hasSoftwareAdapter)("on a software adapter", () => {
  beforeEach(startSoftwareWebgpu);

  test("rows are added where their ids say, as the host adds them", async () => {
    const device = startStep();
    const [rows, width] = [300, 7];
    const ids = Int32Array.from({ length: rows }, (_, row) => ((row * 13) % 11) - 1); // -1 is no row
    const values = Float32Array.from({ length: rows * width }, (_, at) => Math.sin(at * at));
    const expected = Float32Array.from({ length: 20 * width }, (_, at) => Math.cos(at));
    const gradient = tf.tensor2d(expected.slice(), [20, width]);
    const before = await gradient.data(); // the host has read it: what it kept is no longer right
    const added = tf.tensor2d(values, [rows, width]);
    device.addRows(gradient, ids, added);
    addRows(expected, ids, values);
    const found = await gradient.data();
    expect(relativeDifference(before, expected)).toBeGreaterThan(0.1);
    expect(relativeDifference(found, expected)).toBeLessThan(1e-6);
    device.addRows(
      gradient,
      Int32Array.from({ length: rows }, () => -1),
      added,
    );
    expect(await gradient.data()).toEqual(found);
    tf.dispose([gradient, added]);
    device.dispose();
  });

  test.each([
    ["one batch", 5],
    ["three batches of different token counts", 2],
  ])("%s: the gradient of every weight is the one that is read", async (_, batch) => {
    const backbone = await loadT5(tinyT5Folder, {}, { backend: "webgpu" });
    const initialisers = await allWeights(backbone);
    const groups = { weights: { tensors: Object.keys(initialisers), learningRate: 1e-3 } };
    const pretrained = await readPretrained(initialisers, backbone);
    const parameters = createParameters(initialisers, groups, backbone, 1, {}, undefined, pretrained);
    const task: Partial<Task> = { classes: [] };
    const run = { settings: { backbone, task, batch }, method, parameters } as unknown as Run;
    const expected = await gradientsOf(run, examples);
    const device = startStep();
    const before = tf.memory().numTensors;
    const { loss, gradients } = deviceGradientsOf(run, examples, device.addRows);
    expect(tf.memory().numTensors).toBe(before + 1 + parameters.length);
    expect(relativeDifference(await loss.data(), [expected.loss])).toBeLessThan(1e-6);
    expect(gradients.map(({ shape }) => shape)).toEqual(parameters.map(({ shape }) => shape));
    for (const [index, gradient] of gradients.entries()) {
      const difference = relativeDifference(await gradient.data(), expected.gradients[index] ?? []);
      expect([parameters[index]?.name, difference < 1e-5]).toEqual([parameters[index]?.name, true]);
    }
    tf.dispose([loss, ...gradients]);
    device.dispose();
    disposeParameters(parameters);
    backbone.dispose();
  });

  test("other backends have no steps of their own", async () => {
    await startBackend("cpu");
    expect(deviceStepHere()).toBeUndefined();
  });
});
