// Frozen linear maps into and out of the heads of an attention: the rows' values stand side by side before, head by head after.

import type { Tensor1D, Tensor2D, Tensor4D } from "../backends/tensorflow.ts";
import { mergeHeads, splitHeads } from "./attention.ts";
import type { Matrix } from "./half-matrix.ts";
import { linear, linearBackward } from "./linear.ts";
import { primitive } from "./primitive.ts";

/** x·Wᵀ + bias by heads: `[batch × rows, in]` → `[batch, heads, rows, headWidth]`. */
export const linearToHeads = primitive(
  (x: Tensor2D, weight: Matrix, batch: number, heads: number, bias?: Tensor1D): Tensor4D =>
    splitHeads(linear(x, weight, bias), batch, x.shape[0] / batch, heads),
);

/** Its gradient with respect to x, on top of another share of it: `[batch, heads, rows, headWidth]` → `[batch × rows, in]`. */
export const linearToHeadsBackward = primitive((dy: Tensor4D, weight: Matrix, onto?: Tensor2D): Tensor2D =>
  linearBackward(mergeHeads(dy), weight, onto),
);

/** x·Wᵀ + onto of the heads' values: `[batch, heads, rows, headWidth]` → `[batch × rows, out]`. */
export const linearFromHeads = primitive(
  (x: Tensor4D, weight: Matrix, onto?: Tensor1D | Tensor2D): Tensor2D => linear(mergeHeads(x), weight, onto),
);

/** Its gradient with respect to x: `[batch × rows, out]` → `[batch, heads, rows, headWidth]`. */
export const linearFromHeadsBackward = primitive(
  (dy: Tensor2D, weight: Matrix, batch: number, heads: number): Tensor4D =>
    splitHeads(linearBackward(dy, weight), batch, dy.shape[0] / batch, heads),
);
