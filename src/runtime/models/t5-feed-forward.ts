// T5's feed-forward block: norm, two linear maps with relu between them, residual.

import { consume, scoped } from "../primitives/consume.ts";
import { linear, linearBackward } from "../primitives/linear.ts";
import { rmsNorm, rmsNormBackward } from "../primitives/rms-norm.ts";
import { tf, type Tensor1D, type Tensor2D } from "../tf.ts";
import type { T5Config } from "./t5-config.ts";

export interface FeedForwardWeights {
  readonly norm: Tensor1D; // [width]
  readonly input: Tensor2D; // [feedForwardWidth, width]
  readonly output: Tensor2D; // [width, feedForwardWidth]
}

/** What the backward pass needs; freed by it. */
export type FeedForwardSaved = {
  readonly x: Tensor2D; // [batch × rows, width], input of the block
  readonly scale: Tensor2D; // [batch × rows, 1], of the norm
  readonly hidden: Tensor2D; // [batch × rows, feedForwardWidth], after relu
};

/** x + relu(norm(x)·Wᵢᵀ)·Wₒᵀ. The block takes over `x`. */
export function feedForward(weights: FeedForwardWeights, config: T5Config, x: Tensor2D) {
  return scoped(() => {
    const { y: normal, scale } = rmsNorm(x, weights.norm, config.epsilon);
    const hidden = tf.relu(linear(normal, weights.input));
    const y = tf.add(x, linear(hidden, weights.output)) as Tensor2D;
    const saved: FeedForwardSaved = { x, scale, hidden };
    return { y, saved };
  });
}

/** Gradient with respect to x; frees `dy` and `saved`. */
export function feedForwardBackward(
  weights: FeedForwardWeights,
  dy: Tensor2D,
  saved: FeedForwardSaved,
): Tensor2D {
  return consume([dy, saved], () => {
    const dHidden = tf.mul(linearBackward(dy, weights.output), tf.step(saved.hidden)) as Tensor2D;
    const dNormal = linearBackward(dHidden, weights.input);
    return tf.add(dy, rmsNormBackward(dNormal, saved.x, saved.scale, weights.norm)) as Tensor2D;
  });
}
