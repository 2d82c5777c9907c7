// Matrices in 16 bits: what the kernels of wasm and webgpu make of them, bit by bit, at every size and in every pattern.

import { beforeAll, describe, expect, test } from "vitest";
import { installedSimd } from "../../../src/runtime/kernels/install-kernels.ts";
import { installHalves } from "../../../src/runtime/kernels/half-matmul.ts";
import { widenKernel } from "../../../src/runtime/kernels/webgpu/halves.ts";
import { linearKernel, tiledMatMul } from "../../../src/runtime/kernels/webgpu/matmul.ts";
import type { Tile } from "../../../src/runtime/kernels/webgpu/matmul-program.ts";
import {
  halfProduct,
  makeHalfMatrix,
  numbersOf,
  takesHalves,
  widened,
  type HalfMatrix,
} from "../../../src/runtime/primitives/half-matrix.ts";
import { linear, linearBackward } from "../../../src/runtime/primitives/linear.ts";
import { setKernel } from "../../../src/runtime/primitives/primitive.ts";
import { startBackend, tf, type Tensor, type Tensor2D } from "../../../src/runtime/tf.ts";
import { narrow, numbersIn } from "../../support/half-checkpoints.ts";
import { hasSoftwareAdapter, startSoftwareWebgpu } from "../../support/software-adapter.ts";

const dtypes = ["F16", "BF16"] as const;

function wave(rows: number, columns: number, phase: number): Tensor2D {
  const values = Float32Array.from({ length: rows * columns }, (_, i) => Math.sin(phase + i * i * 0.21));
  return tf.tensor2d(values, [rows, columns]);
}

/** Numbers in ±1, every tenth subnormal in binary16, in 16 bits and in 32. */
function twins(dtype: HalfMatrix["dtype"], rows: number, columns: number): [HalfMatrix, Tensor2D] {
  const values = Float32Array.from({ length: rows * columns }, (_, i) => {
    return Math.sin(3 + i * i * 0.37) * (i % 10 === 0 ? 5e-5 : 1);
  });
  const halves = narrow(values, dtype);
  const half = makeHalfMatrix(dtype, [rows, columns], halves);
  return [half, tf.tensor2d(numbersIn(halves, dtype), [rows, columns])];
}

const bitsOf = async (tensor: Tensor): Promise<Int32Array> => {
  const values = Float32Array.from(await tensor.data<"float32">());
  return new Int32Array(values.buffer);
};

/** All patterns, as a matrix and as numbers; those that are no number are left out of a comparison by bits. */
function everyPattern(dtype: HalfMatrix["dtype"]) {
  const halves = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);
  return { half: makeHalfMatrix(dtype, [256, 256], halves), numbers: numbersIn(halves, dtype) };
}

test("rounding to 16 bits, on which the tests stand, takes the nearest number and the even one of two", () => {
  for (const dtype of dtypes) {
    const patterns = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);
    const numbers = numbersIn(patterns, dtype);
    const again = narrow(numbers, dtype);
    expect(patterns.filter((bits, i) => Number.isFinite(numbers[i]) && again[i] !== bits)).toEqual(
      new Uint16Array(),
    );
  }
  const [one, next] = [1, 1 + 2 ** -10];
  const between = Float32Array.of((one + next) / 2, (one + next) / 2 + 1e-6, 2 ** -25, 3 * 2 ** -25, 2047.5);
  expect([...numbersIn(narrow(between, "F16"), "F16")]).toEqual([one, next, 0, 2 ** -23, 2048]);
});

