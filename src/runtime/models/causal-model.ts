// A decoder-only model on the device, and the tensors that a run of it needs beside the weights.

import { consume } from "../primitives/consume.ts";
import type { NormWeights } from "../primitives/norm.ts";
import { tf, type Tensor, type Tensor2D, type Tensor3D } from "../tf.ts";
import type { TargetBatch } from "./backbone.ts";
import type { CausalContext } from "./causal-attention.ts";
import type { CausalLayer } from "./causal-layers.ts";
import type { TokenTable } from "./token-table.ts";

/** A decoder-only model on the device. */
export interface CausalModel {
  readonly padId: number;
  readonly endId: number;
  readonly table: TokenTable; // [vocabulary, width]
  /** Learned positions, `[positions, width]`; or one frequency for each pair of a head's values. */
  readonly positions:
    | { readonly kind: "learned"; readonly table: TokenTable }
    | { readonly kind: "rotary"; readonly frequencies: Float32Array };
  readonly layers: readonly CausalLayer[];
  readonly norm: NormWeights;
  /** The scores' table: the embeddings again where the head is tied. */
  readonly head: TokenTable;
  /** How many rows back a row sees, itself counted. */
  readonly window: number;
  /** Everything on the device, to be freed. */
  readonly tensors: readonly Tensor[];
}

/** What a context holds on the device. */
export function contextTensors({ bias, rotation }: CausalContext): readonly Tensor[] {
  return rotation ? [bias, rotation.cosine, rotation.sine] : [bias];
}

/** Rows by a selector of zeros and ones: `[batch × rows, width]` → `[batch × picked, width]`. Takes over `x`. */
export function pick(x: Tensor2D, selector: Tensor3D): Tensor2D {
  return consume(x, () => {
    const [batch, , rows] = selector.shape;
    const all: Tensor3D = tf.reshape(x, [batch, rows, -1]);
    return tf.reshape(tf.matMul(selector, all), [-1, x.shape[1]]) as Tensor2D;
  });
}

/** 1/n for each of the n target tokens, 0 for padding: `[batch × columns]`. */
export function tokenWeights({ ids }: TargetBatch) {
  const count = ids.reduce((total, id) => total + (id < 0 ? 0 : 1), 0);
  if (count === 0) throw new Error("a batch of targets without a token has no loss");
  return tf.tensor1d(Float32Array.from(ids, (id) => (id < 0 ? 0 : 1 / count)));
}
