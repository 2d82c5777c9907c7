// A frozen matrix whose numbers keep the 16 bits that its checkpoint has for them; what multiplies by it widens them on the way, so that
// the answer is that of the widened matrix to the last bit.

import { tf, type Tensor, type Tensor1D, type Tensor2D } from "../backends/tensorflow.ts";
import { widen, type HalfDtype } from "../weights/half-precision.ts";
import { hasKernel, primitive } from "./primitive.ts";

/** A matrix in 16 bits, finite ones where it is of F16. Its `bits` are what is on the device, to be disposed like any tensor. */
export interface HalfMatrix {
  readonly dtype: HalfDtype;
  readonly shape: readonly [rows: number, columns: number];
  /** Row by row, two numbers in each int32, the first in its lower half: `[⌈rows × columns / 2⌉]`. */
  readonly bits: Tensor1D;
}

/** A matrix of these bits, row by row, which must stay as they are; its tensor is the caller's. */
export function makeHalfMatrix(
  dtype: HalfDtype,
  shape: readonly [rows: number, columns: number],
  halves: Uint16Array,
): HalfMatrix {
  const { buffer, byteOffset, length } = halves;
  if (length % 2 === 0 && byteOffset % 4 === 0)
    return { dtype, shape, bits: tf.tensor1d(new Int32Array(buffer, byteOffset, length / 2), "int32") };
  const words = new Int32Array(Math.ceil(length / 2));
  new Uint16Array(words.buffer).set(halves);
  return { dtype, shape, bits: tf.tensor1d(words, "int32") };
}

/** A matrix of the backbone, `[out, in]`. One that learns is in 32 bits. */
export type Matrix = Tensor2D | HalfMatrix;

export function isHalf(weight: Tensor | HalfMatrix): weight is HalfMatrix {
  return "bits" in weight;
}

/** The same in 32 bits, exactly; the caller disposes it. */
export const widened = primitive(({ dtype, shape: [rows, columns], bits }: HalfMatrix): Tensor2D => {
  const numbers = widen(bytesOf(bits.dataSync<"int32">(), rows * columns), dtype);
  return tf.tensor2d(numbers, [rows, columns]);
});

/** Whether the backend of that name multiplies by matrices in 16 bits; where it does not, they are to be widened as they are loaded. */
export function takesHalves(backendName: string): boolean {
  return hasKernel(widened, backendName);
}

/** x·Wᵀ, or x·W, of a matrix in 16 bits. */
export const halfProduct = primitive((x: Tensor2D, weight: HalfMatrix, transposed: boolean): Tensor2D => {
  const wide = widened(weight);
  const y = tf.matMul(x, wide, false, transposed) as Tensor2D;
  wide.dispose(); // a block's tidy would keep it beside those of the block's other matrices
  return y;
});

/** x·Wᵀ with W as `[out, in]`, or x·W. */
export function product(x: Tensor2D, weight: Matrix, transposed: boolean): Tensor2D {
  return isHalf(weight) ? halfProduct(x, weight, transposed) : tf.matMul(x, weight, false, transposed);
}

/** The tensor that is on the device. */
export function storageOf(weight: Matrix): Tensor {
  return isHalf(weight) ? weight.bits : weight;
}

/** A weight's numbers in 32 bits, a copy. */
export async function numbersOf(weight: Tensor | HalfMatrix): Promise<Float32Array> {
  if (!isHalf(weight)) return Float32Array.from(await weight.data<"float32">());
  const [rows, columns] = weight.shape;
  return widen(bytesOf(await weight.bits.data<"int32">(), rows * columns), weight.dtype);
}

function bytesOf(bits: Int32Array, count: number): Uint8Array {
  return new Uint8Array(bits.buffer, bits.byteOffset, 2 * count);
}
