// A frozen table with one row for each token, on the device and as numbers.

import { addressOf, wasmBackend } from "../backends/wasm-heap.ts";
import type { HalfMatrix, Matrix } from "../primitives/half-matrix.ts";
import { tf, type Tensor2D } from "../tf.ts";
import { widen } from "../weights/half-precision.ts";
import { loadHalf } from "../weights/load-matrix.ts";
import { loadTensor, readForBackend } from "../weights/load-tensor.ts";
import type { WeightsFile } from "../weights/safetensors.ts";

/**
 * Rows are copied out in JavaScript: `gather` is slow on the wasm backend and takes no negative index, and a batch's rows
 * are few.
 */
export interface TokenTable {
  readonly matrix: Matrix; // [vocabulary, width]
  /** Rows of the ids as a new tensor, `[ids.length, width]`; a negative id gives zeros. */
  rows(ids: ArrayLike<number>): Tensor2D;
  /** The same as numbers. */
  values(ids: ArrayLike<number>): Float32Array;
}

/** Loads the table; its numbers are held once where the backend lets us read its memory. */
export function loadTokenTable(file: WeightsFile, name: string): TokenTable {
  const half = loadHalf(file, name);
  if (half) return makeHalfTable(half.matrix, half.halves);
  if (tf.getBackend() === "wasm") {
    const tensor = loadTensor(file, name) as Tensor2D;
    return makeTokenTable(tensor, () => heapNumbers(tensor));
  }
  const { shape, data } = readForBackend(file, name);
  return makeTokenTable(tf.tensor(data, [...shape]) as unknown as Tensor2D, () => data);
}

/** A table whose numbers are read anew each time, since memory that holds them may move. */
export function makeTokenTable(tensor: Tensor2D, numbers: () => Float32Array): TokenTable {
  const [, width] = tensor.shape;
  return tableOf(tensor, (ids) => pickRows(tensor, ids, numbers(), new Float32Array(ids.length * width)));
}

/** The same of a table in 16 bits: the rows that are asked for are widened. */
function makeHalfTable(half: HalfMatrix, halves: () => Uint16Array): TokenTable {
  const [, width] = half.shape;
  return tableOf(half, (ids) => {
    const rows = pickRows(half, ids, halves(), new Uint16Array(ids.length * width));
    return widen(new Uint8Array(rows.buffer), half.dtype);
  });
}

function tableOf(matrix: Matrix, values: TokenTable["values"]): TokenTable {
  return { matrix, values, rows: (ids) => tf.tensor2d(values(ids), [ids.length, matrix.shape[1]]) };
}

/** `found` with the rows of the ids in it; it comes filled with zeros. */
function pickRows<Numbers extends Float32Array | Uint16Array>(
  { shape: [vocabulary, width] }: Matrix,
  ids: ArrayLike<number>,
  table: Numbers,
  found: Numbers,
): Numbers {
  for (let row = 0; row < ids.length; row++) {
    const id = ids[row] ?? 0;
    if (id >= vocabulary) throw new RangeError(`token ${id} is outside the vocabulary of ${vocabulary}`);
    if (id >= 0) found.set(table.subarray(id * width, (id + 1) * width), row * width);
  }
  return found;
}

/** The tensor's place in the heap, good until the heap grows. */
function heapNumbers(tensor: Tensor2D): Float32Array {
  const backend = wasmBackend();
  return new Float32Array(backend.wasm.HEAPU8.buffer, addressOf(backend, tensor), tensor.size);
}
