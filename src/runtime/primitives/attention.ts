// Dot-product attention over heads, forward and backward. T5 does not scale the scores.

import { tf, type Tensor2D, type Tensor4D } from "../backends/tensorflow.ts";
import { primitive } from "./primitive.ts";

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

/** softmax(scores + bias) over the keys, `[batch, heads, rows, keyRows]`; `bias` broadcasts to that. */
export const softmaxWithBias = primitive(
  (scores: Tensor4D, bias: Tensor4D): Tensor4D => tf.softmax(tf.add(scores, bias)) as Tensor4D,
);

/** Gradient with respect to the scores: p·(dp − Σ dp·p). */
export const softmaxBackward = primitive((dProbabilities: Tensor4D, probabilities: Tensor4D): Tensor4D => {
  const weighted = tf.mul(dProbabilities, probabilities);
  return tf.sub(weighted, tf.mul(probabilities, tf.sum(weighted, -1, true)));
});

/** softmax(q·kᵀ + bias)·v. `bias` broadcasts to `[batch, heads, rows, keyRows]`. */
export function attend(query: Tensor4D, key: Tensor4D, value: Tensor4D, bias: Tensor4D) {
  const scores = tf.matMul(query, key, false, true) as Tensor4D;
  const probabilities = softmaxWithBias(scores, bias);
  const state: AttentionState = { query, key, value, probabilities };
  return { mixed: tf.matMul(probabilities, value) as Tensor4D, state };
}

/** Gradients of `attend` with respect to key, value and scores; the query's on demand, since not every caller needs it. */
export function attendBackward(dMixed: Tensor4D, { query, key, value, probabilities }: AttentionState) {
  const dValue = tf.matMul(probabilities, dMixed, true, false) as Tensor4D;
  const dProbabilities = tf.matMul(dMixed, value, false, true) as Tensor4D;
  const dScores = softmaxBackward(dProbabilities, probabilities);
  const dKey = tf.matMul(dScores, query, true, false) as Tensor4D;
  return { dKey, dValue, dScores: dScores as Tensor4D, dQuery: () => tf.matMul(dScores, key) as Tensor4D };
}
