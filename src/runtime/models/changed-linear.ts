// A linear map with what a method does to it, forward and backward.

import type { Matrix } from "../primitives/half-matrix.ts";
import { linear, linearBackward } from "../primitives/linear.ts";
import { reluBackward } from "../primitives/relu.ts";
import { tf, type Tensor1D, type Tensor2D } from "../tf.ts";
import { matrixAt, vectorAt, type InnerGradients } from "./inner-gradients.ts";
import type { BlockInside, Bottleneck, LinearChange } from "./inside.ts";

/** A frozen linear map with or without a bias. */
export interface Projection {
  readonly weight: Matrix; // [out, in]
  readonly bias: Tensor1D | undefined; // [out]
}

/** x·Wᵀ + b as it was pretrained: `[rows, in]` → `[rows, out]`. */
export function project(x: Tensor2D, { weight, bias }: Projection): Tensor2D {
  return linear(x, weight, bias);
}

/** x·Wᵀ, changed, on top of `onto`: `[rows, in]` → `[rows, out]`. A bias belongs to the map: what scales the map scales it, too. */
export function changedLinear(
  x: Tensor2D,
  weight: Matrix,
  change: LinearChange | undefined,
  place: number,
  onto?: Tensor2D,
  bias?: Tensor1D,
): Tensor2D {
  if (!change || change.kind === "trained") {
    if (!bias) return linear(x, weight, onto);
    return onto ? tf.add(onto, linear(x, weight, bias)) : linear(x, weight, bias);
  }
  const y = changed(x, { weight, bias }, change, place);
  return onto ? tf.add(onto, y) : y;
}

function changed(
  x: Tensor2D,
  map: Projection,
  change: Exclude<LinearChange, { readonly kind: "trained" }>,
  place: number,
): Tensor2D {
  const y = project(x, map);
  switch (change.kind) {
    case "lowRank": {
      const low = linear(x, matrixAt(change.down, place)); // [rows, rank]
      return tf.add(y, tf.mul(linear(low, matrixAt(change.up, place)), change.scale)) as Tensor2D;
    }
    case "scaled":
      return tf.mul(y, vectorAt(change.by, place)) as Tensor2D;
    case "shifted":
      return tf.add(y, vectorAt(change.by, place)) as Tensor2D;
  }
}

/**
 * Gradient with respect to x, on top of another share of it, `onto`; those of the change's tensors, or of the weight where it learns, go
 * to `gradients`. `x` is made anew only where it is needed.
 */
export function changedLinearBackward(
  dy: Tensor2D,
  weight: Matrix,
  change: LinearChange | undefined,
  place: number,
  x: () => Tensor2D,
  gradients: InnerGradients | undefined,
  onto?: Tensor2D,
  bias?: Tensor1D,
): Tensor2D {
  switch (change?.kind) {
    case undefined:
      return linearBackward(dy, weight, onto);
    case "trained":
      gradients?.weights.add(weight, () => tf.matMul(dy, x(), true, false));
      return linearBackward(dy, weight, onto);
    case "lowRank": {
      const [down, up, input] = [matrixAt(change.down, place), matrixAt(change.up, place), x()];
      const dScaled = tf.mul(dy, change.scale) as Tensor2D;
      const dLow = linearBackward(dScaled, up); // [rows, rank]
      gradients?.add(change.up, place, tf.matMul(dScaled, linear(input, down), true, false));
      gradients?.add(change.down, place, tf.matMul(dLow, input, true, false));
      return linearBackward(dy, weight, linearBackward(dLow, down, onto));
    }
    case "scaled":
      gradients?.add(change.by, place, tf.sum(tf.mul(dy, project(x(), { weight, bias })), 0));
      return linearBackward(tf.mul(dy, vectorAt(change.by, place)) as Tensor2D, weight, onto);
    case "shifted":
      gradients?.add(change.by, place, tf.sum(dy, 0));
      return linearBackward(dy, weight, onto);
  }
}

/** The linear maps of a block, an attention's counted with the attentions and the others with the layers. */
const places = {
  query: "attention",
  key: "attention",
  value: "attention",
  attentionOutput: "attention",
  feedForwardInput: "layer",
  feedForwardOutput: "layer",
} as const;

