// The attention block of decoder-only models: norm, grouped heads, residual. Activations are `[batch × rows, width]`.

import { attend, attendBackward, type AttentionState } from "../primitives/attention.ts";
import { consume } from "../primitives/consume.ts";
import {
  linearFromHeads,
  linearFromHeadsBackward,
  linearToHeads,
  linearToHeadsBackward,
} from "../primitives/heads.ts";
import { linear } from "../primitives/linear.ts";
import { norm, normBackward, type NormSaved, type NormWeights } from "../primitives/norm.ts";
import { rotate, rotateBackward, type Rotation } from "../primitives/rotary.ts";
import { tf, type Tensor1D, type Tensor2D, type Tensor4D } from "../tf.ts";

/** A frozen linear map with or without a bias. */
export interface Projection {
  readonly weight: Tensor2D; // [out, in]
  readonly bias: Tensor1D | undefined; // [out]
}

export interface CausalAttentionWeights {
  readonly norm: NormWeights;
  readonly query: Projection; // [heads × headWidth, width]
  readonly key: Projection; // [keyHeads × headWidth, width]
  readonly value: Projection; // [keyHeads × headWidth, width]
  readonly output: Projection; // [width, heads × headWidth]
  readonly heads: number;
  /** Several query heads may share one head of keys and values (Ainslie et al., 2023). */
  readonly keyHeads: number;
}

/** Keys and values of rows that were read before. */
export type KeysAndValues = {
  readonly key: Tensor4D; // [batch, keyHeads, keyRows, headWidth]
  readonly value: Tensor4D; // [batch, keyHeads, keyRows, headWidth]
};

/** What the rows of one run see and where they stand. */
export interface CausalContext {
  readonly batch: number;
  /** 0 or -1e9, `[batch or 1, 1, group × rows, keyRows]`: repeated for each query head of a group. */
  readonly bias: Tensor4D;
  readonly rotation: Rotation | undefined;
}

/** What the backward pass of one block needs; freed by it. Queries stand as `[batch, keyHeads, group × rows, headWidth]`. */
export type CausalAttentionSaved = AttentionState & { readonly norm: NormSaved };

export function project(x: Tensor2D, { weight, bias }: Projection): Tensor2D {
  return linear(x, weight, bias);
}

/** x + attention(norm(x)); with `past`, its keys and values stand before the rows' own. Takes over `x`. */
export function causalAttention(
  weights: CausalAttentionWeights,
  x: Tensor2D,
  { batch, bias, rotation }: CausalContext,
  past?: KeysAndValues,
) {
  const { heads, keyHeads } = weights;
  return consume(x, () => {
    const { y: normal, saved } = norm(weights.norm, x);
    const split = (projection: Projection, count: number) =>
      linearToHeads(normal, projection.weight, batch, count, projection.bias);
    const turned = (part: Tensor4D) => (rotation ? rotate(part, rotation) : part);
    const query = turned(split(weights.query, heads)); // [batch, heads, rows, headWidth]
    const ownKey = turned(split(weights.key, keyHeads));
    const ownValue = split(weights.value, keyHeads);
    const key: Tensor4D = past ? tf.concat([past.key, ownKey], 2) : ownKey;
    const value: Tensor4D = past ? tf.concat([past.value, ownValue], 2) : ownValue;
    const headWidth = query.shape[3];
    const grouped = regroup(tf.mul(query, headWidth ** -0.5), keyHeads);
    const { mixed, state } = attend(grouped, key, value, bias);
    const y = tf.add(
      x,
      linearFromHeads(regroup(mixed, heads), weights.output.weight, weights.output.bias),
    ) as Tensor2D;
    return { y, saved: { ...state, norm: saved } satisfies CausalAttentionSaved };
  });
}

/** Gradient with respect to x; frees `dy` and `saved`. Only for a run without past. */
export function causalAttentionBackward(
  weights: CausalAttentionWeights,
  dy: Tensor2D,
  saved: CausalAttentionSaved,
  { batch, rotation }: CausalContext,
): Tensor2D {
  const { heads, keyHeads } = weights;
  return consume([dy, saved], () => {
    const dMixed = linearFromHeadsBackward(dy, weights.output.weight, batch, heads);
    const { dKey, dValue, dQuery } = attendBackward(regroup(dMixed, keyHeads), saved);
    const back = (part: Tensor4D) => (rotation ? rotateBackward(part, rotation) : part);
    const scaled: Tensor4D = tf.mul(regroup(dQuery(), heads), saved.query.shape[3] ** -0.5);
    const ofValue = linearToHeadsBackward(dValue, weights.value.weight);
    const ofKey = linearToHeadsBackward(back(dKey), weights.key.weight, ofValue);
    const dNormal = linearToHeadsBackward(back(scaled), weights.query.weight, ofKey);
    return normBackward(weights.norm, dNormal, saved.norm, dy);
  });
}

/** The same rows under another number of heads: `[batch, heads, rows, headWidth]` ↔ `[batch, keyHeads, group × rows, headWidth]`. */
function regroup(x: Tensor4D, heads: number): Tensor4D {
  const [batch, , , headWidth] = x.shape;
  return x.shape[1] === heads ? x : tf.reshape(x, [batch, heads, -1, headWidth]);
}
