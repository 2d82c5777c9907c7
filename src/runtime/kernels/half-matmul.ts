// Products with matrices in 16 bits on the wasm backend, through the SIMD kernel, which widens them into the panels that it packs anyway.

import { tf, type Tensor2D } from "../backends/tensorflow.ts";
import { addressOf, wasmBackend } from "../backends/wasm-heap.ts";
import { halfProduct, makeHalfMatrix, widened, type HalfMatrix } from "../primitives/half-matrix.ts";
import { setKernel } from "../primitives/primitive.ts";
import type { HalfDtype } from "../weights/half-precision.ts";
import type { SimdModule } from "./simd-module.ts";

/**
 * From now on the wasm backend multiplies by matrices in 16 bits. Throws, changing nothing, where a product is not that with the widened
 * matrix, bit by bit.
 */
export function installHalves(simd: SimdModule): void {
  const widen = (half: HalfMatrix) => widenInHeap(simd, half);
  const multiply = (x: Tensor2D, half: HalfMatrix, transposed: boolean) =>
    multiplyByHalf(simd, x, half, transposed);
  const failed = trials.find((trial) => !isExact(trial, widen, multiply));
  if (failed)
    throw new Error(`they do not multiply like the same numbers in 32 bits: ${JSON.stringify(failed)}`);
  setKernel(widened, "wasm", widen);
  setKernel(halfProduct, "wasm", multiply);
}

function widenInHeap(simd: SimdModule, { dtype, shape, bits }: HalfMatrix): Tensor2D {
  const backend = wasmBackend();
  const wide = backend.makeOutput(shape, "float32");
  const [source, target, count] = [addressOf(backend, bits), addressOf(backend, wide), shape[0] * shape[1]];
  if (dtype === "F16") simd.widenFloat16(source, target, count);
  else simd.widenBfloat16(source, target, count);
  return tf.engine().makeTensorFromTensorInfo(wide) as Tensor2D;
}

function multiplyByHalf(simd: SimdModule, x: Tensor2D, half: HalfMatrix, transposed: boolean): Tensor2D {
  const [m, k] = x.shape;
  const [rows, columns] = half.shape;
  const [n, inner] = transposed ? [rows, columns] : [columns, rows];
  if (k !== inner) throw new Error(`[${m}, ${k}] cannot be multiplied by [${inner}, ${n}]`);
  if (m * n * k === 0) return halfProduct.stock(x, half, transposed);
  const backend = wasmBackend();
  const y = backend.makeOutput([m, n], "float32");
  const [atX, atHalf, atY] = [addressOf(backend, x), addressOf(backend, half.bits), addressOf(backend, y)];
  simd.matMul(atX, atHalf, atY, 1, m, n, k, false, transposed, half.dtype);
  return tf.engine().makeTensorFromTensorInfo(y) as Tensor2D;
}

interface HalfTrial {
  readonly dtype: HalfDtype;
  readonly transposed: boolean;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** Whole and broken strips of 4 rows and 8 columns, and a product for all threads. */
const trials: readonly HalfTrial[] = (["F16", "BF16"] as const).flatMap((dtype) =>
  [false, true].flatMap((transposed) =>
    [
      { m: 4, n: 8, k: 4 },
      { m: 7, n: 19, k: 13 },
      { m: 150, n: 140, k: 100 },
    ].map((size) => ({ dtype, transposed, ...size })),
  ),
);

/** Whether the widened matrix, and a product with it, have the bits of what was widened in JavaScript. */
function isExact(
  { dtype, transposed, m, n, k }: HalfTrial,
  widen: (half: HalfMatrix) => Tensor2D,
  multiply: typeof halfProduct.stock,
): boolean {
  return tf.tidy((() => {
    const x = tf.tensor2d(
      Float32Array.from({ length: m * k }, (_, index) => Math.sin(index * index)),
      [m, k],
    );
    const half = madeUp(dtype, transposed ? [n, k] : [k, n]);
    const wide = widened.stock(half);
    const expected = tf.matMul(x, wide, false, transposed) as Tensor2D;
    return sameBits(widen(half), wide) && sameBits(multiply(x, half, transposed), expected);
  }) as unknown as () => Tensor2D) as unknown as boolean;
}

/** Numbers in ±2, subnormals among them, by patterns that look drawn. */
function madeUp(dtype: HalfDtype, shape: readonly [number, number]): HalfMatrix {
  const length = shape[0] * shape[1];
  const halves = Uint16Array.from({ length }, (_, index) => (Math.imul(index, 0x9e3779b1) >>> 16) & 0xbfff);
  return makeHalfMatrix(dtype, shape, halves);
}

function sameBits(a: Tensor2D, b: Tensor2D): boolean {
  const [bytes, others] = [a, b].map((tensor) => {
    const values = tensor.dataSync<"float32">();
    return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  });
  return bytes !== undefined && others !== undefined && bytes.equals(others);
}
