// T5's attention blocks: norm, attention, residual. Activations are `[batch × rows, width]`.

import {
  attend,
  attendBackward,
  mergeHeads,
  splitHeads,
  type AttentionState,
} from "../primitives/attention.ts";
import { consume, scoped } from "../primitives/consume.ts";
import { rmsNorm, rmsNormBackward } from "../primitives/rms-norm.ts";
import { tf, type Tensor1D, type Tensor2D, type Tensor3D, type Tensor4D } from "../tf.ts";
import { memoryBackward, widenedBias, withMemory } from "./attention-memory.ts";
import {
  bottleneckBackward,
  changedLinear,
  changedLinearBackward,
  throughBottleneck,
} from "./changed-linear.ts";
import type { BlockInside, LinearChange } from "./inside.ts";
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
  at?: BlockInside,
) {
  return attention(weights, config, x, (normal) => normal, bias, batch, at);
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
  return attention(weights, config, x, () => encoded, bias, batch, at);
}

function attention(
  weights: AttentionWeights,
  config: T5Config,
  x: Tensor2D,
  attended: (normal: Tensor2D) => Tensor2D,
  bias: Tensor4D,
  batch: number,
  at: BlockInside | undefined,
) {
  const { inside, attention: place = 0 } = at ?? {};
  const memory = inside?.memory;
  return scoped(() => {
    const { y: normal, scale } = rmsNorm(x, weights.norm, config.epsilon);
    const source = attended(normal);
    const heads = (from: Tensor2D, weight: Tensor2D, change: LinearChange | undefined) =>
      splitHeads(changedLinear(from, weight, change, place), batch, from.shape[0] / batch, config.heads);
    const query = heads(normal, weights.query, inside?.query);
    const key = withMemory(heads(source, weights.key, inside?.key), memory?.keys, place);
    const value = withMemory(heads(source, weights.value, inside?.value), memory?.values, place);
    const { mixed, state } = attend(query, key, value, widenedBias(bias, memory));
    const plain = changedLinear(mergeHeads(mixed), weights.output, inside?.attentionOutput, place);
    const after = at?.layer === undefined ? undefined : inside?.afterSelfAttention;
    const y = tf.add(x, after ? throughBottleneck(plain, after, at?.layer ?? 0) : plain) as Tensor2D;
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
    const { dKey, dValue, dQuery } = attendBackward(outputBackward(weights, dy, saved, at), saved);
    const dNormal = tf.add(
      queryBackward(weights, dQuery(), saved, at),
      keyValueBackward(weights, dKey, dValue, normal, at),
    ) as Tensor2D;
    return tf.add(dy, rmsNormBackward(dNormal, saved.x, saved.scale, weights.norm)) as Tensor2D;
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
    return keyValueBackward(weights, dKey, dValue, () => saved.x);
  });
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
  const [batch, heads, rows] = query.shape;
  const { inside, attention: place = 0, layer, gradients } = at ?? {};
  const change = inside?.attentionOutput;
  const merged = () => mergeHeads(tf.matMul(probabilities, value) as Tensor4D);
  const after = inside?.afterSelfAttention;
  const dOutput =
    after && gradients && layer !== undefined
      ? bottleneckBackward(dy, changedLinear(merged(), output, change, place), after, layer, gradients)
      : dy;
  const dMerged = changedLinearBackward(dOutput, output, change, place, merged, gradients);
  return splitHeads(dMerged, batch, rows, heads);
}

function queryBackward(weights: AttentionWeights, dQuery: Tensor4D, saved: AttentionSaved, at?: BlockInside) {
  const { inside, attention: place = 0, gradients } = at ?? {};
  const normal = () => normOf(weights, saved);
  return changedLinearBackward(mergeHeads(dQuery), weights.query, inside?.query, place, normal, gradients);
}

function keyValueBackward(
  weights: AttentionWeights,
  dKey: Tensor4D,
  dValue: Tensor4D,
  attended: () => Tensor2D,
  at?: BlockInside,
): Tensor2D {
  const { inside, attention: place = 0, gradients } = at ?? {};
  const own = (gradient: Tensor4D, memory: Tensor3D | undefined) =>
    mergeHeads(memoryBackward(gradient, memory, at));
  const dKeys = own(dKey, inside?.memory?.keys);
  const dValues = own(dValue, inside?.memory?.values);
  return tf.add(
    changedLinearBackward(dKeys, weights.key, inside?.key, place, attended, gradients),
    changedLinearBackward(dValues, weights.value, inside?.value, place, attended, gradients),
  ) as Tensor2D;
}
