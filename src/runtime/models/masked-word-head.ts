// BERT's head: the score of every token at the one masked place of each input.

import { consume, scoped } from "../primitives/consume.ts";
import { activate, activateBackward } from "../primitives/activations.ts";
import { layerNorm, layerNormBackward, type LayerNormWeights } from "../primitives/layer-norm.ts";
import { linear, linearBackward } from "../primitives/linear.ts";
import { tf, type Tensor1D, type Tensor2D, type Tensor3D } from "../tf.ts";
import { dense, type DenseWeights } from "./bert-encoder.ts";
import type { TokenTable } from "./token-table.ts";

export interface MaskedWordHead {
  readonly dense: DenseWeights; // [width, width]
  readonly norm: LayerNormWeights;
  readonly table: TokenTable;
  readonly bias: Tensor1D; // [vocabulary]
  readonly epsilon: number;
}

/** 1 at the masked place of each input, `[batch, 1, rows]`: picking rows and its gradient are products with it. */
export function selection(places: readonly number[], rows: number): Tensor3D {
  const chosen = new Float32Array(places.length * rows);
  for (const [index, place] of places.entries()) chosen[index * rows + place] = 1;
  return tf.tensor3d(chosen, [places.length, 1, rows]);
}

/** log p(token) of all tokens at the masked places, `[batch, vocabulary]`. `encoded` stays the caller's. */
export function maskedLogLikelihoods(head: MaskedWordHead, encoded: Tensor2D, places: Tensor3D): Tensor2D {
  return scoped(() => {
    const scores = maskedScores(head, encoded, places).scores;
    return tf.logSoftmax(scores) as Tensor2D;
  });
}

/** −mean log p(label) and its gradient with respect to `encoded`, which it frees. */
export function maskedLossAndGradient(
  head: MaskedWordHead,
  encoded: Tensor2D,
  places: Tensor3D,
  labels: Int32Array,
) {
  return consume(encoded, () => {
    const { inner, normal, y, scores } = maskedScores(head, encoded, places);
    const [batch] = places.shape;
    const probabilities = tf.softmax(scores) as Tensor2D;
    // The loss's gradient at y: mean of softmax·E − E[label].
    const expected = linearBackward(probabilities, head.table.matrix);
    const labelRows = head.table.rows(labels);
    const dy = tf.div(tf.sub(expected, labelRows), batch) as Tensor2D;
    const dInner = activateBackward("erfGelu", layerNormBackward(head.norm, dy, normal), inner);
    const dRows = linearBackward(dInner, head.dense.weight); // [batch, width]
    const spread = tf.matMul(places, tf.reshape(dRows, [batch, 1, -1]), true); // [batch, rows, width]
    return {
      loss: labelLoss(head, scores, y, labelRows, labels),
      gradient: tf.reshape(spread, encoded.shape) as Tensor2D,
    };
  });
}

/** −mean log p(label) alone; frees `encoded`. */
export function maskedLoss(
  head: MaskedWordHead,
  encoded: Tensor2D,
  places: Tensor3D,
  labels: Int32Array,
): Tensor1D {
  return consume(encoded, () => {
    const { y, scores } = maskedScores(head, encoded, places);
    return labelLoss(head, scores, y, head.table.rows(labels), labels);
  });
}

function maskedScores(head: MaskedWordHead, encoded: Tensor2D, places: Tensor3D) {
  const [batch, , rows] = places.shape;
  const width = encoded.shape[1];
  const picked = tf.matMul(places, tf.reshape(encoded, [batch, rows, width])); // [batch, 1, width]
  const inner = dense(head.dense, tf.reshape(picked, [batch, width]) as Tensor2D);
  const { y, saved: normal } = layerNorm(head.norm, activate("erfGelu", inner), head.epsilon);
  const scores = tf.add(linear(y, head.table.matrix), head.bias) as Tensor2D; // [batch, vocabulary]
  return { inner, normal, y, scores };
}

/** `[1]`. The label's score is taken from its row of the table: no gather over the vocabulary. */
function labelLoss(
  { bias }: MaskedWordHead,
  scores: Tensor2D,
  y: Tensor2D,
  labelRows: Tensor2D,
  labels: Int32Array,
): Tensor1D {
  const labelBiases = tf.gather(bias, tf.tensor1d(labels, "int32"));
  const labelScores = tf.add(tf.sum(tf.mul(y, labelRows), -1), labelBiases);
  return tf.reshape(tf.mean(tf.sub(tf.logSumExp(scores, -1), labelScores)), [1]);
}
