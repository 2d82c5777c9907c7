// T5's decoder: causal self-attention, attention over the encoder's output, feed-forward; the norm belongs to the head.
//
// A batch can hold several continuations of each input, `copies` of them. Self-attention sees batch × copies separate
// texts; attention over the encoder's output sees the same rows as `copies × columns` queries of one input, so keys and
// values are computed once for all copies.

import { free } from "../primitives/consume.ts";
import { sumOf } from "../primitives/sum-of.ts";
import type { Tensor2D, Tensor4D } from "../tf.ts";
import {
  crossAttention,
  crossAttentionBackward,
  crossAttentionBackwardToEncoded,
  selfAttention,
  selfAttentionBackward,
  type AttentionSaved,
  type AttentionWeights,
} from "./t5-attention.ts";
import type { BlockInside } from "./inside.ts";
import { forwardOnly, holdLayer, type Held, type LayerMemory } from "./layer-memory.ts";
import type { T5Config } from "./t5-config.ts";
import type { Change } from "./t5-encoder.ts";
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

export type DecoderSaved = Held<LayerSaved>[];

export interface DecoderContext {
  readonly encoded: Tensor2D; // [batch × encodedRows, width]
  readonly encodedMask: Tensor4D; // [batch, 1, 1, encodedRows], 0 or -1e9
  readonly causalBias: Tensor4D; // [1, heads, columns, columns]
  readonly change?: DecoderChange | undefined;
  readonly memory?: LayerMemory | undefined;
}

/** What changes inside the blocks; places are counted on from the encoder's. */
export interface DecoderChange extends Change {
  readonly encoderLayers: number;
  /** Hears of the gradient of the target tokens' embeddings, `[batch × copies × columns, width]`, and does not keep it. */
  readonly ofWords?: (dx: Tensor2D) => void;
}

/** `[batch × copies × columns, width]` → the same, decoded. Takes over `x`; the context stays the caller's. */
export function decode(
  layers: readonly DecoderLayer[],
  config: T5Config,
  x: Tensor2D,
  context: DecoderContext,
) {
  const saved: DecoderSaved = [];
  const { memory } = context;
  const decoded = runLayers(layers, config, x, context, memory, (input, run) => {
    const { y, held } = holdLayer(memory, input, run);
    saved.push(held);
    return y;
  });
  return { decoded, saved };
}

/** The same without keeping anything for a backward pass. */
export function decodeOnly(
  layers: readonly DecoderLayer[],
  config: T5Config,
  x: Tensor2D,
  context: DecoderContext,
) {
  return runLayers(layers, config, x, context, forwardOnly, (input, run) => {
    const { y, saved } = run(input);
    free(saved);
    return y;
  });
}

function runLayers(
  layers: readonly DecoderLayer[],
  config: T5Config,
  x: Tensor2D,
  { encoded, encodedMask, causalBias, change }: DecoderContext,
  memory: LayerMemory | undefined,
  runOne: (x: Tensor2D, run: (x: Tensor2D) => { y: Tensor2D; saved: LayerSaved }) => Tensor2D,
): Tensor2D {
  const texts = x.shape[0] / causalBias.shape[2]; // batch × copies
  let last = x;
  for (const [index, layer] of layers.entries()) {
    const { ofSelf, ofCross } = blocksAt(change, index);
    last = runOne(last, (input) => {
      const self = selfAttention(layer.self, config, input, [causalBias], texts, ofSelf, memory);
      const batch = encodedMask.shape[0];
      const cross = crossAttention(layer.cross, config, self.y, encoded, encodedMask, batch, ofCross, memory);
      const forward = feedForward(layer.feedForward, config, cross.y, ofSelf);
      return { y: forward.y, saved: { self: self.saved, cross: cross.saved, feedForward: forward.saved } };
    });
  }
  return last;
}

/** Gradient with respect to the encoder's output, summed over the layers; frees `dDecoded` and `saved`. `encoded` is read with a change. */
export function decodeBackward(
  layers: readonly DecoderLayer[],
  dDecoded: Tensor2D,
  saved: DecoderSaved,
  encoded?: Tensor2D,
  change?: DecoderChange,
): Tensor2D {
  let shares: Tensor2D[] = [];
  let dx = dDecoded;
  for (const [index, layer] of [...layers.entries()].toReversed()) {
    const held = saved.pop();
    const kept = held?.take();
    if (kept === undefined) throw new Error("the decoder's backward pass was run twice");
    const { ofSelf, ofCross } = blocksAt(change, index);
    dx = feedForwardBackward(layer.feedForward, dx, kept.feedForward, ofSelf);
    if (index === 0 && !change) {
      shares.push(crossAttentionBackwardToEncoded(layer.cross, dx, kept.cross));
      free(kept.self);
    } else {
      const cross = crossAttentionBackward(layer.cross, dx, kept.cross, encoded, ofCross);
      shares.push(cross.dEncoded);
      dx = selfAttentionBackward(layer.self, cross.dx, kept.self, ofSelf);
    }
    // Where activations are made again memory is short: the shares are added up as they come.
    if (held?.input) shares = [sumOf(shares)];
  }
  if (change) {
    change.ofWords?.(dx);
    free(dx);
  }
  return sumOf(shares);
}

export function blocksAt(
  change: DecoderChange | undefined,
  index: number,
): Record<"ofSelf" | "ofCross", BlockInside | undefined> {
  if (!change) return { ofSelf: undefined, ofCross: undefined };
  const attention = change.encoderLayers + 2 * index;
  return {
    ofSelf: { ...change, attention, layer: change.encoderLayers + index },
    ofCross: { ...change, attention: attention + 1, layer: undefined },
  };
}
