// What the runtime keeps of the backbone's stack for its backward pass, where it keeps it and where it makes it again.

import { stackOf } from "../program/architectures.ts";
import type { Backbone } from "../program/program.ts";

/**
 * Float32 values kept for one example of `rows` positions: in each layer the two blocks' inputs and norms' scales, query,
 * key, value, the attention probabilities and the hidden units; after the last layer its output and the final norm's scale.
 * `prefix` keys and values stand in front of each layer's own. What a few target tokens take is left out, and nothing is kept
 * for what else is changed inside a block. A test holds this against the runtime's own tensors.
 */
export function keptActivations(backbone: Backbone, rows: number, prefix = 0): number {
  const { kind, layers, heads, shared, kept } = stackOf(backbone);
  // A decoder-only model keeps of its last rows only those that predict a target.
  const last = kind === "encoder" ? rows * (backbone.width.value + 1) : 0;
  return layers * (rows * kept + heads * rows * (prefix + rows) + 2 * prefix * shared) + last;
}

/**
 * Float32 values beyond those that the fullest moment of the backward pass needs for one example: in the last layer, either
 * the feed-forward block's hidden units with their gradients, or attention's four matrices of probabilities while
 * the layer's other block is already freed. Counted from what T5's blocks hold at once; a test measures it.
 */
export function workingMemory(backbone: Backbone, rows: number, prefix = 0): number {
  const { heads, inner, hidden } = stackOf(backbone);
  const d = backbone.width.value;
  const feedForward = 3 * hidden + 7 * d;
  const attention = 4 * heads * (prefix + rows) + heads + 10 * d + 8 * inner - hidden - 1;
  return rows * Math.max(feedForward, attention);
}

/** What is held instead where activations are made again: each layer's input, and the bias that attention then reads once more. */
export function keptInputs(backbone: Backbone, rows: number): number {
  const { kind, layers, bias } = stackOf(backbone);
  const d = backbone.width.value;
  const last = kind === "encoder" ? rows * (d + 1) : 0;
  return layers * rows * d + bias * rows * rows + last;
}

/** Of the layer whose turn it is, its activations beside its input, and the working memory of its backward pass. */
export function workingMemoryOfOne(backbone: Backbone, rows: number, prefix = 0): number {
  const { heads, shared, kept } = stackOf(backbone);
  const attention = heads * rows * (prefix + rows) + 2 * prefix * shared;
  return rows * (kept - backbone.width.value) + attention + workingMemory(backbone, rows, prefix);
}
