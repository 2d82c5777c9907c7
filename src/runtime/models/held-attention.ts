// What an attention holds until its backward pass: its probabilities, or what they are made of again.

import { attend, attendBackward, type AttentionState } from "../primitives/attention.ts";
import {
  attendInSlices,
  attendInSlicesBackward,
  biasOver,
  mixedInSlices,
  type BiasParts,
  type SlicedState,
} from "../primitives/sliced-attention.ts";
import { splitOf } from "../primitives/slices.ts";
import { tf, type Tensor3D, type Tensor4D } from "../tf.ts";
import type { LayerMemory } from "./layer-memory.ts";

export type HeldAttention = AttentionState | SlicedState;

/** softmax(q·kᵀ + bias)·v. `query` is `[batch, heads, rows, headWidth]`; the parts of the bias stay the caller's. */
export function holdAttention(
  memory: LayerMemory | undefined,
  query: Tensor4D,
  key: Tensor4D,
  value: Tensor4D,
  bias: BiasParts,
): { readonly mixed: Tensor4D; readonly state: HeldAttention } {
  const [batch, heads, rows] = query.shape;
  const keyRows = key.shape[2];
  // A layer that is made again holds its probabilities for a moment only: they may stand whole where one slice has them all.
  const isWhole = memory === "recompute" && !splitOf([batch, heads, rows, keyRows]);
  const keeps = memory === undefined || memory === "keep" || isWhole;
  if (!keeps) return attendInSlices(query, key, value, bias);
  return attend(query, key, value, biasOver(keyRows, bias));
}

/** What attention gave, `[batch, heads, rows, headWidth]`, once more. */
export function mixedAgain(state: HeldAttention): Tensor4D {
  if (!("probabilities" in state)) return mixedInSlices(state);
  return tf.matMul(state.probabilities, state.value) as Tensor4D;
}

/**
 * Gradients of `holdAttention`: the query's on demand, since not every caller needs it, and with `ofScores` that of the scores,
 * summed over the batch, `[heads, rows, keyRows]`.
 */
export function heldAttentionBackward(dMixed: Tensor4D, state: HeldAttention, ofScores = false) {
  if ("probabilities" in state) {
    const { dScores, ...gradients } = attendBackward(dMixed, state);
    return { ...gradients, dScores: (): Tensor3D => tf.sum(dScores, 0) };
  }
  const { dQuery, dScores, ...ofKeys } = attendInSlicesBackward(dMixed, state, ofScores);
  const summed = () => {
    if (!dScores) throw new Error("the gradient of the scores was not asked for");
    return dScores;
  };
  return { ...ofKeys, dQuery: () => dQuery, dScores: summed };
}
