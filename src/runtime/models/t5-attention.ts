// T5's attention blocks: norm, attention, residual. Activations are `[batch × rows, width]`.

import {
  attend,
  attendBackward,
  mergeHeads,
  splitHeads,
  type AttentionState,
} from "../primitives/attention.ts";
import { consume, scoped } from "../primitives/consume.ts";
import { linear, linearBackward } from "../primitives/linear.ts";
import { rmsNorm, rmsNormBackward } from "../primitives/rms-norm.ts";
import { tf, type Tensor1D, type Tensor2D, type Tensor4D } from "../tf.ts";
import type { T5Config } from "./t5-config.ts";

export interface AttentionWeights {
  readonly norm: Tensor1D; // [width]
  readonly query: Tensor2D; // [heads × headWidth, width]
  readonly key: Tensor2D; // [heads × headWidth, width]
  readonly value: Tensor2D; // [heads × headWidth, width]
  readonly output: Tensor2D; // [width, heads × headWidth]
}

/** What the backward pass of one block needs; freed by it. */
export type AttentionSaved = AttentionState & {
  readonly x: Tensor2D; // [batch × rows, width], input of the block
  readonly scale: Tensor2D; // [batch × rows, 1], of the norm
};

/** x + attention(norm(x)). `bias` broadcasts to `[batch, heads, rows, rows]`. The block takes over `x`. */
export function selfAttention(
  weights: AttentionWeights,
  config: T5Config,
  x: Tensor2D,
  bias: Tensor4D,
  batch: number,
) {
  return scoped(() => {
    const { y: normal, scale } = rmsNorm(x, weights.norm, config.epsilon);
    const heads = (weight: Tensor2D) =>
      splitHeads(linear(normal, weight), batch, x.shape[0] / batch, config.heads);
    const { mixed, state } = attend(heads(weights.query), heads(weights.key), heads(weights.value), bias);
    const y = tf.add(x, linear(mergeHeads(mixed), weights.output)) as Tensor2D;
    const saved: AttentionSaved = { ...state, x, scale };
    return { y, saved };
  });
}

/** Gradient with respect to x; frees `dy` and `saved`. */
export function selfAttentionBackward(
  weights: AttentionWeights,
  dy: Tensor2D,
  saved: AttentionSaved,
): Tensor2D {
  return consume([dy, saved], () => {
    const { dKey, dValue, dQuery } = attendBackward(outputBackward(weights, dy, saved), saved);
    const dNormal = tf.add(
      linearBackward(mergeHeads(dQuery()), weights.query),
      keyValueBackward(weights, dKey, dValue),
    ) as Tensor2D;
    return tf.add(dy, rmsNormBackward(dNormal, saved.x, saved.scale, weights.norm)) as Tensor2D;
  });
}

/** x + attention(norm(x) over encoded). `encoded` is `[batch × encodedRows, width]` and stays the caller's; `x` is taken over. */
export function crossAttention(
  weights: AttentionWeights,
  config: T5Config,
  x: Tensor2D,
  encoded: Tensor2D,
  bias: Tensor4D, // [batch, 1, 1, encodedRows]
  batch: number,
) {
  return scoped(() => {
    const { y: normal, scale } = rmsNorm(x, weights.norm, config.epsilon);
    const heads = (from: Tensor2D, weight: Tensor2D) =>
      splitHeads(linear(from, weight), batch, from.shape[0] / batch, config.heads);
    const key = heads(encoded, weights.key);
    const { mixed, state } = attend(heads(normal, weights.query), key, heads(encoded, weights.value), bias);
    const y = tf.add(x, linear(mergeHeads(mixed), weights.output)) as Tensor2D;
    const saved: AttentionSaved = { ...state, x, scale };
    return { y, saved };
  });
}

/** Gradients with respect to x and to what the encoder gave; frees `dy` and `saved`. */
export function crossAttentionBackward(weights: AttentionWeights, dy: Tensor2D, saved: AttentionSaved) {
  return consume([dy, saved], () => {
    const { dKey, dValue, dQuery } = attendBackward(outputBackward(weights, dy, saved), saved);
    const dEncoded = keyValueBackward(weights, dKey, dValue);
    const dNormal = linearBackward(mergeHeads(dQuery()), weights.query);
    const dx = tf.add(dy, rmsNormBackward(dNormal, saved.x, saved.scale, weights.norm)) as Tensor2D;
    return { dx, dEncoded };
  });
}

/** The encoder's share alone, for the first decoder block: below it lie only frozen token embeddings. */
export function crossAttentionBackwardToEncoded(
  weights: AttentionWeights,
  dy: Tensor2D,
  saved: AttentionSaved,
): Tensor2D {
  return consume([dy, saved], () => {
    const { dKey, dValue } = attendBackward(outputBackward(weights, dy, saved), saved);
    return keyValueBackward(weights, dKey, dValue);
  });
}

function outputBackward(weights: AttentionWeights, dy: Tensor2D, { query }: AttentionSaved): Tensor4D {
  const [batch, heads, rows] = query.shape;
  return splitHeads(linearBackward(dy, weights.output), batch, rows, heads);
}

function keyValueBackward(weights: AttentionWeights, dKey: Tensor4D, dValue: Tensor4D): Tensor2D {
  return tf.add(
    linearBackward(mergeHeads(dKey), weights.key),
    linearBackward(mergeHeads(dValue), weights.value),
  ) as Tensor2D;
}
