// Our kernels inside the wasm backend, against plain loops.

import { beforeAll, expect, test } from "vitest";
import { wasmBackend } from "../../../src/runtime/backends/wasm-heap.ts";
import { installedSimd } from "../../../src/runtime/kernels/install-kernels.ts";
import { overrideKernel } from "../../../src/runtime/kernels/override-kernel.ts";
import { OperationalError } from "../../../src/runtime/operational-error.ts";
import { startBackend, tf, type Tensor } from "../../../src/runtime/tf.ts";
import { measured } from "../../support/measured.ts";
import { relativeDifference } from "../../support/tiny-t5.ts";

beforeAll(async () => {
  await startBackend("wasm");
});

function wave(shape: readonly number[], phase: number): Tensor {
  const size = shape.reduce((product, axis) => product * axis, 1);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(phase + i * i * 0.21)),
    [...shape],
  );
}

/** op(a)·op(b) for every matrix of the batch, in 64 bits. */
function product(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): number[] {
  const [valuesA, valuesB] = [a.dataSync(), b.dataSync()];
  const [rowsA = 0, columnsA = 0] = a.shape.slice(-2);
  const [rowsB = 0, columnsB = 0] = b.shape.slice(-2);
  const [m, k, n] = [
    transposeA ? columnsA : rowsA,
    transposeA ? rowsA : columnsA,
    transposeB ? rowsB : columnsB,
  ];
  const c: number[] = [];
  for (let batch = 0; batch < a.size / (m * k); batch++) {
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let l = 0; l < k; l++) {
          const x = valuesA[batch * m * k + (transposeA ? l * m + i : i * k + l)] ?? NaN;
          sum += x * (valuesB[batch * k * n + (transposeB ? j * k + l : l * n + j)] ?? NaN);
        }
        c.push(sum);
      }
    }
  }
  return c;
}

const sizes = [
  [1, 1, 1],
  [4, 8, 4],
  [5, 9, 7],
  [3, 15, 2],
  [97, 70, 3], // more rows than one block of A holds
  [6, 83, 1100], // more columns than one panel of B holds
];

// prettier-ignore
const slices: readonly (readonly [shape: number[], begin: number[], size: number[]])[] = [
  [[3, 4, 5], [1, 0, 0], [2, 4, 5]],
  [[3, 4, 5], [0, 1, 0], [3, 2, 5]],
  [[3, 4, 5], [0, 0, 2], [3, 4, 2]],
  [[3, 4, 5], [1, 1, 1], [1, 2, 3]],
  [[3, 4, 5], [1, 2], [-1, 2]],
  [[3, 4, 5], [0, 0, 0], [0, 4, 5]],
  [[3, 4, 5, 2, 2], [0, 1, 2, 0, 1], [3, 3, 2, 2, 1]],
  [[6], [2], [3]],
];

test.each(slices)("a slice of %j from %j of %j has the values that lie there", (shape, begin, size) => {
  const count = shape.map((extent, axis) => {
    const asked = size[axis] ?? -1;
    return asked < 0 ? extent - (begin[axis] ?? 0) : asked;
  });
  const places = Array.from({ length: count.reduce((product, each) => product * each, 1) }, (_, i) => {
    let [rest, place, stride] = [i, 0, 1];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const extent = count[axis] ?? 1;
      place += ((begin[axis] ?? 0) + (rest % extent)) * stride;
      rest = Math.floor(rest / extent);
      stride *= shape[axis] ?? 1;
    }
    return place;
  });
  tf.tidy(() => {
    const floats = wave(shape, 2);
    for (const x of [floats, tf.cast(tf.mul(floats, 1e6), "int32")]) {
      const found = tf.slice(x, begin, size);
      const values = x.dataSync();
      expect(found.shape).toEqual(count);
      expect(Array.from(found.dataSync())).toEqual(places.map((place) => values[place]));
    }
  });
});

