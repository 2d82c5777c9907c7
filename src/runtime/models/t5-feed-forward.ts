// T5's feed-forward block: norm, two linear maps with relu or a gated gelu between them, residual.

import { activate, activateBackward, gate as gateOf, gateBackward } from "../primitives/activations.ts";
import { consume, scoped } from "../primitives/consume.ts";
import type { Matrix } from "../primitives/half-matrix.ts";
import { linear } from "../primitives/linear.ts";
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
  readonly gate?: Matrix; // [feedForwardWidth, width], of the gated form
  readonly input: Matrix; // [feedForwardWidth, width]
  readonly output: Matrix; // [width, feedForwardWidth]
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
    const hidden = gate ? mapped : activate("relu", mapped);
    const active = gate ? gateOf("gelu", gate, mapped) : hidden;
    const after = inside?.afterFeedForward;
    const y = after
      ? (tf.add(x, throughBottleneck(outputOf(weights, active, at), after, layer)) as Tensor2D)
      : outputOf(weights, active, at, x);
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
    const active = () => (gate ? gateOf("gelu", gate, hidden) : hidden);
    const after = inside?.afterFeedForward;
    const dOutput =
      after && gradients
        ? bottleneckBackward(dy, outputOf(weights, active(), at), after, layer, gradients)
        : dy;
    const read = () => scaledHidden(active(), at);
    const dRead = changedLinearBackward(dOutput, output, inside?.feedForwardOutput, layer, read, gradients);
    const by = inside?.hidden?.by;
    if (by) gradients?.add(by, layer, tf.sum(tf.mul(dRead, active()), 0));
    const dActive: Tensor2D = by ? tf.mul(dRead, vectorAt(by, layer)) : dRead;
    const { dInput, dGate } = hiddenBackward(dActive, saved);
    const normal = () => tf.mul(tf.mul(x, scale), norm) as Tensor2D;
    const change = inside?.feedForwardInput;
    const dUngated = changedLinearBackward(dInput, input, change, layer, normal, gradients);
    const dNormal = dGate ? throughGate(weights, dGate, normal, dUngated, at) : dUngated;
    gradients?.weights.add(norm, () => rmsNormGain(dNormal, x, scale));
    return rmsNormBackward(dNormal, x, scale, norm, dy);
  });
}

/** Gradients with respect to what the input maps gave. */
function hiddenBackward(dActive: Tensor2D, { hidden, gate }: FeedForwardSaved) {
  if (!gate) return { dInput: activateBackward("relu", dActive, hidden), dGate: undefined };
  const { dx, dStraight } = gateBackward("gelu", dActive, gate, hidden);
  return { dInput: dStraight, dGate: dx };
}

function throughGate(
  { gate }: FeedForwardWeights,
  dGate: Tensor2D,
  normal: () => Tensor2D,
  onto: Tensor2D,
  at: BlockInside | undefined,
): Tensor2D {
  if (!gate) throw new Error("a block with a gate's values has no gate");
  const { inside, layer = 0, gradients } = at ?? {};
  return changedLinearBackward(dGate, gate, inside?.feedForwardGate, layer, normal, gradients, onto);
}

/** What the output projection gives, `[batch × rows, width]`, on top of `onto`. */
function outputOf(
  { output }: FeedForwardWeights,
  active: Tensor2D,
  at: BlockInside | undefined,
  onto?: Tensor2D,
): Tensor2D {
  const change = at?.inside.feedForwardOutput;
  return changedLinear(scaledHidden(active, at), output, change, at?.layer ?? 0, onto);
}

function scaledHidden(active: Tensor2D, at: BlockInside | undefined): Tensor2D {
  const by = at?.inside.hidden?.by;
  return by ? (tf.mul(active, vectorAt(by, at?.layer ?? 0)) as Tensor2D) : active;
}
