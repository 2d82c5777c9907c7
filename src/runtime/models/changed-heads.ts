// The linear maps of an attention with what a method does to them: into heads and out of them, forward and backward.

import { mergeHeads, splitHeads } from "../primitives/attention.ts";
import {
  linearFromHeads,
  linearFromHeadsBackward,
  linearToHeads,
  linearToHeadsBackward,
} from "../primitives/heads.ts";
import type { Tensor2D, Tensor4D } from "../tf.ts";
import { changedLinear, changedLinearBackward } from "./changed-linear.ts";
import type { InnerGradients } from "./inner-gradients.ts";
import type { LinearChange } from "./inside.ts";

/** `[batch × rows, in]` → `[batch, heads, rows, headWidth]`. */
export function changedToHeads(
  x: Tensor2D,
  weight: Tensor2D,
  change: LinearChange | undefined,
  place: number,
  batch: number,
  heads: number,
): Tensor4D {
  if (!change || change.kind === "trained") return linearToHeads(x, weight, batch, heads);
  return splitHeads(changedLinear(x, weight, change, place), batch, x.shape[0] / batch, heads);
}

/** Gradient with respect to x, on top of `onto`; of the change's tensors as `changedLinearBackward` has it. */
export function changedToHeadsBackward(
  dy: Tensor4D,
  weight: Tensor2D,
  change: LinearChange | undefined,
  place: number,
  x: () => Tensor2D,
  gradients: InnerGradients | undefined,
  onto?: Tensor2D,
): Tensor2D {
  if (!change) return linearToHeadsBackward(dy, weight, onto);
  return changedLinearBackward(mergeHeads(dy), weight, change, place, x, gradients, onto);
}

/** `[batch, heads, rows, headWidth]` → `[batch × rows, out]`, on top of `onto`. */
export function changedFromHeads(
  x: Tensor4D,
  weight: Tensor2D,
  change: LinearChange | undefined,
  place: number,
  onto?: Tensor2D,
): Tensor2D {
  if (!change || change.kind === "trained") return linearFromHeads(x, weight, onto);
  return changedLinear(mergeHeads(x), weight, change, place, onto);
}

/** Gradient with respect to x, which had `heads` heads in `batch` texts. */
export function changedFromHeadsBackward(
  dy: Tensor2D,
  weight: Tensor2D,
  change: LinearChange | undefined,
  place: number,
  x: () => Tensor2D,
  gradients: InnerGradients | undefined,
  [batch, heads]: readonly [batch: number, heads: number],
): Tensor4D {
  if (!change) return linearFromHeadsBackward(dy, weight, batch, heads);
  const dx = changedLinearBackward(dy, weight, change, place, x, gradients);
  return splitHeads(dx, batch, dy.shape[0] / batch, heads);
}
