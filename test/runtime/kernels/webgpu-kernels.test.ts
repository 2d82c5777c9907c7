// Our kernels on webgpu, on a software adapter, against the compositions they replace on cpu.

import { beforeAll, describe, expect, test } from "vitest";
import {
  installWebgpuKernels,
  tensorsOf,
} from "../../../src/runtime/kernels/webgpu/install-webgpu-kernels.ts";
import { trials, type Trial } from "../../../src/runtime/kernels/webgpu/trials.ts";
import { dispatch } from "../../../src/runtime/kernels/webgpu/dispatch.ts";
import { stockMatMul, tiledMatMul, tileFor } from "../../../src/runtime/kernels/webgpu/matmul.ts";
import type { Tile } from "../../../src/runtime/kernels/webgpu/matmul-program.ts";
import { hasKernel, primitive, setKernel } from "../../../src/runtime/primitives/primitive.ts";
import { startBackend, tf, type Tensor } from "../../../src/runtime/tf.ts";
import { hasSoftwareAdapter, startSoftwareWebgpu } from "../../support/software-adapter.ts";
import { sumsOf, termCounts } from "../../support/sums.ts";
import { relativeDifference } from "../../support/tiny-t5.ts";

const tiles: readonly Tile[] = [32, 64, 128];

describe.skipIf(!hasSoftwareAdapter)("on a software adapter", () => {
  beforeAll(startSoftwareWebgpu);

  // What must agree to the last bit is in half-kernels.test.ts.
  test.each(trials.filter(({ isExact }) => !isExact))(
    "$name agrees with its composition on cpu",
    async ({ name, stock, kernel, calls, moreCalls = () => [] }) => {
      const given = () => [...calls(), ...moreCalls()];
      const onCpu = name === "matrix products" ? tf.matMul : stock;
      await startBackend("cpu");
      const expected = await answersOf(onCpu as Trial["kernel"], given());
      await startSoftwareWebgpu();
      const found = await answersOf(kernel, given());
      expect(found.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
      for (const [index, { values }] of found.entries())
        expect(relativeDifference(values, expected[index]?.values ?? [])).toBeLessThan(1e-5);
    },
  );

  test("more rows than one direction of the grid has workgroups", async () => {
    await startSoftwareWebgpu();
    // Against plain arithmetic: on SwiftShader, TensorFlow.js's program is wrong in the last of so many rows.
    const softmax = trials.find(({ name }) => name === "softmax");
    const rows = 66_001;
    const scores = Float32Array.from({ length: 2 * rows }, (_, i) => (i % 7) - 3);
    const given = [tf.tensor4d(scores, [1, 1, rows, 2]), tf.zeros([1, 1, 1, 2])] as never[];
    const [found] = tensorsOf(softmax?.kernel(...given));
    const expected = scores.map((score, i) => 1 / (1 + Math.exp((scores[i ^ 1] ?? NaN) - score)));
    expect(relativeDifference((await found?.data()) ?? [], expected)).toBeLessThan(1e-5);
  });

  test.each(tiles)(
    "products in tiles of %i are right for every transpose that steps use, whatever the size",
    async (tile) => {
      await startSoftwareWebgpu();
      for (const [transposeA, transposeB] of transposesFor(tile)) {
        for (const [batch, m, n, k] of sizesFor(tile)) {
          const a = wave(transposeA ? [batch, k, m] : [batch, m, k], 1);
          const b = wave(transposeB ? [batch, n, k] : [batch, k, n], 2);
          const found = tiledMatMul(a, b, transposeA, transposeB, tile);
          const expected = stockMatMul(a, b, transposeA, transposeB);
          const difference = relativeDifference(await found.data(), await expected.data());
          const which = [batch, m, n, k, transposeA, transposeB];
          expect([...which, difference < 1e-5]).toEqual([...which, true]);
          tf.dispose([a, b, found, expected]);
        }
      }
    },
  );

  test.each(termCounts)("%i terms are added up and freed", async (count) => {
    await startSoftwareWebgpu();
    const { found, expected, leftOver } = await sumsOf(count);
    expect(found).toEqual(expected);
    expect(leftOver).toBe(0);
  });

  test("a product is the same to the bit in every tile and at every time", async () => {
    await startSoftwareWebgpu();
    const [a, b] = [wave([1, 70, 50], 1), wave([1, 60, 50], 2)];
    const answers = [...tiles, ...tiles].map((tile) => tiledMatMul(a, b, false, true, tile));
    const [first, ...others] = await Promise.all(answers.map((answer) => answer.data()));
    for (const other of others) expect(other).toEqual(first);
  });

  test("products that broadcast, are thin or empty are TensorFlow.js's", async () => {
    await startSoftwareWebgpu();
    const a = wave([2, 20, 24], 1);
    const b = wave([1, 24, 18], 2);
    const once = tf.matMul(tf.slice(a, [1, 0, 0], [1, 20, 24]), b);
    const repeated = await tf.matMul(a, b).data();
    expect(relativeDifference(repeated.slice(20 * 18), await once.data())).toBeLessThan(1e-6);
    expect(Array.from(await tf.matMul([[1, 2]], [[3], [4]]).data())).toEqual([11]);
    expect(tf.matMul(tf.zeros([0, 3]), tf.zeros([3, 2])).shape).toEqual([0, 2]);
  });

  test("the tile follows the size", () => {
    expect(tileFor({ batch: 1, m: 9_472, n: 768 })).toBe(128);
    expect(tileFor({ batch: 384, m: 296, n: 64 })).toBe(64);
    expect(tileFor({ batch: 1, m: 64, n: 768 })).toBe(32);
  });

  test("the trials of a start leave nothing behind", async () => {
    await startSoftwareWebgpu();
    const before = tf.memory().numTensors;
    expect(await installWebgpuKernels()).toEqual([]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test("a kernel that agrees takes the composition's place", async () => {
    await startSoftwareWebgpu();
    let calls = 0;
    const { trial, doubling } = trialOf((x) => (calls++, tf.add(x, x)));
    expect(await installWebgpuKernels([trial])).toEqual([]);
    expect(Array.from(await doubling(tf.tensor1d([5])).data())).toEqual([10]);
    expect(calls).toBe(2);
  });

  test("a kernel that gives other numbers is left out, and the composition stays", async () => {
    await startSoftwareWebgpu();
    const { trial, doubling } = trialOf((x) => tf.mul(x, 2.001));
    expect(await installWebgpuKernels([trial])).toEqual([
      expect.stringMatching(/^the kernel for doubling is left out: it differs by 5\.\de-4$/),
    ]);
    expect(hasKernel(doubling, "webgpu")).toBe(false);
  });

  test("a kernel that must have the same bits is left out for the last one", async () => {
    await startSoftwareWebgpu();
    const almost = (x: Tensor) => tf.mul(x, 2 + 2 ** -22);
    const { trial, doubling } = trialOf(almost);
    expect(await installWebgpuKernels([{ ...trial, isExact: true }])).toEqual([
      expect.stringMatching(/^the kernel for doubling is left out: it differs by \d\.\de-7$/),
    ]);
    expect(hasKernel(doubling, "webgpu")).toBe(false);
    expect(await installWebgpuKernels([trial])).toEqual([]);
  });

  test("a kernel that the device refuses is left out, and reading goes on", async () => {
    await startSoftwareWebgpu();
    const program = {
      name: "broken",
      inputs: { x: "f32" },
      outputs: { y: "f32" },
      uniforms: { count: "u32" },
      code: "@compute @workgroup_size(1) fn main() { y[0] = nonsense; }",
    } as const;
    const { trial, doubling } = trialOf((x) => dispatch(program, [x], [x.shape], [x.size], [1])[0] ?? x);
    expect(await installWebgpuKernels([trial])).toEqual([
      expect.stringMatching(/^the kernel for doubling is left out: .*nonsense/),
    ]);
    expect(hasKernel(doubling, "webgpu")).toBe(false);
    expect(Array.from(await tf.add([1, 2], [3, 4]).data())).toEqual([4, 6]);
  });
});

/** All for the smallest tile. A software driver takes seconds to compile one of the others, which differ in nothing but their size. */
function transposesFor(tile: Tile): [boolean, boolean][] {
  const used: [boolean, boolean][] = [
    [false, true],
    [false, false],
    [true, false],
  ];
  return tile === 32 ? [...used, [true, true]] : used;
}

/** Whole tiles, broken ones, more than one round of k, several matrices; rows of a multiple of four numbers and others. */
function sizesFor(tile: Tile): [number, number, number, number][] {
  return [
    [1, tile, tile, 16],
    [2, tile + 5, tile + 3, 19],
    [1, 20, tile + 4, 36],
  ];
}

function wave(shape: readonly number[], phase: number): Tensor {
  const size = shape.reduce((product, extent) => product * extent, 1);
  const values = Float32Array.from({ length: size }, (_, index) => Math.sin(phase + index * index * 0.21));
  return tf.tensor(values, [...shape]);
}

/** Another way to double, on trial. */
function trialOf(kernel: (x: Tensor) => Tensor) {
  const doubling = primitive((x: Tensor) => tf.mul(x, 2));
  const trial: Trial = {
    name: "doubling",
    stock: doubling.stock,
    kernel,
    calls: () => [[tf.tensor1d([1, 2, 3])]],
    install: () => setKernel(doubling, "webgpu", kernel),
  };
  return { trial, doubling };
}

async function answersOf(call: Trial["kernel"], calls: readonly (readonly unknown[])[]) {
  const tensors = calls.flatMap((given) => tensorsOf(call(...(given as never[]))));
  const answers = await Promise.all(
    tensors.map(async (tensor) => ({ shape: tensor.shape, values: await tensor.data() })),
  );
  tf.dispose(tensors);
  return answers;
}
