// The layers of a decoder-only model, one after the other; the last norm belongs to the head.

import { free } from "../primitives/consume.ts";
import type { Tensor2D } from "../tf.ts";
import { blockInside } from "./inside.ts";
import {
  causalAttention,
  causalAttentionBackward,
  type CausalAttentionSaved,
  type CausalAttentionWeights,
  type CausalContext,
  type KeysAndValues,
} from "./causal-attention.ts";
import {
  causalFeedForward,
  causalFeedForwardBackward,
  type CausalFeedForwardSaved,
  type CausalFeedForwardWeights,
} from "./causal-feed-forward.ts";
import { forwardOnly, holdLayer, type Held, type LayerMemory } from "./layer-memory.ts";

export interface CausalLayer {
  readonly attention: CausalAttentionWeights;
  readonly feedForward: CausalFeedForwardWeights;
}

type LayerSaved = { readonly attention: CausalAttentionSaved; readonly feedForward: CausalFeedForwardSaved };

/** `[batch × rows, width]` → the same after all layers, and what `runLayersBackward` needs. Takes over `x`. */
export function runLayers(
  layers: readonly CausalLayer[],
  x: Tensor2D,
  context: CausalContext,
  memory?: LayerMemory,
) {
  const saved: Held<LayerSaved>[] = [];
  let last = x;
  for (const [index, layer] of layers.entries()) {
    const at = blockInside(context.run, index);
    const { y, held } = holdLayer(memory, last, (input) => {
      const attention = causalAttention(layer.attention, input, context, at, memory);
      const forward = causalFeedForward(layer.feedForward, attention.y, at);
      return { y: forward.y, saved: { attention: attention.saved, feedForward: forward.saved } };
    });
    saved.push(held);
    last = y;
  }
  return { last, saved };
}

/** The same for rows that follow `past`, one entry a layer; of each layer only the keys and values are kept. */
export function readOn(
  layers: readonly CausalLayer[],
  x: Tensor2D,
  context: CausalContext,
  past?: readonly KeysAndValues[],
) {
  const cache: KeysAndValues[] = [];
  let last = x;
  for (const [index, layer] of layers.entries()) {
    const at = blockInside(context.run, index);
    const attention = causalAttention(layer.attention, last, context, at, forwardOnly, past?.[index]);
    const { key, value, ...others } = attention.saved;
    free(others);
    cache.push({ key, value });
    const forward = causalFeedForward(layer.feedForward, attention.y, at);
    free(forward.saved);
    last = forward.y;
  }
  return { last, cache };
}

/** Gradient with respect to the layers' input; those of what is changed inside go to the run's. Frees `dLast` and `saved`. */
export function runLayersBackward(
  layers: readonly CausalLayer[],
  dLast: Tensor2D,
  saved: Held<LayerSaved>[],
  context: CausalContext,
): Tensor2D {
  let dx = dLast;
  for (const [index, layer] of [...layers.entries()].toReversed()) {
    const at = blockInside(context.run, index);
    const kept = saved.pop()?.take();
    if (kept === undefined) throw new Error("the backward pass was run twice");
    dx = causalFeedForwardBackward(layer.feedForward, dx, kept.feedForward, at);
    dx = causalAttentionBackward(layer.attention, dx, kept.attention, context, at);
  }
  return dx;
}
