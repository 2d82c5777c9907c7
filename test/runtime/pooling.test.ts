import { expect, test } from "vitest";
import { matMul } from "../../src/runtime/graph-operations.ts";
import { maxRows, meanRows, top1 } from "../../src/runtime/pooling.ts";
import { startBackend, tf, type Tensor, type Tensor3D } from "../../src/runtime/tf.ts";
import { gradientError, type GraphFunction, type Shape } from "../support/finite-differences.ts";

const batched: Shape = [3, 4, 5];

/** Rows 0 to 1, 0 to 3 and 0 of the three examples are words. */
function mask(): Tensor3D {
  return tf.tensor3d([1, 1, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0], [3, 4, 1]);
}

const operations: readonly (readonly [name: string, graph: GraphFunction, ...shapes: Shape[]])[] = [
  ["meanRows of a matrix", (a) => meanRows(a), [4, 5]],
  ["meanRows of a stack", (a) => meanRows(a), batched],
  ["meanRows of words", (a) => meanRows(a, mask()), batched],
  ["maxRows of a matrix", (a) => maxRows(a), [4, 5]],
  ["maxRows of a stack", (a) => maxRows(a), batched],
  ["maxRows of words", (a) => maxRows(a, mask()), batched],
  ["top1 of a row", (a) => top1(a), [1, 6]],
  ["top1 of a batch", (a) => top1(a), [3, 1, 6]],
  ["reshape of a batch", (a) => tf.reshape(a, [-1, 2, 10]), batched],
  ["matMul of two stacks", (a, b) => tf.matMul(a, b), [3, 4, 2], [3, 2, 5]],
  ["add of a gain and a bias", (a, g, b) => tf.add(tf.mul(a, g), b), batched, [5], [5]],
  [
    "the whole of a choice among prompts",
    (P, W, x) => {
      const gate = top1(tf.softmax(matMul(meanRows(x, mask()), W))); // [3, 1, 2]
      return tf.reshape(matMul(gate, tf.reshape(P, [2, 15])), [-1, 3, 5]);
    },
    [6, 5],
    [5, 2],
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

const words = [
  [
    [1, -2],
    [3, -4],
    [90, 90],
  ],
  [
    [5, 6],
    [-70, 70],
    [80, -80],
  ],
];
const lengths = [1, 1, 0, 1, 0, 0];

for (const backend of ["cpu", "wasm"] as const) {
  test(`${backend}: padding counts neither in a mean nor in a maximum`, async () => {
    await startBackend(backend);
    const [x, real] = [tf.tensor3d(words), tf.tensor3d(lengths, [2, 3, 1])];
    expect(meanRows(x, real).arraySync()).toEqual([[[2, -3]], [[5, 6]]]);
    expect(maxRows(x, real).arraySync()).toEqual([[[3, -2]], [[5, 6]]]);
    expect(
      meanRows(
        tf.tensor2d([
          [1, 2],
          [3, 6],
        ]),
      ).arraySync(),
    ).toEqual([[2, 4]]);
  });

  test(`${backend}: more padding changes nothing, to the bit`, async () => {
    await startBackend(backend);
    const longer = words.map((rows) => [...rows, [1e6, -1e6]]);
    const longerMask = [1, 1, 0, 0, 1, 0, 0, 0];
    for (const pool of [meanRows, maxRows]) {
      const short = pool(tf.tensor3d(words), tf.tensor3d(lengths, [2, 3, 1])).arraySync();
      expect(pool(tf.tensor3d(longer), tf.tensor3d(longerMask, [2, 4, 1])).arraySync()).toEqual(short);
    }
  });

  test(`${backend}: no gradient reaches padding`, async () => {
    await startBackend(backend);
    const pools = [(x: Tensor) => maxRows(x, mask()), (x: Tensor) => meanRows(x, mask())];
    for (const pool of pools) {
      const gradient = tf.grad((x: Tensor) => tf.sum(pool(x)))(tf.ones([3, 4, 5]));
      const rows = tf.sum(gradient, -1).arraySync() as number[][];
      expect(rows.map((row) => row.map((each) => each !== 0))).toEqual([
        [true, pool === pools[1], false, false],
        [true, pool === pools[1], pool === pools[1], pool === pools[1]],
        [true, false, false, false],
      ]);
    }
  });

  test(`${backend}: top1 keeps the largest entry where it stands, and the first of two`, async () => {
    await startBackend(backend);
    expect(top1(tf.tensor2d([[0.2, 0.5, 0.3]])).arraySync()[0]?.[1]).toBeCloseTo(0.5, 6);
    expect(
      top1(
        tf.tensor2d([
          [1, 3, 3, 2],
          [4, 1, 2, 3],
        ]),
      ).arraySync(),
    ).toEqual([
      [0, 3, 0, 0],
      [4, 0, 0, 0],
    ]);
  });
}

test("pooling leaves nothing behind", async () => {
  await startBackend("cpu");
  const before = tf.memory().numTensors;
  const [x, real] = [tf.tensor3d(words), tf.tensor3d(lengths, [2, 3, 1])];
  tf.dispose([meanRows(x, real), maxRows(x, real), maxRows(x), top1(x), x, real]);
  expect(tf.memory().numTensors).toBe(before);
});
