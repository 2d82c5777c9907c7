// Multiplication by a matrix of the backbone. Nothing is saved for the backward pass: where the matrix learns, its input is made again.

import { tf, type Tensor2D } from "../tf.ts";

/** y = x·Wᵀ with W stored `[out, in]`, as PyTorch does: `[rows, in]` → `[rows, out]`. */
export function linear(x: Tensor2D, weight: Tensor2D): Tensor2D {
  return tf.matMul(x, weight, false, true);
}

/** Gradient with respect to x: dy·W, `[rows, out]` → `[rows, in]`. */
export function linearBackward(dy: Tensor2D, weight: Tensor2D): Tensor2D {
  return tf.matMul(dy, weight);
}
