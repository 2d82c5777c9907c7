// The gradient of every weight of the tiny T5s against torch and transformers, on a padded batch: test/fixtures/full/make.py.

import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { loadT5 } from "../../../src/runtime/models/t5.ts";
import { tf, type Tensor3D } from "../../../src/runtime/tf.ts";
import { createParameters, disposeParameters } from "../../../src/runtime/train/parameters.ts";
import { readPretrained } from "../../../src/runtime/train/pretrained.ts";
import { lossAndGradients, type Method } from "../../../src/runtime/train/step.ts";
import { readSafetensors } from "../../../src/runtime/weights/safetensors.ts";
import { allWeights, everyWeight } from "../../support/full-fine-tuning.ts";
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
      process.stderr.write(
        `${backend} ${name}: ${differences.length} tensors, the worst ${worst.name} ${worst.difference.toExponential(1)}\n`,
      );
      expect(differences.filter(({ difference }) => !(difference < 1e-4))).toEqual([]);
      disposeParameters(parameters);
      backbone.dispose();
    },
  );
}
