// How much a method makes the backbone compute, before anything is loaded: multiply-adds of its matrix products.

import { stackOf } from "../program/architectures.ts";
import type { Backbone } from "../program/program.ts";

/**
 * Multiply-adds of the backbone's stack for one example of `rows` positions: the layers' matrices a position, scores and
 * values for each pair of positions. Norms and softmax are left out.
 */
export function stackWork(backbone: Backbone, rows: number): number {
  const { layers, work, inner } = stackOf(backbone);
  return layers * (rows * work + 2 * rows * rows * inner);
}

/**
 * The same of one example's part in a training step: `rows` positions and `tokens` of its target through the whole model, forward and
 * back to the embeddings. Backward a frozen matrix takes one product, the input's gradient, and each of attention's two products
 * takes two. A method's own products, which a batch shares, are left out.
 */
export function stepWork(backbone: Backbone, rows: number, tokens: number): number {
  const { kind, layers, work, inner, beyond } = stackOf(backbone);
  // A decoder-only model reads the target behind the input, all but its last token.
  const positions = kind === "decoder" ? rows + tokens - 1 : rows;
  const matrices = positions * (layers * work + beyond.position) + tokens * beyond.token;
  const pairs = layers * 2 * positions * positions * inner + tokens * (positions + tokens) * beyond.pair;
  return 2 * matrices + 3 * pairs;
}
