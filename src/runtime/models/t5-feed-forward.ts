// T5's feed-forward block: norm, two linear maps with relu or a gated gelu between them, residual.

import { consume, scoped } from "../primitives/consume.ts";
import { gelu, geluWithSlope } from "../primitives/gelu.ts";
import { linear } from "../primitives/linear.ts";
import { reluBackward } from "../primitives/relu.ts";
import { rmsNorm, rmsNormBackward, rmsNormGain } from "../primitives/rms-norm.ts";
import { tf, type Tensor1D, type Tensor2D } from "../tf.ts";
import {
  bottleneckBackward,
  changedLinear,
  changedLinearBackward,
  throughBottleneck,
} from "./changed-linear.ts";
import { vectorAt } from "./inner-gradients.ts";
import type { BlockInside } from "./inside.ts";
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

/**
 * x + relu(norm(x)·Wᵢᵀ)·Wₒᵀ, or x + (gelu(norm(x)·W₀ᵀ) ⊙ norm(x)·W₁ᵀ)·Wₒᵀ, where what is changed at the input is W₁. The
 * block takes over `x`.
 */
export function feedForward(weights: FeedForwardWeights, config: T5Config, x: Tensor2D, at?: BlockInside) {
  const { inside, layer = 0 } = at ?? {};
  return scoped(() => {
    const { y: normal, scale } = rmsNorm(x, weights.norm, config.epsilon);
    const mapped = changedLinear(normal, weights.input, inside?.feedForwardInput, layer);
    const gate = weights.gate && linear(normal, weights.gate);
    const hidden = gate ? mapped : tf.relu(mapped);
    const active = gate ? (tf.mul(gelu(gate), mapped) as Tensor2D) : hidden;
    const plain = outputOf(weights, active, at);
    const after = inside?.afterFeedForward;
    const y = tf.add(x, after ? throughBottleneck(plain, after, layer) : plain) as Tensor2D;
    const saved: FeedForwardSaved = { x, scale, hidden, ...(gate ? { gate } : {}) };
    return { y, saved };
  });
}

/** Gradient with respect to x; frees `dy` and `saved`. */
export function feedForwardBackward(
  weights: FeedForwardWeights,
  dy: Tensor2D,
  saved: FeedForwardSaved,
  at?: BlockInside,
): Tensor2D {
  const { inside, layer = 0, gradients } = at ?? {};
  const { x, scale, hidden, gate } = saved;
  const { norm, input, output } = weights;
  return consume([dy, saved], () => {
    const gated = gate && geluWithSlope(gate);
    const active = () => (gated ? (tf.mul(gated.y, hidden) as Tensor2D) : hidden);
    const after = inside?.afterFeedForward;
    const dOutput =
      after && gradients
        ? bottleneckBackward(dy, outputOf(weights, active(), at), after, layer, gradients)
        : dy;
    const read = () => scaledHidden(active(), at);
    const dRead = changedLinearBackward(dOutput, output, inside?.feedForwardOutput, layer, read, gradients);
    const by = inside?.hidden?.by;
    if (by) gradients?.add(by, layer, tf.sum(tf.mul(dRead, active()), 0));
    const dActive = by ? tf.mul(dRead, vectorAt(by, layer)) : dRead;
    const dInput = gated ? (tf.mul(dActive, gated.y) as Tensor2D) : reluBackward(dActive as Tensor2D, hidden);
    const normal = () => tf.mul(tf.mul(x, scale), norm) as Tensor2D;
    const change = inside?.feedForwardInput;
    const dUngated = changedLinearBackward(dInput, input, change, layer, normal, gradients);
    const dGate = gated && (tf.mul(tf.mul(dActive, hidden), gated.slope) as Tensor2D);
    const dNormal = dGate
      ? (tf.add(dUngated, gateBackward(weights, dGate, normal, at)) as Tensor2D)
      : dUngated;
    gradients?.weights.add(norm, () => rmsNormGain(dNormal, x, scale));
    return tf.add(dy, rmsNormBackward(dNormal, x, scale, norm)) as Tensor2D;
  });
}

function gateBackward(
  { gate }: FeedForwardWeights,
  dGate: Tensor2D,
  normal: () => Tensor2D,
  at: BlockInside | undefined,
): Tensor2D {
  if (!gate) throw new Error("a block with a gate's values has no gate");
  const { inside, layer = 0, gradients } = at ?? {};
  return changedLinearBackward(dGate, gate, inside?.feedForwardGate, layer, normal, gradients);
}

/** What the output projection gives, `[batch × rows, width]`. */
function outputOf({ output }: FeedForwardWeights, active: Tensor2D, at: BlockInside | undefined): Tensor2D {
  return changedLinear(scaledHidden(active, at), output, at?.inside.feedForwardOutput, at?.layer ?? 0);
}

function scaledHidden(active: Tensor2D, at: BlockInside | undefined): Tensor2D {
  const by = at?.inside.hidden?.by;
  return by ? (tf.mul(active, vectorAt(by, at?.layer ?? 0)) as Tensor2D) : active;
}
