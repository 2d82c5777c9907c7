// What the runtime keeps of the backbone's stack for its backward pass, by what the setting `memory` says, and what that pass takes.

import { stackOf } from "../program/architectures.ts";
import type { Backbone, LayerMemory } from "../program/program.ts";
import { sliceOf } from "./slices.ts";

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

/** Float32 values that a batch's layers hold between the two passes. */
export function heldActivations(
  memory: LayerMemory,
  backbone: Backbone,
  batch: number,
  rows: number,
  prefix = 0,
): number {
  if (memory === "keep") return batch * keptActivations(backbone, rows, prefix);
  const { kind, layers, heads } = stackOf(backbone);
  if (memory === "recompute_attention") {
    const probabilities = layers * heads * rows * (prefix + rows);
    return batch * (keptActivations(backbone, rows, prefix) - probabilities);
  }
  const d = backbone.width.value;
  const last = kind === "encoder" ? rows * (d + 1) : 0;
  return batch * (layers * rows * d + last);
}

/** Float32 values beyond those that the fullest moment of a batch's backward pass needs. */
export function heldWhileWorking(
  memory: LayerMemory,
  backbone: Backbone,
  batch: number,
  rows: number,
  prefix = 0,
): number {
  const { isWhole } = sliceOf(backbone, batch, rows, prefix);
  if (memory === "keep") return batch * workingMemory(backbone, rows, prefix);
  if (memory === "recompute_attention") return slicedWorkingMemory(backbone, batch, rows, prefix);
  // Of the layer whose turn it is, its activations beside its input, too.
  const { heads, kept, shared } = stackOf(backbone);
  const own = rows * (kept - backbone.width.value) + 2 * prefix * shared;
  const probabilities = isWhole ? heads * rows * (prefix + rows) : 0;
  const working = isWhole
    ? batch * workingMemory(backbone, rows, prefix)
    : slicedWorkingMemory(backbone, batch, rows, prefix);
  return batch * (own + probabilities) + working;
}

/**
 * `workingMemory` of a whole batch where the probabilities are made again slice by slice: during the last slice, whose five
 * matrices stand beside the gradients of query, key and value; or after it.
 */
function slicedWorkingMemory(backbone: Backbone, batch: number, rows: number, prefix: number): number {
  const { inner, hidden } = stackOf(backbone);
  const d = backbone.width.value;
  const { scores, copied } = sliceOf(backbone, batch, rows, prefix);
  const feedForward = 3 * hidden + 7 * d;
  const after = 10 * d + 8 * inner - hidden - 1;
  const during = 5 * inner - d - hidden - 2;
  const all = batch * rows;
  return Math.max(all * feedForward, all * after, all * during + 5 * scores + 4 * inner * copied);
}