describe("on wasm", () => {
  beforeAll(async () => {
    await startBackend("wasm", 3);
  });

  const sizes = [
    [1, 1, 1],
    [4, 8, 4],
    [5, 9, 7],
    [3, 15, 2],
    [1, 1001, 33], // one row, as in writing
    [97, 70, 3], // more rows than one block of A holds
    [6, 83, 1100], // more columns than one panel of B holds
    [33, 1201, 70], // divided along columns
    [260, 67, 2500], // an inner dimension of several blocks
  ] as const;

  test.each(dtypes.flatMap((dtype) => sizes.map((size) => [dtype, ...size] as const)))(
    "products with %s have the bits of those in 32: [%i, %i, %i]",
    async (dtype, m, n, k) => {
      const simd = installedSimd();
      if (simd === undefined) throw new Error("the SIMD kernels are not installed");
      for (const transposed of [true, false]) {
        const x = wave(m, k, 1);
        const [half, wide] = transposed ? twins(dtype, n, k) : twins(dtype, k, n);
        const expected = await bitsOf(tf.matMul(x, wide, false, transposed));
        expect(expected.some((bits) => bits !== 0)).toBe(true);
        for (const threads of [1, 2, 3]) {
          simd.threads = threads;
          expect(await bitsOf(halfProduct(x, half, transposed))).toEqual(expected);
        }
        const onto = wave(m, n, 2);
        const [mapped, inWide] = transposed
          ? [linear(x, half, onto), linear(x, wide, onto)]
          : [linearBackward(x, half, onto), linearBackward(x, wide, onto)];
        expect(await bitsOf(mapped)).toEqual(await bitsOf(inWide));
      }
    },
  );

  test.each(dtypes)("every pattern of %s is widened exactly, infinities among them", async (dtype) => {
    const { half, numbers } = everyPattern(dtype);
    const found = await widened(half).data();
    expect([...found].findIndex((value, i) => !Object.is(value, numbers[i]))).toBe(-1);
    expect(await numbersOf(half)).toEqual(numbers);
  });

  test("a matrix with an odd number of entries ends with half a word", async () => {
    const [half, wide] = twins("F16", 3, 5);
    expect(half.bits.size).toBe(8);
    expect(await numbersOf(half)).toEqual(await wide.data());
    expect(await bitsOf(widened(half))).toEqual(await bitsOf(wide));
  });

  test("sizes that do not fit are refused, and no rows are no product", () => {
    const [half] = twins("F16", 4, 6);
    expect(() => halfProduct(wave(2, 5, 1), half, true)).toThrow("[2, 5] cannot be multiplied by [6, 4]");
    expect(halfProduct(tf.zeros([0, 6]), half, true).shape).toEqual([0, 4]);
  });

  test("kernels that multiply otherwise are refused, and the trials leave nothing behind", () => {
    const simd = installedSimd();
    if (simd === undefined) throw new Error("the SIMD kernels are not installed");
    expect(takesHalves("wasm")).toBe(true);
    setKernel(widened, "wasm", undefined);
    const before = tf.memory().numTensors;
    const asBfloat16 = { ...simd, widenFloat16: simd.widenBfloat16 };
    expect(() => installHalves(asBfloat16)).toThrow(/do not multiply like .* in 32 bits: \{"dtype":"F16"/);
    const asFloat16: typeof simd = {
      ...simd,
      matMul: (a, b, c, batch, m, n, k, transposeA, transposeB) =>
        simd.matMul(a, b, c, batch, m, n, k, transposeA, transposeB, "F16"),
    };
    expect(() => installHalves(asFloat16)).toThrow(/\{"dtype":"BF16"/);
    expect(takesHalves("wasm")).toBe(false);
    installHalves(simd);
    expect(takesHalves("wasm")).toBe(true);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe.skipIf(!hasSoftwareAdapter)("on a software adapter", () => {
  beforeAll(startSoftwareWebgpu);

  test.each(dtypes)("every pattern of %s is widened exactly", async (dtype) => {
    await startSoftwareWebgpu();
    const { half, numbers } = everyPattern(dtype);
    const found = await bitsOf(widenKernel(half));
    const bits = new Int32Array(numbers.buffer);
    expect(found.findIndex((each, i) => each !== bits[i] && !Number.isNaN(numbers[i]))).toBe(-1);
    const [odd, wide] = twins(dtype, 7, 37);
    expect(await bitsOf(widenKernel(odd))).toEqual(await bitsOf(wide));
  });

  /** Multiples of four and none; odd ones, where a row begins in the middle of a word; one tile and several. */
  const sizes = [
    [20, 36, 24],
    [35, 34, 18],
    [19, 51, 33],
    [16, 17, 127],
  ] as const;

  const tiles: readonly Tile[] = [32, 64, 128];
  test.each(dtypes.flatMap((dtype) => tiles.map((tile) => [dtype, tile] as const)))(
    "products with %s in tiles of %i have the bits of those in 32",
    async (dtype, tile) => {
      await startSoftwareWebgpu();
      // A software driver takes seconds to compile one of the larger tiles, which differ in nothing but their size.
      for (const [m, n, k] of tile === 32 ? sizes : sizes.slice(2, 3)) {
        for (const transposed of tile === 32 ? [true, false] : [true]) {
          const x = wave(m, k, 1);
          const [half, wide] = transposed ? twins(dtype, n, k) : twins(dtype, k, n);
          const expected = await bitsOf(tiledMatMul(x, wide, false, transposed, tile));
          const found = await bitsOf(tiledMatMul(x, half, false, transposed, tile));
          expect([m, n, k, transposed, found]).toEqual([m, n, k, transposed, expected]);
        }
      }
    },
    120_000,
  );

  test("a few rows are multiplied by our program as well, and nothing is widened beside it", async () => {
    await startSoftwareWebgpu();
    const [half, wide] = twins("F16", 36, 24);
    const [x, onto] = [wave(3, 24, 1), wave(3, 36, 2)];
    const before = tf.memory().numTensors;
    const found = linearKernel(x, half, onto);
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(await bitsOf(found)).toEqual(await bitsOf(linearKernel(x, wide, onto)));
  });
});
