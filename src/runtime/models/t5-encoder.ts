// T5's encoder: self-attention and feed-forward blocks, then a norm.

import { consume, free, scoped } from "../primitives/consume.ts";
import { rmsNorm, rmsNormBackward, rmsNormGain } from "../primitives/rms-norm.ts";
import type { BiasParts } from "../primitives/sliced-attention.ts";
import type { Tensor1D, Tensor2D } from "../tf.ts";
import {
  selfAttention,
  selfAttentionBackward,
  type AttentionSaved,
  type AttentionWeights,
} from "./t5-attention.ts";
import type { InnerGradients } from "./inner-gradients.ts";
import type { BlockInside, Inside } from "./inside.ts";
import { forwardOnly, holdLayer, type Held, type LayerMemory } from "./layer-memory.ts";
import type { T5Config } from "./t5-config.ts";
import {
  feedForward,
  feedForwardBackward,
  type FeedForwardSaved,
  type FeedForwardWeights,
} from "./t5-feed-forward.ts";

export interface EncoderWeights {
  readonly layers: readonly {
    readonly attention: AttentionWeights;
    readonly feedForward: FeedForwardWeights;
  }[];
  readonly norm: Tensor1D; // [width]
}

type LayerSaved = { readonly attention: AttentionSaved; readonly feedForward: FeedForwardSaved };

export interface EncoderSaved {
  readonly layers: Held<LayerSaved>[];
  readonly last: Tensor2D; // [batch × rows, width], before the norm
  readonly scale: Tensor2D; // [batch × rows, 1], of the norm
}

/** What changes inside the blocks, and where its gradients go. */
export interface Change {
  readonly inside: Inside;
  readonly gradients: InnerGradients;
  readonly ofScores?: BlockInside["ofScores"];
}

/**
 * `[batch × rows, width]` → the same, encoded. Takes over `x`; the bias's parts broadcast to `[batch, heads, rows, rows]`, and
 * are read again by the backward pass where whole layers are made again.
 */
export function encode(
  weights: EncoderWeights,
  config: T5Config,
  x: Tensor2D,
  bias: BiasParts,
  change?: Change,
  memory?: LayerMemory,
) {
  const batch = batchOf(bias);
  const layers: EncoderSaved["layers"] = [];
  let last = x;
  for (const [index, layer] of weights.layers.entries()) {
    const at = blockAt(change, index);
    const { y, held } = holdLayer(memory, last, (x) => {
      const attention = selfAttention(layer.attention, config, x, bias, batch, at, memory);
      const forward = feedForward(layer.feedForward, config, attention.y, at);
      return { y: forward.y, saved: { attention: attention.saved, feedForward: forward.saved } };
    });
    layers.push(held);
    last = y;
  }
  const { y: encoded, scale } = scoped(() => rmsNorm(last, weights.norm, config.epsilon));
  return { encoded, saved: { layers, last, scale } satisfies EncoderSaved };
}

/** The same without keeping anything for a backward pass. */
export function encodeOnly(
  weights: EncoderWeights,
  config: T5Config,
  x: Tensor2D,
  bias: BiasParts,
  change?: Change,
): Tensor2D {
  const batch = batchOf(bias);
  let last = x;
  for (const [index, layer] of weights.layers.entries()) {
    const at = blockAt(change, index);
    const attention = selfAttention(layer.attention, config, last, bias, batch, at, forwardOnly);
    free(attention.saved);
    const forward = feedForward(layer.feedForward, config, attention.y, at);
    free(forward.saved);
    last = forward.y;
  }
  return consume(last, () => rmsNorm(last, weights.norm, config.epsilon).y);
}

/** Gradient with respect to the encoder's input; frees `dEncoded` and `saved`. */
export function encodeBackward(
  weights: EncoderWeights,
  dEncoded: Tensor2D,
  saved: EncoderSaved,
  change?: Change,
): Tensor2D {
  const { last, scale } = saved;
  let dx = consume([dEncoded, last, scale], () => {
    change?.gradients.weights.add(weights.norm, () => rmsNormGain(dEncoded, last, scale));
    return rmsNormBackward(dEncoded, last, scale, weights.norm);
  });
  for (const [index, layer] of [...weights.layers.entries()].toReversed()) {
    const at = blockAt(change, index);
    const kept = saved.layers.pop()?.take();
    if (kept === undefined) throw new Error("the encoder's backward pass was run twice");
    dx = feedForwardBackward(layer.feedForward, dx, kept.feedForward, at);
    dx = selfAttentionBackward(layer.attention, dx, kept.attention, at);
  }
  return dx;
}

/** Of the parts, one at least has every example's own. */
function batchOf(bias: BiasParts): number {
  return Math.max(...bias.map(({ shape }) => shape[0]));
}

function blockAt(change: Change | undefined, index: number): BlockInside | undefined {
  return change && { ...change, attention: index, layer: index };
}
