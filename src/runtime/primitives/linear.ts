// Multiplication by a matrix of the backbone. Nothing is saved for the backward pass: where the matrix learns, its input is made again.

import { tf, type Tensor1D, type Tensor2D } from "../backends/tensorflow.ts";
import { product, type Matrix } from "./half-matrix.ts";
import { primitive } from "./primitive.ts";

/** y = x·Wᵀ with W stored `[out, in]`, as PyTorch does: `[rows, in]` → `[rows, out]`. A bias `[out]` or rows `[rows, out]` are added. */
export const linear = primitive((x: Tensor2D, weight: Matrix, onto?: Tensor1D | Tensor2D): Tensor2D => {
  const y = product(x, weight, true);
  return onto ? tf.add(onto, y) : y;
});

/** Gradient with respect to x: dy·W, `[rows, out]` → `[rows, in]`. Another share of it, `onto`, is added. */
export const linearBackward = primitive((dy: Tensor2D, weight: Matrix, onto?: Tensor2D): Tensor2D => {
  const dx = product(dy, weight, false);
  return onto ? tf.add(onto, dx) : dx;
});
