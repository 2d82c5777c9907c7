// What the runtime keeps of the backbone's stack for its backward pass.

import { stackOf } from "../program/architectures.ts";
import type { Backbone } from "../program/program.ts";

/**
 * Float32 values kept for one example of `rows` positions: in each layer the two blocks' inputs and norms' scales, query,
 * key, value, the attention probabilities and the hidden units; after the last layer its output and the final norm's scale.
 * What a few target tokens take is left out. A test holds this against the runtime's own tensors.
 */
export function keptActivations(backbone: Backbone, rows: number): number {
  const { kind, layers, heads, kept } = stackOf(backbone);
  // A decoder-only model keeps of its last rows only those that predict a target.
  const last = kind === "encoder" ? rows * (backbone.width.value + 1) : 0;
  return layers * (rows * kept + heads * rows * rows) + last;
}
