// Which of a few tokens stands where, and the methods made of it.

import { expect, test } from "vitest";
import { occurrences, tokensOf } from "../../src/runtime/occurrences.ts";
import { fold } from "../../src/runtime/adapters/fold.ts";
import { matMul } from "../../src/runtime/graph-operations.ts";
import { startBackend, tf } from "../../src/runtime/tf.ts";
import { lossAndGradients, type Method } from "../../src/runtime/train/step.ts";
import { createParameters } from "../../src/runtime/train/parameters.ts";
import { zeros } from "../../src/runtime/prompts/initialisers.ts";
import { loadTinyT5 } from "../support/tiny-t5.ts";

const backends = ["cpu", "wasm"] as const;

test.each(backends)("each row has a 1 in the column of its token and 0 elsewhere, on %s", async (backend) => {
  await startBackend(backend);
  const ids = tf.tensor2d([7, 3, 9, 3, 3, 0], [2, 3], "int32");
  const found = occurrences(ids, [3, 9]);
  expect(found.dtype).toBe("float32");
  expect(await found.array()).toEqual([
    [
      [0, 0],
      [1, 0],
      [0, 1],
    ],
    [
      [1, 0],
      [1, 0],
      [0, 0],
    ],
  ]);
  tf.dispose([ids, found]);
});

test("a text is exactly so many different tokens, or the message lists what it is", async () => {
  const backbone = await loadTinyT5("wasm");
  const ids = tokensOf(backbone, "animal food", 2);
  expect(ids.map((id) => backbone.tokenizer.decode([id]))).toEqual(["animal", "food"]);
  expect(() => tokensOf(backbone, "animal food", 3)).toThrow(
    /^"animal food" is 2 tokens to .*: "animal" "food"; the method has rows for 3 different ones$/,
  );
  expect(() => tokensOf(backbone, "food food", 2)).toThrow("not all different");
  backbone.dispose();
});

test("only the rows of tokens that stand in the batch get a gradient, and nothing is left", async () => {
  const backbone = await loadTinyT5("wasm");
  const [animal = 0, food = 0, place = 0] = tokensOf(backbone, "animal food place", 3);
  const groups = { tokens: { tensors: ["D"], learningRate: 0.1 } };
  const parameters = createParameters({ D: zeros([3, 32]) }, groups, backbone, 1);
  const method: Method = ({ D }, x, { ids }) =>
    tf.add(x, matMul(occurrences(ids, [animal, food, place]), D ?? tf.zeros([3, 32])));
  const input = {
    ids: Int32Array.of(animal, 5, 1, place, 1, 0),
    lengths: Int32Array.of(3, 2),
    batch: 2,
    rows: 3,
  };
  const targets = { ids: Int32Array.of(4, 1, 6, 1), batch: 2, columns: 2 };
  await lossAndGradients(backbone, method, parameters, input, targets); // what the backbone keeps from then on
  const before = tf.memory().numTensors;
  const { gradients } = await lossAndGradients(backbone, method, parameters, input, targets);
  const norms = [0, 1, 2].map((row) => Math.hypot(...(gradients[0] ?? []).slice(32 * row, 32 * (row + 1))));
  expect(norms[0]).toBeGreaterThan(1e-4);
  expect(norms[1]).toBe(0);
  expect(norms[2]).toBeGreaterThan(1e-4);
  expect(tf.memory().numTensors).toBe(before);
  for (const { variable } of parameters) variable.dispose();

  const values = new Map([["D", { shape: [3, 32], data: new Float32Array(96).fill(1) }]]);
  expect(await fold(method, values, 4, 32)).toBe(undefined); // what is added depends on the words
  backbone.dispose();
});
