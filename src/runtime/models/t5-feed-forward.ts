// T5's feed-forward block: norm, two linear maps with relu between them, residual.

import { consume, scoped } from "../primitives/consume.ts";
import { rmsNorm, rmsNormBackward } from "../primitives/rms-norm.ts";
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
export function feedForward(weights: FeedForwardWeights, config: T5Config, x: Tensor2D, at?: BlockInside) {
  const { inside, layer = 0 } = at ?? {};
  return scoped(() => {
    const { y: normal, scale } = rmsNorm(x, weights.norm, config.epsilon);
    const hidden = tf.relu(changedLinear(normal, weights.input, inside?.feedForwardInput, layer));
    const plain = outputOf(weights, hidden, at);
    const after = inside?.afterFeedForward;
    const y = tf.add(x, after ? throughBottleneck(plain, after, layer) : plain) as Tensor2D;
    const saved: FeedForwardSaved = { x, scale, hidden };
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
  const { x, scale, hidden } = saved;
  const { norm, input, output } = weights;
  return consume([dy, saved], () => {
    const after = inside?.afterFeedForward;
    const dOutput =
      after && gradients
        ? bottleneckBackward(dy, outputOf(weights, hidden, at), after, layer, gradients)
        : dy;
    const read = () => scaledHidden(hidden, at);
    const dRead = changedLinearBackward(dOutput, output, inside?.feedForwardOutput, layer, read, gradients);
    const by = inside?.hidden?.by;
    if (by) gradients?.add(by, layer, tf.sum(tf.mul(dRead, hidden), 0));
    const dHidden = by ? tf.mul(dRead, vectorAt(by, layer)) : dRead;
    const dInput = tf.mul(dHidden, tf.step(hidden)) as Tensor2D;
    const normal = () => tf.mul(tf.mul(x, scale), norm) as Tensor2D;
    const change = inside?.feedForwardInput;
    const dNormal = changedLinearBackward(dInput, input, change, layer, normal, gradients);
    return tf.add(dy, rmsNormBackward(dNormal, x, scale, norm)) as Tensor2D;
  });
}

/** What the output projection gives, `[batch × rows, width]`. */
function outputOf({ output }: FeedForwardWeights, hidden: Tensor2D, at: BlockInside | undefined): Tensor2D {
  return changedLinear(scaledHidden(hidden, at), output, at?.inside.feedForwardOutput, at?.layer ?? 0);
}

function scaledHidden(hidden: Tensor2D, at: BlockInside | undefined): Tensor2D {
  const by = at?.inside.hidden?.by;
  return by ? (tf.mul(hidden, vectorAt(by, at?.layer ?? 0)) as Tensor2D) : hidden;
}
