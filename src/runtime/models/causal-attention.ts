// The attention block of decoder-only models: norm, grouped heads, residual. Activations are `[batch × rows, width]`.

import { consume } from "../primitives/consume.ts";
import { norm, normBackward, normed, type NormSaved, type NormWeights } from "../primitives/norm.ts";
import { rotate, rotateBackward, type Rotation } from "../primitives/rotary.ts";
import { tf, type Tensor2D, type Tensor3D, type Tensor4D } from "../tf.ts";
import { memoryBackward, withMemory } from "./attention-memory.ts";
import {
  projectFromHeads,
  projectFromHeadsBackward,
  projectToHeads,
  projectToHeadsBackward,
} from "./changed-heads.ts";
import { through, throughBackward, type Projection } from "./changed-linear.ts";
import { heldAttentionBackward, holdAttention, mixedAgain, type HeldAttention } from "./held-attention.ts";
import type { BlockInside, InsideRun } from "./inside.ts";
import type { LayerMemory } from "./layer-memory.ts";

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

/** Keys and values of rows that were read before, those of a prefix in front. */
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
  /** What a method changes inside the blocks. */
  readonly run?: InsideRun | undefined;
}

/** What the backward pass of one block needs; freed by it. Queries stand as `[batch, keyHeads, group × rows, headWidth]`. */
export type CausalAttentionSaved = HeldAttention & { readonly norm: NormSaved };

/** x + attention(norm(x)); with `past`, its keys and values stand before the rows' own. Takes over `x`. */
export function causalAttention(
  weights: CausalAttentionWeights,
  x: Tensor2D,
  { batch, bias, rotation }: CausalContext,
  at?: BlockInside,
  held?: LayerMemory,
  past?: KeysAndValues,
) {
  const { heads, keyHeads } = weights;
  const { memory, afterSelfAttention: after } = at?.inside ?? {};
  return consume(x, () => {
    const { y: normal, saved } = norm(weights.norm, x);
    const split = (place: "query" | "key" | "value", count: number) =>
      projectToHeads(normal, weights[place], at, place, batch, count);
    // A prefix has no position and is not turned; `past` already begins with it.
    const behind = (front: Tensor4D | undefined, own: Tensor4D, prefix: Tensor3D | undefined) =>
      front ? (tf.concat([front, own], 2) as Tensor4D) : withMemory(own, prefix, at?.attention ?? 0);
    const turned = (part: Tensor4D) => (rotation ? rotate(part, rotation) : part);
    const query = turned(split("query", heads)); // [batch, heads, rows, headWidth]
    const key = behind(past?.key, turned(split("key", keyHeads)), memory?.keys);
    const value = behind(past?.value, split("value", keyHeads), memory?.values);
    const headWidth = query.shape[3];
    const grouped = regroup(tf.mul(query, headWidth ** -0.5), keyHeads);
    const { mixed, state } = holdAttention(held, grouped, key, value, [bias]);
    const plain = projectFromHeads(regroup(mixed, heads), weights.output, at, "attentionOutput");
    const y = tf.add(x, through(plain, after, at?.layer ?? 0)) as Tensor2D;
    return { y, saved: { ...state, norm: saved } satisfies CausalAttentionSaved };
  });
}

/** Gradient with respect to x; frees `dy` and `saved`. Only for a run without past. */
export function causalAttentionBackward(
  weights: CausalAttentionWeights,
  dy: Tensor2D,
  saved: CausalAttentionSaved,
  { batch, rotation }: CausalContext,
  at?: BlockInside,
): Tensor2D {
  const { heads, keyHeads } = weights;
  const { memory, afterSelfAttention: after } = at?.inside ?? {};
  return consume([dy, saved], () => {
    const mixed = () => regroup(mixedAgain(saved), heads);
    const plain = () => projectFromHeads(mixed(), weights.output, at, "attentionOutput");
    const dPlain = throughBackward(dy, plain, after, at);
    const size = [batch, heads] as const;
    const dMixed = projectFromHeadsBackward(dPlain, weights.output, at, "attentionOutput", mixed, size);
    const { dKey, dValue, dQuery } = heldAttentionBackward(regroup(dMixed, keyHeads), saved);
    const unturned = (part: Tensor4D) => (rotation ? rotateBackward(part, rotation) : part);
    const scaled: Tensor4D = tf.mul(regroup(dQuery(), heads), saved.query.shape[3] ** -0.5);
    const normal = () => normed(weights.norm, saved.norm);
    const back = (d: Tensor4D, place: "query" | "key" | "value", onto?: Tensor2D) =>
      projectToHeadsBackward(d, weights[place], at, place, normal, onto);
    const ofValue = back(memoryBackward(dValue, memory?.values, at), "value");
    const ofKey = back(unturned(memoryBackward(dKey, memory?.keys, at)), "key", ofValue);
    const dNormal = back(unturned(scaled), "query", ofKey);
    return normBackward(weights.norm, dNormal, saved.norm, dy);
  });
}

/** The same rows under another number of heads: `[batch, heads, rows, headWidth]` ↔ `[batch, keyHeads, group × rows, headWidth]`. */
function regroup(x: Tensor4D, heads: number): Tensor4D {
  const [batch, , , headWidth] = x.shape;
  return x.shape[1] === heads ? x : tf.reshape(x, [batch, heads, -1, headWidth]);
}
