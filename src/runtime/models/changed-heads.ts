// The linear maps of an attention with what a method does to them: into heads and out of them, forward and backward.

import { mergeHeads, splitHeads } from "../primitives/attention.ts";
import type { Matrix } from "../primitives/half-matrix.ts";
import {
  linearFromHeads,
  linearFromHeadsBackward,
  linearToHeads,
  linearToHeadsBackward,
} from "../primitives/heads.ts";
import type { Tensor2D, Tensor4D } from "../tf.ts";
import {
  changedLinear,
  changedLinearBackward,
  projectAt,
  projectBackwardAt,
  type Projection,
} from "./changed-linear.ts";
import type { InnerGradients } from "./inner-gradients.ts";
import type { BlockInside, LinearChange } from "./inside.ts";

/** `[batch × rows, in]` → `[batch, heads, rows, headWidth]`. */
export function changedToHeads(
  x: Tensor2D,
  weight: Matrix,
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
  weight: Matrix,
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
  weight: Matrix,
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
  weight: Matrix,
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

type AttentionPlace = "query" | "key" | "value" | "attentionOutput";

/** The same of maps with a bias, at a place of a block: `[batch × rows, in]` → `[batch, heads, rows, headWidth]`. */
export function projectToHeads(
  x: Tensor2D,
  map: Projection,
  at: BlockInside | undefined,
  place: AttentionPlace,
  batch: number,
  heads: number,
): Tensor4D {
  if (!at?.inside[place]) return linearToHeads(x, map.weight, batch, heads, map.bias);
  return splitHeads(projectAt(x, map, at, place), batch, x.shape[0] / batch, heads);
}

/** Gradient with respect to x, on top of `onto`. */
export function projectToHeadsBackward(
  dy: Tensor4D,
  map: Projection,
  at: BlockInside | undefined,
  place: AttentionPlace,
  x: () => Tensor2D,
  onto?: Tensor2D,
): Tensor2D {
  if (!at?.inside[place]) return linearToHeadsBackward(dy, map.weight, onto);
  return projectBackwardAt(mergeHeads(dy), map, at, place, x, onto);
}

/** `[batch, heads, rows, headWidth]` → `[batch × rows, out]`. */
export function projectFromHeads(
  x: Tensor4D,
  map: Projection,
  at: BlockInside | undefined,
  place: AttentionPlace,
): Tensor2D {
  if (!at?.inside[place]) return linearFromHeads(x, map.weight, map.bias);
  return projectAt(mergeHeads(x), map, at, place);
}

/** Gradient with respect to x, which had `heads` heads in `batch` texts. */
export function projectFromHeadsBackward(
  dy: Tensor2D,
  map: Projection,
  at: BlockInside | undefined,
  place: AttentionPlace,
  x: () => Tensor4D,
  [batch, heads]: readonly [batch: number, heads: number],
): Tensor4D {
  if (!at?.inside[place]) return linearFromHeadsBackward(dy, map.weight, batch, heads);
  const dx = projectBackwardAt(dy, map, at, place, () => mergeHeads(x()));
  return splitHeads(dx, batch, dy.shape[0] / batch, heads);
}
