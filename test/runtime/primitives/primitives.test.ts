// Each primitive's backward pass against the tape's gradient of its forward pass.

import { beforeEach, expect, test } from "vitest";
import { attend, attendBackward, mergeHeads, splitHeads } from "../../../src/runtime/primitives/attention.ts";
import { consume, free, scoped } from "../../../src/runtime/primitives/consume.ts";
import { linear, linearBackward } from "../../../src/runtime/primitives/linear.ts";
import { reluBackward } from "../../../src/runtime/primitives/relu.ts";
import { rmsNorm, rmsNormBackward } from "../../../src/runtime/primitives/rms-norm.ts";
import {
  startBackend,
  tf,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from "../../../src/runtime/tf.ts";
import { largestDifference } from "../../support/tiny-t5.ts";

beforeEach(async () => {
  await startBackend("wasm");
});

function wave<T extends Tensor>(shape: readonly number[], phase: number): T {
  const size = shape.reduce((product, axis) => product * axis, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(phase + i * i * 0.21)),
    [...shape],
  ) as T;
}

test("linear: the gradient is the tape's", () => {
  const [x, weight, dy] = [wave<Tensor2D>([5, 6], 1), wave<Tensor2D>([7, 6], 2), wave<Tensor2D>([5, 7], 3)];
  const taped = tf.grad((input) => linear(input as Tensor2D, weight))(x, dy);
  expect(largestDifference(linearBackward(dy, weight).dataSync(), taped.dataSync())).toBeLessThan(1e-6);
});

test("rms norm: rows have mean square 1 before the weight, and the gradient is the tape's", () => {
  const [x, weight, dy] = [wave<Tensor2D>([5, 8], 1), wave<Tensor1D>([8], 2), wave<Tensor2D>([5, 8], 3)];
  const { scale } = rmsNorm(x, weight, 1e-6);
  const ones = rmsNorm(x, tf.ones([8]), 0).y;
  expect(largestDifference(tf.mean(tf.square(ones), -1).dataSync(), [1, 1, 1, 1, 1])).toBeLessThan(1e-5);
  const taped = tf.grad((input) => rmsNorm(input as Tensor2D, weight, 1e-6).y)(x, dy);
  expect(largestDifference(rmsNormBackward(dy, x, scale, weight).dataSync(), taped.dataSync())).toBeLessThan(
    1e-5,
  );
});

test("relu: the gradient is the tape's", () => {
  const [x, dy] = [wave<Tensor2D>([5, 7], 1), wave<Tensor2D>([5, 7], 2)];
  const taped = tf.grad((input) => tf.relu(input))(x, dy);
  expect(reluBackward(dy, tf.relu(x)).dataSync()).toEqual(taped.dataSync());
});

test("heads: splitting and merging give the rows back", () => {
  const x = wave<Tensor2D>([6, 8], 1);
  const heads = splitHeads(x, 2, 3, 4);
  expect(heads.shape).toEqual([2, 4, 3, 2]);
  expect(mergeHeads(heads).dataSync()).toEqual(x.dataSync());
});

test("attention: gradients of query, key and value are the tape's, and hidden keys get none", () => {
  const shape = [2, 3, 4, 5]; // [batch, heads, rows, headWidth]
  const inputs = [1, 2, 3].map((phase) => wave<Tensor4D>(shape, phase));
  const [query, key, value] = inputs as [Tensor4D, Tensor4D, Tensor4D];
  const bias = tf.tensor4d([0, 0, 0, -1e9, 0, 0, 0, 0], [2, 1, 1, 4]);
  const dMixed = wave<Tensor4D>(shape, 4);
  const taped = tf.grads((q, k, v) => attend(q as Tensor4D, k as Tensor4D, v as Tensor4D, bias).mixed)(
    inputs,
    dMixed,
  );
  const { dKey, dValue, dQuery } = attendBackward(dMixed, attend(query, key, value, bias).state);
  for (const [index, found] of [dQuery(), dKey, dValue].entries()) {
    expect(largestDifference(found.dataSync(), taped[index]?.dataSync() ?? [])).toBeLessThan(1e-5);
  }
  const lastKey = tf.slice(dKey, [0, 0, 3, 0], [1, 3, 1, 5]).dataSync();
  expect(Array.from(lastKey).every((number) => number === 0)).toBe(true);
});

test("consuming frees temporaries and what was used, and keeps the answer", () => {
  const before = tf.memory().numTensors;
  const [a, b] = [tf.tensor1d([1, 2]), tf.tensor1d([3, 4])];
  const { sum } = consume({ a, nested: [b] }, () => ({ sum: tf.neg(tf.add(a, b)) }));
  expect([a.isDisposed, b.isDisposed]).toEqual([true, true]);
  expect(Array.from(sum.dataSync())).toEqual([-4, -6]);
  const doubled = scoped(() => tf.neg(tf.add(sum, sum)));
  expect(Array.from(doubled.dataSync())).toEqual([8, 12]);
  free([sum, { doubled }]);
  expect(tf.memory().numTensors).toBe(before);
});
