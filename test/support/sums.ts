// Sums of many tensors, on the backend that runs.

import { sumOf } from "../../src/runtime/primitives/sum-of.ts";
import { tf } from "../../src/runtime/tf.ts";

/** 12 and 24 are the layers of T5-base's decoder and of T5-large's, and more terms than a device may have storage buffers for. */
export const termCounts = [1, 2, 7, 8, 12, 24, 33];

/** The sum of so many terms, what it must be, and how many tensors are left of it. */
export async function sumsOf(count: number) {
  const before = tf.memory().numTensors;
  const terms = Array.from({ length: count }, (_, index) => tf.tensor1d([index, 1, 0.5 ** (index + 1)]));
  const sum = sumOf(terms);
  const found = Array.from(await sum.data());
  sum.dispose();
  const expected = [(count * (count - 1)) / 2, count, Math.fround(1 - 0.5 ** count)];
  return { found, expected, leftOver: tf.memory().numTensors - before };
}
