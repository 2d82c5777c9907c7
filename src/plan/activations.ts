// What the runtime keeps of the encoder for its backward pass.

import type { Backbone } from "../program/program.ts";

/**
 * Float32 values kept for one example of `rows` positions: in each layer the two blocks' inputs and norms' scales, query,
 * key, value, the attention probabilities and the hidden units; after the last layer its output and the final norm's scale.
 * The decoder's share is left out: targets are a few tokens. A test holds this against the runtime's own tensors.
 */
export function keptActivations(backbone: Backbone, rows: number): number {
  const { width, heads, headWidth, feedForward, encoderLayers } = backbone;
  const inner = heads.value * headWidth.value;
  const perPosition = 2 * (width.value + 1) + 3 * inner + feedForward.value;
  const layer = rows * perPosition + heads.value * rows * rows;
  return encoderLayers.value * layer + rows * (width.value + 1);
}
