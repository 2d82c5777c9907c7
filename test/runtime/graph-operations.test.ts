import { beforeAll, expect, test } from "vitest";
import {
  concatRows,
  firstRows,
  gelu,
  layerNorm,
  matMul,
  rowsOf,
  silu,
} from "../../src/runtime/graph-operations.ts";
import { startBackend, tf, type Tensor } from "../../src/runtime/tf.ts";
import {
  gradientError,
  randomValues,
  type GraphFunction,
  type Shape,
} from "../support/finite-differences.ts";

const batched: Shape = [3, 4, 5];
const unbatched: Shape = [2, 5];

/** Every operation an emitted method may contain, in every mix of batched and unbatched it allows. */
const operations: readonly (readonly [name: string, graph: GraphFunction, ...shapes: Shape[]])[] = [
  ["concatRows of a prompt and words", concat, unbatched, batched],
  ["concatRows of words between prompts", concat, unbatched, batched, [1, 5]],
  ["concatRows of two prompts", concat, unbatched, [4, 5]],
  ["concatRows of two batched parts", concat, batched, [3, 1, 5]],
  ["firstRows of a matrix", (a) => firstRows(a, 2), [4, 5]],
  ["firstRows of a batch", (a) => firstRows(a, 2), batched],
  ["all rows", (a) => firstRows(a, 4), [4, 5]],
  ["rowsOf a matrix", (a) => rowsOf(a, 1, 3), [4, 5]],
  ["rowsOf a batch", (a) => rowsOf(a, 1, 3), batched],
  ["matMul of matrices", multiply, [4, 3], [3, 5]],
  ["matMul of a batch with a matrix", multiply, batched, [5, 2]],
  ["matMul of a matrix with a batch", multiply, [2, 4], batched],
  ["matMul of two batches", multiply, batched, [3, 5, 2]],
  ["gelu", (a) => gelu(a), batched],
  ["silu", (a) => silu(a), batched],
  ["layerNorm", (a) => layerNorm(a), batched],
  ["add of a batch and rows", (a, b) => tf.add(a, b), batched, [4, 5]],
  ["add of a batch and a vector", (a, b) => tf.add(a, b), batched, [5]],
  ["sub of rows and a batch", (a, b) => tf.sub(a, b), [4, 5], batched],
  ["mul of a batch and rows", (a, b) => tf.mul(a, b), batched, [4, 5]],
  ["mul by a number", (a) => tf.mul(1.5, a), batched],
  ["mul by a trained number", (a, b) => tf.mul(a, b), batched, []],
  ["relu", (a) => tf.relu(a), batched],
  ["concatRows with a prompt of no rows", concat, [0, 5], batched],
  ["tanh", (a) => tf.tanh(a), batched],
  ["sigmoid", (a) => tf.sigmoid(a), batched],
  ["softmax", (a) => tf.softmax(a), batched],
  ["neg", (a) => tf.neg(a), batched],
  ["reshape", (a) => tf.reshape(a, [3, 20]), batched],
  ["transpose of a matrix", (a) => tf.transpose(a), [4, 5]],
  [
    "the whole of DePT",
    (P, A, B, x) => concatRows(P, tf.add(x, firstRows(tf.matMul(A, B), 4))),
    [2, 5],
    [6, 3],
    [3, 5],
    batched,
  ],
  [
    "the whole of ADePT",
    (P, W1, b1, W2, b2, x) => {
      const hidden = tf.relu(tf.add(matMul(x, W1), b1));
      return concatRows(P, tf.add(x, tf.add(matMul(hidden, W2), b2)));
    },
    [2, 5],
    [5, 3],
    [3],
    [3, 5],
    [5],
    batched,
  ],
];

for (const backend of ["cpu", "wasm"] as const) {
  for (const [name, graph, ...shapes] of operations) {
    test(`${backend}: the gradient of ${name} is that of finite differences`, async () => {
      await startBackend(backend);
      expect(gradientError(graph, shapes)).toBeLessThan(5e-3);
    });
  }
}

beforeAll(async () => {
  await startBackend("cpu");
});

test("concatRows puts a prompt before the words of every example", () => {
  const prompt = tf.tensor2d([[1, 2]]);
  const words = tf.tensor3d([[[3, 4]], [[5, 6]]]);
  expect(concatRows(prompt, words).arraySync()).toEqual([
    [
      [1, 2],
      [3, 4],
    ],
    [
      [1, 2],
      [5, 6],
    ],
  ]);
});

test("a prompt without rows adds none", async () => {
  const words = tf.tensor3d([[[3, 4]], [[5, 6]]]);
  const prompt = tf.tensor2d([], [0, 2]);
  expect(concatRows(prompt, words).arraySync()).toEqual(words.arraySync());
  const [dPrompt, dWords] = tf.grads(concat)([prompt, words], tf.ones([2, 1, 2]));
  expect(dPrompt?.shape).toEqual([0, 2]);
  expect(dWords?.arraySync()).toEqual([[[1, 1]], [[1, 1]]]);
});

test("gelu is the tanh form", () => {
  const values = randomValues([50], "gelu");
  const expected = values.map(
    (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  );
  const difference = gelu(tf.tensor1d(values))
    .dataSync()
    .map((value, i) => Math.abs(value - (expected[i] ?? NaN)));
  expect(Math.max(...difference)).toBeLessThan(1e-6);
});

test("operations leave nothing behind", () => {
  const before = tf.memory().numTensors;
  const x = tf.tensor3d(randomValues(batched, "x"), [3, 4, 5]);
  const w = tf.tensor2d(randomValues([5, 2], "w"), [5, 2]);
  const y = tf.tensor3d(randomValues([2, 3, 2], "y"), [2, 3, 2]);
  tf.dispose([matMul(x, w), concatRows(w, y), gelu(x), silu(x), layerNorm(x), x, w, y]);
  expect(tf.memory().numTensors).toBe(before);
});

function concat(...parts: Tensor[]): Tensor {
  return concatRows(...parts);
}

function multiply(a: Tensor, b: Tensor): Tensor {
  return matMul(a, b);
}
