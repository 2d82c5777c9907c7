import { beforeAll, expect, test } from "vitest";
import {
  makePositionBias,
  positionBucket,
  PositionBiases,
  type PositionBiasTable,
} from "../../../src/runtime/models/position-bias.ts";
import { startBackend, tf } from "../../../src/runtime/tf.ts";

beforeAll(async () => {
  await startBackend("cpu");
});

const t5: PositionBiasTable = {
  values: new Float32Array(32),
  heads: 1,
  buckets: 32,
  maxDistance: 128,
  causal: false,
};

test("buckets of T5 are those of transformers", () => {
  // T5Attention._relative_position_bucket at these distances, transformers 5.18
  const distances = [
    -200, -128, -127, -64, -32, -16, -11, -8, -7, -1, 0, 1, 7, 8, 12, 16, 23, 46, 64, 91, 127, 128,
  ];
  const both = [15, 15, 15, 14, 12, 10, 8, 8, 7, 1, 0, 17, 23, 24, 25, 26, 27, 29, 30, 31, 31, 31];
  const causal = [31, 31, 31, 26, 21, 16, 11, 8, 7, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  expect(distances.map((distance) => positionBucket(distance, t5))).toEqual(both);
  expect(distances.map((distance) => positionBucket(distance, { ...t5, causal: true }))).toEqual(causal);
});

test("the bias holds each head's number for its bucket, and a causal one hides what comes later", () => {
  const values = Float32Array.from({ length: 8 }, (_, i) => i); // [4 buckets, 2 heads]
  const table = { values, heads: 2, buckets: 4, maxDistance: 8, causal: true };
  const bias = makePositionBias(3, table);
  expect(bias.shape).toEqual([1, 2, 3, 3]);
  const hidden = Math.fround(-1e9);
  expect(Array.from(bias.dataSync(), Math.fround)).toEqual(
    [
      [0, hidden, hidden, 2, 0, hidden, 4, 2, 0],
      [1, hidden, hidden, 3, 1, hidden, 5, 3, 1],
    ].flat(),
  );
});

test("biases are kept for the row counts used last, and the rest is freed", () => {
  const before = tf.memory().numTensors;
  const biases = new PositionBiases(t5);
  const first = biases.get(1);
  for (let rows = 2; rows <= 16; rows++) biases.get(rows);
  expect(biases.get(1)).toBe(first);
  biases.get(17);
  expect(first.isDisposed).toBe(false);
  expect(tf.memory().numTensors).toBe(before + 16);
  for (let rows = 20; rows < 40; rows++) biases.get(rows);
  expect(first.isDisposed).toBe(true);
  biases.dispose();
  expect(tf.memory().numTensors).toBe(before);
});
