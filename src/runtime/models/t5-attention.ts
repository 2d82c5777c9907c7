// T5's attention blocks: norm, attention, residual. Activations are `[batch × rows, width]`.

import { attend, attendBackward, mergeHeads, type AttentionState } from "../primitives/attention.ts";
import { consume, scoped } from "../primitives/consume.ts";
import type { Matrix } from "../primitives/half-matrix.ts";
import { rmsNorm, rmsNormBackward, rmsNormGain } from "../primitives/rms-norm.ts";
import { tf, type Tensor1D, type Tensor2D, type Tensor4D } from "../tf.ts";
import { memoryBackward, widenedBias, withMemory } from "./attention-memory.ts";
import {
  changedFromHeads,
  changedFromHeadsBackward,
  changedToHeads,
  changedToHeadsBackward,
} from "./changed-heads.ts";
import { bottleneckBackward, changedLinear, throughBottleneck } from "./changed-linear.ts";
import type { BlockInside, LinearChange } from "./inside.ts";
import type { T5Config } from "./t5-config.ts";

export interface AttentionWeights {
  readonly norm: Tensor1D; // [width]
  readonly query: Matrix; // [heads × headWidth, width]
  readonly key: Matrix; // [heads × headWidth, width]
  readonly value: Matrix; // [heads × headWidth, width]
  readonly output: Matrix; // [width, heads × headWidth]
}

/** What the backward pass of one block needs; freed by it. */
export type AttentionSaved = AttentionState & {
  readonly x: Tensor2D; // [batch × rows, width], input of the block
  readonly scale: Tensor2D; // [batch × rows, 1], of the norm
};

/** Keys and values of rows, those of a prefix in front. */
export type KeysAndValues = Pick<AttentionState, "key" | "value">;

/**
 * x + attention(norm(x)). `bias` broadcasts to `[batch, heads, rows, rows]`. The block takes over `x`; `past`, what stands
 * before the rows' own keys and values, stays the caller's.
 */
export function selfAttention(
  weights: AttentionWeights,
  config: T5Config,
  x: Tensor2D,
  bias: Tensor4D,
  batch: number,
  at?: BlockInside,
  past?: KeysAndValues,
) {
  const attended = (normal: Tensor2D): KeysAndValues => {
    if (!past) return keysAndValues(weights, config, normal, batch, at);
    const own = ownKeysAndValues(weights, config, normal, batch, at);
    return {
      key: tf.concat([past.key, own.key], 2) as Tensor4D,
      value: tf.concat([past.value, own.value], 2) as Tensor4D,
    };
  };
  return attention(weights, config, x, attended, bias, batch, at);
}

/** x + attention(norm(x) over encoded). `encoded` is `[batch × encodedRows, width]` and stays the caller's; `x` is taken over. */
export function crossAttention(
  weights: AttentionWeights,
  config: T5Config,
  x: Tensor2D,
  encoded: Tensor2D,
  bias: Tensor4D, // [batch, 1, 1, encodedRows]
  batch: number,
  at?: BlockInside,
) {
  const attended = () => keysAndValues(weights, config, encoded, batch, at);
  return attention(weights, config, x, attended, bias, batch, at);
}

/** The same over keys and values that `keysAndValues` made of the encoder's rows; they stay the caller's. */
export function crossAttentionOver(
  weights: AttentionWeights,
  config: T5Config,
  x: Tensor2D,
  encoded: KeysAndValues,
  bias: Tensor4D, // [batch, 1, 1, encodedRows]
  at?: BlockInside,
) {
  return attention(weights, config, x, () => encoded, bias, encoded.key.shape[0], at);
}

/** Of `[batch × rows, width]`, those of a prefix in front. */
export function keysAndValues(
  weights: AttentionWeights,
  config: T5Config,
  source: Tensor2D,
  batch: number,
  at: BlockInside | undefined,
): KeysAndValues {
  const { key, value } = ownKeysAndValues(weights, config, source, batch, at);
  const { inside, attention: place = 0 } = at ?? {};
  return {
    key: withMemory(key, inside?.memory?.keys, place),
    value: withMemory(value, inside?.memory?.values, place),
  };
}

function ownKeysAndValues(
  weights: AttentionWeights,
  config: T5Config,
  source: Tensor2D,
  batch: number,
  at: BlockInside | undefined,
): KeysAndValues {
  const { inside, attention: place = 0 } = at ?? {};
  const heads = (weight: Matrix, change: LinearChange | undefined) =>
    changedToHeads(source, weight, change, place, batch, config.heads);
  return { key: heads(weights.key, inside?.key), value: heads(weights.value, inside?.value) };
}

