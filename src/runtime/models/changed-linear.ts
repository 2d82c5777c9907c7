// A linear map with what a method does to it, forward and backward.

import { linear, linearBackward } from "../primitives/linear.ts";
import { reluBackward } from "../primitives/relu.ts";
import { tf, type Tensor2D } from "../tf.ts";
import { matrixAt, vectorAt, type InnerGradients } from "./inner-gradients.ts";
import type { Bottleneck, LinearChange } from "./inside.ts";

/** x·Wᵀ, changed, on top of `onto`: `[rows, in]` → `[rows, out]`. */
export function changedLinear(
  x: Tensor2D,
  weight: Tensor2D,
  change: LinearChange | undefined,
  place: number,
  onto?: Tensor2D,
): Tensor2D {
  if (!change || change.kind === "trained") return linear(x, weight, onto);
  const y = changed(x, weight, change, place);
  return onto ? tf.add(onto, y) : y;
}

function changed(
  x: Tensor2D,
  weight: Tensor2D,
  change: Exclude<LinearChange, { readonly kind: "trained" }>,
  place: number,
): Tensor2D {
  const y = linear(x, weight);
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
  weight: Tensor2D,
  change: LinearChange | undefined,
  place: number,
  x: () => Tensor2D,
  gradients: InnerGradients | undefined,
  onto?: Tensor2D,
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
      gradients?.add(change.by, place, tf.sum(tf.mul(dy, linear(x(), weight)), 0));
      return linearBackward(tf.mul(dy, vectorAt(change.by, place)) as Tensor2D, weight, onto);
    case "shifted":
      gradients?.add(change.by, place, tf.sum(dy, 0));
      return linearBackward(dy, weight, onto);
  }
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

/** `[rows, size]`. */
function bottleneckHidden(y: Tensor2D, { down, downBias }: Bottleneck, layer: number): Tensor2D {
  return tf.relu(tf.add(linear(y, matrixAt(down, layer)), vectorAt(downBias, layer))) as Tensor2D;
}
