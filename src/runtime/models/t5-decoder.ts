// T5's decoder: causal self-attention, attention over the encoder's output, feed-forward; the norm belongs to the head.
//
// A batch can hold several continuations of each input, `copies` of them. Self-attention sees batch × copies separate
// texts; attention over the encoder's output sees the same rows as `copies × columns` queries of one input, so keys and
// values are computed once for all copies.

import { free, scoped } from "../primitives/consume.ts";
import { tf, type Tensor2D, type Tensor4D } from "../tf.ts";
import {
  crossAttention,
  crossAttentionBackward,
  crossAttentionBackwardToEncoded,
  selfAttention,
  selfAttentionBackward,
  type AttentionSaved,
  type AttentionWeights,
} from "./t5-attention.ts";
import type { T5Config } from "./t5-config.ts";
import {
  feedForward,
  feedForwardBackward,
  type FeedForwardSaved,
  type FeedForwardWeights,
} from "./t5-feed-forward.ts";

export interface DecoderLayer {
  readonly self: AttentionWeights;
  readonly cross: AttentionWeights;
  readonly feedForward: FeedForwardWeights;
}

type LayerSaved = {
  readonly self: AttentionSaved;
  readonly cross: AttentionSaved;
  readonly feedForward: FeedForwardSaved;
};

export type DecoderSaved = LayerSaved[];

export interface DecoderContext {
  readonly encoded: Tensor2D; // [batch × encodedRows, width]
  readonly encodedMask: Tensor4D; // [batch, 1, 1, encodedRows], 0 or -1e9
  readonly causalBias: Tensor4D; // [1, heads, columns, columns]
}

/** `[batch × copies × columns, width]` → the same, decoded. Takes over `x`; the context stays the caller's. */
export function decode(
  layers: readonly DecoderLayer[],
  config: T5Config,
  x: Tensor2D,
  context: DecoderContext,
) {
  const saved: DecoderSaved = [];
  const decoded = runLayers(layers, config, x, context, (layer) => saved.push(layer));
  return { decoded, saved };
}

/** The same without keeping anything for a backward pass. */
export function decodeOnly(
  layers: readonly DecoderLayer[],
  config: T5Config,
  x: Tensor2D,
  context: DecoderContext,
) {
  return runLayers(layers, config, x, context, free);
}

function runLayers(
  layers: readonly DecoderLayer[],
  config: T5Config,
  x: Tensor2D,
  { encoded, encodedMask, causalBias }: DecoderContext,
  done: (saved: LayerSaved) => void,
): Tensor2D {
  const texts = x.shape[0] / causalBias.shape[2]; // batch × copies
  let last = x;
  for (const layer of layers) {
    const self = selfAttention(layer.self, config, last, causalBias, texts);
    const cross = crossAttention(layer.cross, config, self.y, encoded, encodedMask, encodedMask.shape[0]);
    const forward = feedForward(layer.feedForward, config, cross.y);
    done({ self: self.saved, cross: cross.saved, feedForward: forward.saved });
    last = forward.y;
  }
  return last;
}

/** Gradient with respect to the encoder's output, summed over the layers; frees `dDecoded` and `saved`. */
export function decodeBackward(
  layers: readonly DecoderLayer[],
  dDecoded: Tensor2D,
  saved: DecoderSaved,
): Tensor2D {
  const shares: Tensor2D[] = [];
  let dx = dDecoded;
  for (const [index, layer] of [...layers.entries()].toReversed()) {
    const kept = saved.pop();
    if (kept === undefined) throw new Error("the decoder's backward pass was run twice");
    dx = feedForwardBackward(layer.feedForward, dx, kept.feedForward);
    if (index === 0) {
      shares.push(crossAttentionBackwardToEncoded(layer.cross, dx, kept.cross));
      free(kept.self);
    } else {
      const cross = crossAttentionBackward(layer.cross, dx, kept.cross);
      shares.push(cross.dEncoded);
      dx = selfAttentionBackward(layer.self, cross.dx, kept.self);
    }
  }
  const sum = scoped(() => tf.addN(shares) as Tensor2D);
  free(shares);
  return sum;
}
