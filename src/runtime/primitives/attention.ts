// Dot-product attention over heads, forward and backward. T5 does not scale the scores.

import { tf, type Tensor2D, type Tensor4D } from "../tf.ts";

/** `[batch × rows, heads × headWidth]` → `[batch, heads, rows, headWidth]`. */
export function splitHeads(x: Tensor2D, batch: number, rows: number, heads: number): Tensor4D {
  return tf.transpose(tf.reshape(x, [batch, rows, heads, -1]), [0, 2, 1, 3]) as Tensor4D;
}

/** `[batch, heads, rows, headWidth]` → `[batch × rows, heads × headWidth]`. */
export function mergeHeads(x: Tensor4D): Tensor2D {
  const [batch, heads, rows, headWidth] = x.shape;
  return tf.reshape(tf.transpose(x, [0, 2, 1, 3]), [batch * rows, heads * headWidth]);
}

/** What attention keeps for its backward pass; all `[batch, heads, …]`. */
export type AttentionState = {
  readonly query: Tensor4D; // [batch, heads, rows, headWidth]
  readonly key: Tensor4D; // [batch, heads, keyRows, headWidth]
  readonly value: Tensor4D; // [batch, heads, keyRows, headWidth]
  readonly probabilities: Tensor4D; // [batch, heads, rows, keyRows]
};

/** softmax(q·kᵀ + bias)·v. `bias` broadcasts to `[batch, heads, rows, keyRows]`. */
export function attend(query: Tensor4D, key: Tensor4D, value: Tensor4D, bias: Tensor4D) {
  const scores = tf.add(tf.matMul(query, key, false, true), bias);
  const probabilities = tf.softmax(scores) as Tensor4D;
  const state: AttentionState = { query, key, value, probabilities };
  return { mixed: tf.matMul(probabilities, value) as Tensor4D, state };
}

/** Gradients of `attend` with respect to key, value and scores; the query's on demand, since not every caller needs it. */
export function attendBackward(dMixed: Tensor4D, { query, key, value, probabilities }: AttentionState) {
  const dValue = tf.matMul(probabilities, dMixed, true, false) as Tensor4D;
  const dProbabilities = tf.matMul(dMixed, value, false, true);
  const weighted = tf.mul(dProbabilities, probabilities);
  // Softmax: p·(dp − Σ dp·p)
  const dScores = tf.sub(weighted, tf.mul(probabilities, tf.sum(weighted, -1, true)));
  const dKey = tf.matMul(dScores, query, true, false) as Tensor4D;
  return { dKey, dValue, dScores: dScores as Tensor4D, dQuery: () => tf.matMul(dScores, key) as Tensor4D };
}
