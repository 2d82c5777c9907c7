// The gradient of every weight of the tiny T5s against torch and transformers, on a padded batch: test/fixtures/full/make.py.

import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { prefix, trained } from "../../../src/runtime/models/inside.ts";
import { loadT5 } from "../../../src/runtime/models/t5.ts";
import { tf, type Tensor3D } from "../../../src/runtime/tf.ts";
import { createParameters, disposeParameters } from "../../../src/runtime/train/parameters.ts";
import { readPretrained } from "../../../src/runtime/train/pretrained.ts";
import { addRows } from "../../../src/runtime/train/row-gradients.ts";
import { lossAndGradients, type Method } from "../../../src/runtime/train/step.ts";
import { readSafetensors } from "../../../src/runtime/weights/safetensors.ts";
import { allWeights, everyWeight } from "../../support/full-fine-tuning.ts";
import { measured } from "../../support/measured.ts";
import {
  inputOf,
  readGolden,
  relativeDifference,
  targetsOf,
  tinyT511Folder,
  tinyT5Folder,
} from "../../support/tiny-t5.ts";

const expectedOf = (name: string) =>
  readSafetensors(fileURLToPath(new URL(`../../fixtures/full/${name}.safetensors`, import.meta.url))).tensors;

const tinies = [
  ["tiny-t5", tinyT5Folder, {}],
  ["tiny-t5-1.1", tinyT511Folder, { activation: "gated_gelu", head: "untied" }],
] as const;

const method: Method = Object.assign((_: unknown, x: Tensor3D) => x, { inside: everyWeight });

for (const backend of ["wasm", "cpu"] as const) {
  test.each(tinies)(
    `${backend}: %s has torch's gradient of every weight`,
    async (name, folder, dimensions) => {
      const backbone = await loadT5(folder, dimensions, { backend });
      const { batch } = readGolden(folder);
      const initialisers = await allWeights(backbone);
      const groups = { weights: { tensors: Object.keys(initialisers), learningRate: 1e-3 } };
      const pretrained = await readPretrained(initialisers, backbone);
      const parameters = createParameters(initialisers, groups, backbone, 1, {}, undefined, pretrained);
      const expected = expectedOf(name);
      expect(parameters.map((each) => each.name).sort()).toEqual(Object.keys(expected).sort());

      const before = tf.memory();
      const found = await lossAndGradients(backbone, method, parameters, inputOf(batch), targetsOf(batch));
      const { numTensors, numDataBuffers } = tf.memory();
      expect([numTensors, numDataBuffers]).toEqual([before.numTensors, before.numDataBuffers]);

      const differences = parameters.map((each, index) => ({
        name: each.name,
        difference: relativeDifference(found.gradients[index] ?? [], expected[each.name]?.data ?? []),
      }));
      const worst = differences.reduce((most, each) => (each.difference <= most.difference ? most : each));
      const what = `full fine-tuning of ${name}, gradients of all ${differences.length} weights, ${backend}`;
      measured({ what, against: "torch", tolerance: 1e-4 }, worst.difference);
      expect(differences.filter(({ difference }) => !(difference < 1e-4))).toEqual([]);
      disposeParameters(parameters);
      backbone.dispose();
    },
  );
}

test("a prefix has no position: beside it the gradient of the biases is what moving them gives", async () => {
  const backbone = await loadT5(tinyT5Folder, {}, { backend: "cpu" });
  const { batch } = readGolden(tinyT5Folder);
  const [input, targets] = [inputOf(batch), targetsOf(batch)];
  const words = backbone.embed(input);
  const keys: Tensor3D = tf.randomNormal([6, 3, 32], 0, 0.3, "float32", 3);
  const values: Tensor3D = tf.randomNormal([6, 3, 32], 0, 0.3, "float32", 4);
  const tables = await backbone.weightsAt("positions");
  /** Both tables, one entry moved. */
  const insideOf = (stack: number, entry: number, by: number) => {
    const weights = tables.map(({ name, shape, data }, index) => {
      const moved = data.slice();
      if (index === stack) moved[entry] = (moved[entry] ?? 0) + by;
      return { name, tensor: tf.tensor(moved.slice(), [...shape]), values: moved };
    });
    return { memory: prefix(keys, values), positions: trained(weights) };
  };
  const inside = insideOf(0, 0, 0);
  const { loss, gradient, inner, rows = [] } = backbone.lossAndGradient(words, input, targets, inside);
  const found = inside.positions.weights.map(({ tensor, values: { length } }) => {
    const whole = new Float32Array(length);
    for (const each of rows)
      if (each.tensor === tensor) addRows(whole, each.ids, each.rows.dataSync<"float32">());
    return whole;
  });
  const step = 1e-2; // at which the loss, in 32 bits and with relu in it, is good for two digits
  for (const [stack, whole] of found.entries()) {
    const largest = [...whole.keys()].sort((a, b) => Math.abs(whole[b] ?? 0) - Math.abs(whole[a] ?? 0));
    for (const entry of largest.slice(0, 4)) {
      const [above = NaN, below = NaN] = [step, -step].map((by) => {
        const moved = backbone.loss(words, input, targets, insideOf(stack, entry, by));
        return moved.dataSync()[0];
      });
      const slope = (above - below) / (2 * step);
      expect(Math.abs(slope - (whole[entry] ?? NaN)) / Math.max(...whole.map(Math.abs))).toBeLessThan(3e-2);
    }
  }
  tf.dispose([loss, gradient, ...(inner?.values() ?? [])]);
  backbone.dispose();
});