type Place = keyof typeof places;

/** `project` at a place of a block, with what the method does there. */
export function projectAt(x: Tensor2D, map: Projection, at: BlockInside | undefined, place: Place): Tensor2D {
  const index = at?.[places[place]] ?? 0;
  return changedLinear(x, map.weight, at?.inside[place], index, undefined, map.bias);
}

/** Gradient with respect to x, on top of `onto`; those of the change's tensors go to the block's. `x` is made anew only where it is needed. */
export function projectBackwardAt(
  dy: Tensor2D,
  { weight, bias }: Projection,
  at: BlockInside | undefined,
  place: Place,
  x: () => Tensor2D,
  onto?: Tensor2D,
): Tensor2D {
  const index = at?.[places[place]] ?? 0;
  return changedLinearBackward(dy, weight, at?.inside[place], index, x, at?.gradients, onto, bias);
}

/** The hidden units of a feed-forward block as its output projection reads them, `[rows, feedForwardWidth]`. */
export function hiddenAt(active: Tensor2D, at: BlockInside | undefined): Tensor2D {
  const by = at?.inside.hidden?.by;
  return by ? (tf.mul(active, vectorAt(by, at?.layer ?? 0)) as Tensor2D) : active;
}

/** Gradient with respect to the hidden units; that of their factor goes to the block's. */
export function hiddenBackwardAt(
  dRead: Tensor2D,
  active: () => Tensor2D,
  at: BlockInside | undefined,
): Tensor2D {
  const { inside, gradients, layer = 0 } = at ?? {};
  const by = inside?.hidden?.by;
  if (!by) return dRead;
  gradients?.add(by, layer, tf.sum(tf.mul(dRead, active()), 0));
  return tf.mul(dRead, vectorAt(by, layer)) as Tensor2D;
}

/** y + relu(y·Dᵀ + b)·Uᵀ + c, `[rows, width]`. */
export function throughBottleneck(y: Tensor2D, change: Bottleneck, layer: number): Tensor2D {
  const added = linear(bottleneckHidden(y, change, layer), matrixAt(change.up, layer));
  return tf.add(y, tf.add(added, vectorAt(change.upBias, layer))) as Tensor2D;
}

/** Gradient with respect to y; those of the tensors go to `gradients`. */
export function bottleneckBackward(
  dz: Tensor2D,
  y: Tensor2D,
  change: Bottleneck,
  layer: number,
  gradients: InnerGradients,
): Tensor2D {
  const hidden = bottleneckHidden(y, change, layer);
  const dHidden = reluBackward(linearBackward(dz, matrixAt(change.up, layer)), hidden);
  gradients.add(change.up, layer, tf.matMul(dz, hidden, true, false));
  gradients.add(change.upBias, layer, tf.sum(dz, 0));
  gradients.add(change.down, layer, tf.matMul(dHidden, y, true, false));
  gradients.add(change.downBias, layer, tf.sum(dHidden, 0));
  return tf.add(dz, linearBackward(dHidden, matrixAt(change.down, layer))) as Tensor2D;
}

/** What a block adds to its residual, through a bottleneck where the method has one. */
export function through(plain: Tensor2D, after: Bottleneck | undefined, layer: number): Tensor2D {
  return after ? throughBottleneck(plain, after, layer) : plain;
}

/** Gradient with respect to what goes through; `plain` is made anew only for a bottleneck. */
export function throughBackward(
  dz: Tensor2D,
  plain: () => Tensor2D,
  after: Bottleneck | undefined,
  at: BlockInside | undefined,
): Tensor2D {
  return after && at ? bottleneckBackward(dz, plain(), after, at.layer ?? 0, at.gradients) : dz;
}

/** `[rows, size]`. */
function bottleneckHidden(y: Tensor2D, { down, downBias }: Bottleneck, layer: number): Tensor2D {
  return tf.relu(tf.add(linear(y, matrixAt(down, layer)), vectorAt(downBias, layer))) as Tensor2D;
}