for (const transposes of [
  [false, false],
  [false, true],
  [true, false],
  [true, true],
] as const) {
  for (const batch of [[], [1], [3], [2, 2]]) {
    test(`matrices multiply right: transposes ${transposes}, batch [${batch}]`, () => {
      let worst = 0;
      for (const [m = 0, n = 0, k = 0] of sizes) {
        const [transposeA, transposeB] = transposes;
        const a = wave([...batch, ...(transposeA ? [k, m] : [m, k])], 1);
        const b = wave([...batch, ...(transposeB ? [n, k] : [k, n])], 2);
        const c = tf.matMul(a, b, transposeA, transposeB);
        expect(c.shape).toEqual([...batch, m, n]);
        const difference = relativeDifference(c.dataSync(), product(a, b, transposeA, transposeB));
        worst = Math.max(worst, difference);
        tf.dispose([a, b, c]);
      }
      const what = `SIMD matrix products, transposes ${transposes.join(" ")}, wasm`;
      measured({ what, against: "sums in 64 bits", tolerance: 1e-5 }, worst);
    });
  }
}

test("the SIMD kernels are installed, and the trials leave nothing behind", () => {
  expect(installedSimd()).toBeDefined();
  expect(tf.memory().numTensors).toBe(0);
});

test("broadcasting and empty products are answered by the stock kernel", () => {
  const [a, b] = [wave([2, 3, 4], 0), wave([1, 4, 5], 1)];
  const c = tf.matMul(a, b).dataSync();
  const first = tf.matMul(tf.slice(a, [1, 0, 0], [1, 3, 4]), b).dataSync();
  expect(relativeDifference(c.slice(15), first)).toBeLessThan(1e-6);
  expect(tf.matMul(tf.zeros([0, 3]), tf.zeros([3, 2])).shape).toEqual([0, 2]);
});

test("a result that fills a heap grown meanwhile is right", () => {
  const before = wasmBackend().wasm.HEAPU8.length;
  const ballast = tf.zeros([before / 4 + 1]); // forces the heap to grow, which moves JavaScript's views of it
  expect(wasmBackend().wasm.HEAPU8.length).toBeGreaterThan(before);
  const c = tf.matMul([[1, 2]], [[3], [4]]);
  expect(c.dataSync()[0]).toBe(11);
  tf.dispose([ballast, c]);
});

test("a clone shares its values, and each of both can be disposed first", () => {
  for (const disposeFirst of [0, 1]) {
    const original = tf.tensor1d([1, 2, 3]);
    const buffers = tf.memory().numDataBuffers;
    const pair = [original, tf.clone(original)];
    expect(tf.memory().numDataBuffers).toBe(buffers);
    pair[disposeFirst]?.dispose();
    expect(Array.from(pair[1 - disposeFirst]?.dataSync() ?? [])).toEqual([1, 2, 3]);
    pair[1 - disposeFirst]?.dispose();
    expect(tf.memory().numDataBuffers).toBe(buffers - 1);
  }
});

test("a kernel that disagrees with the stock kernel is refused, and the stock kernel stays", () => {
  const stock = tf.getKernel("Neg", "wasm");
  const trials = [{ inputs: { x: [2, 3] } }];
  const wrong = () =>
    overrideKernel(
      "Neg",
      (neg) => (call) => neg({ ...call, inputs: { x: tf.square(call.inputs["x"] as Tensor) } }),
      trials,
    );
  expect(wrong).toThrow(/differs from the stock kernel by .* on \{"inputs":\{"x":\[2,3\]\}\}/);
  expect(tf.getKernel("Neg", "wasm")).toBe(stock);
});

test("a kernel that answers another shape or NaN is refused", () => {
  const trials = [{ inputs: { x: [2, 3] } }];
  const answering = (answer: () => Tensor) => () => overrideKernel("Neg", () => answer, trials);
  expect(answering(() => tf.zeros([3, 2]))).toThrow(/differs/);
  expect(answering(() => tf.fill([2, 3], NaN))).toThrow(/differs/);
});

test("running out of memory is an error that says what to do", () => {
  const backend = wasmBackend();
  const ask = () => backend.makeOutput([3 * 2 ** 28], "float32"); // 3 GiB each; the heap ends at 4
  expect(() => [ask(), ask()]).toThrow(OperationalError);
  expect(ask).toThrow(/out of memory: .*3072\.0 MB more .* smaller.*--backend node/);
  expect(() => backend.makeOutput([2 ** 31], "float32")).toThrow(/out of memory/);
});
