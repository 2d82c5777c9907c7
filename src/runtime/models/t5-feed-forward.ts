// T5's feed-forward block: norm, two linear maps with relu or a gated gelu between them, residual.

import { consume, scoped } from "../primitives/consume.ts";
import { gelu, geluWithSlope } from "../primitives/gelu.ts";
import { linear, linearBackward } from "../primitives/linear.ts";
import { rmsNorm, rmsNormBackward } from "../primitives/rms-norm.ts";
import { tf, type Tensor1D, type Tensor2D } from "../tf.ts";
import type { T5Config } from "./t5-config.ts";

export interface FeedForwardWeights {
  readonly norm: Tensor1D; // [width]
  readonly gate?: Tensor2D; // [feedForwardWidth, width], of the gated form
  readonly input: Tensor2D; // [feedForwardWidth, width]
  readonly output: Tensor2D; // [width, feedForwardWidth]
}

/** What the backward pass needs; freed by it. */
export type FeedForwardSaved = {
  readonly x: Tensor2D; // [batch × rows, width], input of the block
  readonly scale: Tensor2D; // [batch × rows, 1], of the norm
  readonly hidden: Tensor2D; // [batch × rows, feedForwardWidth], after relu; ungated in the gated form
  readonly gate?: Tensor2D; // [batch × rows, feedForwardWidth], before gelu
};

/** x + relu(norm(x)·Wᵢᵀ)·Wₒᵀ, or x + (gelu(norm(x)·W₀ᵀ) ⊙ norm(x)·W₁ᵀ)·Wₒᵀ. The block takes over `x`. */
export function feedForward(weights: FeedForwardWeights, config: T5Config, x: Tensor2D) {
  return scoped(() => {
    const { y: normal, scale } = rmsNorm(x, weights.norm, config.epsilon);
    const mapped = linear(normal, weights.input);
    if (weights.gate === undefined) {
      const hidden = tf.relu(mapped);
      const saved: FeedForwardSaved = { x, scale, hidden };
      return { y: tf.add(x, linear(hidden, weights.output)) as Tensor2D, saved };
    }
    const gate = linear(normal, weights.gate);
    const saved: FeedForwardSaved = { x, scale, hidden: mapped, gate };
    const gated = tf.mul(gelu(gate), mapped) as Tensor2D;
    return { y: tf.add(x, linear(gated, weights.output)) as Tensor2D, saved };
  });
}

/** Gradient with respect to x; frees `dy` and `saved`. */
export function feedForwardBackward(
  weights: FeedForwardWeights,
  dy: Tensor2D,
  saved: FeedForwardSaved,
): Tensor2D {
  return consume([dy, saved], () => {
    const dNormal = insideBackward(weights, linearBackward(dy, weights.output), saved);
    return tf.add(dy, rmsNormBackward(dNormal, saved.x, saved.scale, weights.norm)) as Tensor2D;
  });
}

/** From the gradient of what the output matrix reads to that of what the input matrices read. */
function insideBackward(
  weights: FeedForwardWeights,
  dHidden: Tensor2D,
  { hidden, gate }: FeedForwardSaved,
): Tensor2D {
  if (weights.gate === undefined || gate === undefined) {
    return linearBackward(tf.mul(dHidden, tf.step(hidden)), weights.input);
  }
  const { y, slope } = geluWithSlope(gate);
  const dGate = tf.mul(tf.mul(dHidden, hidden), slope) as Tensor2D;
  const dInput = linearBackward(tf.mul(dHidden, y), weights.input);
  return tf.add(linearBackward(dGate, weights.gate), dInput);
}