function attention(
  weights: AttentionWeights,
  config: T5Config,
  x: Tensor2D,
  attended: (normal: Tensor2D) => KeysAndValues,
  bias: Tensor4D,
  batch: number,
  at: BlockInside | undefined,
) {
  const { inside, attention: place = 0 } = at ?? {};
  return scoped(() => {
    const { y: normal, scale } = rmsNorm(x, weights.norm, config.epsilon);
    const query = changedToHeads(normal, weights.query, inside?.query, place, batch, config.heads);
    const { key, value } = attended(normal);
    const { mixed, state } = attend(query, key, value, widenedBias(bias, inside?.memory));
    const output = (onto?: Tensor2D) =>
      changedFromHeads(mixed, weights.output, inside?.attentionOutput, place, onto);
    const after = at?.layer === undefined ? undefined : inside?.afterSelfAttention;
    const y = after ? (tf.add(x, throughBottleneck(output(), after, at?.layer ?? 0)) as Tensor2D) : output(x);
    const saved: AttentionSaved = { ...state, x, scale };
    return { y, saved };
  });
}

/** Gradient with respect to x; frees `dy` and `saved`. */
export function selfAttentionBackward(
  weights: AttentionWeights,
  dy: Tensor2D,
  saved: AttentionSaved,
  at?: BlockInside,
): Tensor2D {
  return consume([dy, saved], () => {
    const normal = () => normOf(weights, saved);
    const { dKey, dValue, dQuery, dScores } = attendBackward(outputBackward(weights, dy, saved, at), saved);
    at?.ofScores?.(dScores);
    const ofKeysAndValues = keyValueBackward(weights, dKey, dValue, normal, at);
    const dNormal = queryBackward(weights, dQuery(), saved, at, ofKeysAndValues);
    return normBackward(weights, dNormal, saved, dy, at);
  });
}

/**
 * Gradients with respect to x and to what the encoder gave; frees `dy` and `saved`. `encoded` is read where something
 * inside the block learns.
 */
export function crossAttentionBackward(
  weights: AttentionWeights,
  dy: Tensor2D,
  saved: AttentionSaved,
  encoded?: Tensor2D,
  at?: BlockInside,
) {
  return consume([dy, saved], () => {
    const { dKey, dValue, dQuery } = attendBackward(outputBackward(weights, dy, saved, at), saved);
    const dEncoded = keyValueBackward(weights, dKey, dValue, () => encoded ?? saved.x, at);
    const dNormal = queryBackward(weights, dQuery(), saved, at);
    const dx = normBackward(weights, dNormal, saved, dy, at);
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
    return keyValueBackward(weights, dKey, dValue, () => saved.x);
  });
}

function normBackward(
  { norm }: AttentionWeights,
  dNormal: Tensor2D,
  { x, scale }: AttentionSaved,
  onto: Tensor2D,
  at: BlockInside | undefined,
): Tensor2D {
  at?.gradients.weights.add(norm, () => rmsNormGain(dNormal, x, scale));
  return rmsNormBackward(dNormal, x, scale, norm, onto);
}

/** The block's input after its norm, made again. */
function normOf({ norm }: AttentionWeights, { x, scale }: AttentionSaved): Tensor2D {
  return tf.mul(tf.mul(x, scale), norm) as Tensor2D;
}

function outputBackward(
  { output }: AttentionWeights,
  dy: Tensor2D,
  { query, probabilities, value }: AttentionSaved,
  at?: BlockInside,
): Tensor4D {
  const [batch, heads] = query.shape;
  const { inside, attention: place = 0, layer, gradients } = at ?? {};
  const change = inside?.attentionOutput;
  const merged = () => mergeHeads(tf.matMul(probabilities, value) as Tensor4D);
  const after = inside?.afterSelfAttention;
  const dOutput =
    after && gradients && layer !== undefined
      ? bottleneckBackward(dy, changedLinear(merged(), output, change, place), after, layer, gradients)
      : dy;
  return changedFromHeadsBackward(dOutput, output, change, place, merged, gradients, [batch, heads]);
}

function queryBackward(
  weights: AttentionWeights,
  dQuery: Tensor4D,
  saved: AttentionSaved,
  at?: BlockInside,
  onto?: Tensor2D,
) {
  const { inside, attention: place = 0, gradients } = at ?? {};
  const normal = () => normOf(weights, saved);
  const change = inside?.query;
  return changedToHeadsBackward(dQuery, weights.query, change, place, normal, gradients, onto);
}

function keyValueBackward(
  weights: AttentionWeights,
  dKey: Tensor4D,
  dValue: Tensor4D,
  attended: () => Tensor2D,
  at?: BlockInside,
): Tensor2D {
  const { inside, attention: place = 0, gradients } = at ?? {};
  const dKeys = memoryBackward(dKey, inside?.memory?.keys, at);
  const dValues = memoryBackward(dValue, inside?.memory?.values, at);
  const ofValues = changedToHeadsBackward(dValues, weights.value, inside?.value, place, attended, gradients);
  return changedToHeadsBackward(dKeys, weights.key, inside?.key, place, attended, gradients, ofValues);
}
