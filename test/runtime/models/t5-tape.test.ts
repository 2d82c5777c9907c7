// The explicit backward pass against TensorFlow.js's own tape.

import { expect, test } from "vitest";
import { tf, type Tensor3D } from "../../../src/runtime/tf.ts";
import { tapeLoss } from "../../support/tape-t5.ts";
import {
  inputOf,
  loadTinyT5,
  readGolden,
  relativeDifference,
  targetsOf,
  tinyT5Folder,
} from "../../support/tiny-t5.ts";

const config = { width: 32, heads: 4, encoderLayers: 2, decoderLayers: 2, buckets: 16, maxDistance: 20 };
const { batch } = readGolden();
const input = inputOf(batch);
const targets = targetsOf(batch);

/** Fixed values between -1 and 1, `[batch, rows, 32]`. */
function wave(rows: number): Tensor3D {
  const size = batch.batch * rows * 32;
  return tf.tensor3d(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i * i)),
    [batch.batch, rows, 32],
  );
}

for (const backend of ["wasm", "cpu"] as const) {
  for (const prompt of [0, 1, 25]) {
    test(`with ${prompt} prompt rows the explicit gradient is the tape's on ${backend}`, async () => {
      const t5 = await loadTinyT5(backend);
      const embeddings = wave(prompt + batch.rows);
      const { loss, gradient } = t5.lossAndGradient(embeddings, input, targets);
      const taped = tapeLoss(`${tinyT5Folder}/model.safetensors`, config, input, targets);
      const { value, grad } = tf.valueAndGrad((x) => taped(x as Tensor3D))(embeddings);
      expect(relativeDifference(await loss.data(), await value.data())).toBeLessThan(1e-5);
      expect(relativeDifference(await gradient.data(), await grad.data())).toBeLessThan(1e-4);
      expect((await grad.data()).some((number) => number !== 0)).toBe(true);
    });
  }
}

test("wasm and cpu agree on loss, gradient and choices", async () => {
  const choices = [
    [5, 1],
    [6, 7, 1],
    [9, 8, 7, 1],
  ];
  const results = [];
  for (const backend of ["wasm", "cpu"] as const) {
    const t5 = await loadTinyT5(backend);
    const { loss, gradient } = t5.lossAndGradient(wave(21), input, targets);
    const scored = await t5.choiceLogLikelihoods(wave(21), input, choices);
    results.push({ loss: await loss.data(), gradient: await gradient.data(), scored });
  }
  const [wasm, cpu] = results;
  expect(relativeDifference(wasm?.loss ?? [], cpu?.loss ?? [])).toBeLessThan(1e-6);
  expect(relativeDifference(wasm?.gradient ?? [], cpu?.gradient ?? [])).toBeLessThan(1e-5);
  expect(relativeDifference(wasm?.scored ?? [], cpu?.scored ?? [])).toBeLessThan(1e-6);
});

test("padding changes nothing: a row alone gives what it gives beside longer ones", async () => {
  const t5 = await loadTinyT5("wasm");
  const together = await t5.choiceLogLikelihoods(t5.embed(input), input, [[5, 1]]);
  const shortest = batch.lengths.indexOf(Math.min(...batch.lengths));
  const rows = batch.lengths[shortest] ?? 0;
  const ids = input.ids.slice(shortest * batch.rows, shortest * batch.rows + rows);
  const alone = { ids, batch: 1, rows, lengths: Int32Array.of(rows) };
  const [score] = await t5.choiceLogLikelihoods(t5.embed(alone), alone, [[5, 1]]);
  expect(score).toBeCloseTo(together[shortest] ?? NaN, 4);
});

test("padding has no gradient", async () => {
  const t5 = await loadTinyT5("wasm");
  const { gradient } = t5.lossAndGradient(t5.embed(input), input, targets);
  const values = await gradient.data();
  const padded = batch.lengths.flatMap((length, row) => {
    const start = row * batch.rows * 32;
    return [...values.slice(start + length * 32, start + batch.rows * 32)];
  });
  expect(padded.length).toBeGreaterThan(0);
  expect(padded.every((value) => value === 0)).toBe(true);
});
