// A frozen table with one row for each token, on the device and as numbers.

import { tf, type Tensor2D } from "../tf.ts";

/**
 * Rows are copied out in JavaScript: `gather` is slow on the wasm backend and takes no negative index, and a batch's rows
 * are few.
 */
export interface TokenTable {
  readonly tensor: Tensor2D; // [vocabulary, width]
  /** Rows of the ids as a new tensor, `[ids.length, width]`; a negative id gives zeros. */
  rows(ids: ArrayLike<number>): Tensor2D;
  /** The same as numbers. */
  values(ids: ArrayLike<number>): Float32Array;
}

export function makeTokenTable(tensor: Tensor2D, numbers: Float32Array): TokenTable {
  const [vocabulary, width] = tensor.shape;
  const values = (ids: ArrayLike<number>) => {
    const found = new Float32Array(ids.length * width);
    for (let row = 0; row < ids.length; row++) {
      const id = ids[row] ?? 0;
      if (id >= vocabulary) throw new RangeError(`token ${id} is outside the vocabulary of ${vocabulary}`);
      if (id >= 0) found.set(numbers.subarray(id * width, (id + 1) * width), row * width);
    }
    return found;
  };
  return { tensor, values, rows: (ids) => tf.tensor2d(values(ids), [ids.length, width]) };
}
