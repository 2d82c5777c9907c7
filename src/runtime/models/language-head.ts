// The language-model head: final norm, scores of all tokens, and the log-likelihood of the right ones.

import { consume } from "../primitives/consume.ts";
import { linear, linearBackward } from "../primitives/linear.ts";
import { rmsNorm, rmsNormBackward, rmsNormGain } from "../primitives/rms-norm.ts";
import { tf, type Tensor1D, type Tensor2D } from "../tf.ts";
import type { TokenTable } from "./token-table.ts";
import type { WeightGradients } from "./weight-gradients.ts";

export interface HeadWeights {
  /** The last norm, `[width]`; without it the rows come normed. */
  readonly norm: Tensor1D | undefined;
  readonly table: TokenTable;
  /** Factor before the scores: width^-0.5 where the table is also the embedding. */
  readonly factor: number;
  readonly epsilon: number;
}

/** Scores of all tokens, `[rows, vocabulary]`. `x` stays the caller's. */
export function scoreTokens({ norm, table, factor, epsilon }: HeadWeights, x: Tensor2D): Tensor2D {
  const h = tf.mul(norm ? rmsNorm(x, norm, epsilon).y : x, factor) as Tensor2D;
  return linear(h, table.matrix);
}

/** log p(label) of each row, `[rows]`; rows whose label is negative get an arbitrary one. Frees `x`. */
export function logLikelihoods(head: HeadWeights, x: Tensor2D, labels: Int32Array): Tensor1D {
  return consume(x, () => likelihood(head, x, labels).logLikelihoods);
}

/**
 * −Σ weight·log p(label), and its gradient with respect to `x`: with h the normed rows and E the table,
 * dh = weight·(softmax(h·Eᵀ)·E − E[label]), so no one-hot labels and no gather of scores. Frees `x`. `learning` takes the
 * gradients of norm and table, where they learn: dE = (weight·softmax)ᵀ·h, less weight·h in the label's row.
 */
export function crossEntropyAndGradient(
  head: HeadWeights,
  x: Tensor2D,
  labels: Int32Array,
  weights: Tensor1D,
  learning?: WeightGradients,
) {
  const { norm, table, factor } = head;
  return consume(x, () => {
    const { h, scale, labelRows, probabilities, logLikelihoods } = likelihood(head, x, labels);
    const dh = tf.sub(linearBackward(probabilities, table.matrix), labelRows);
    const byRow = tf.reshape(weights, [-1, 1]);
    const dNormal = tf.mul(dh, tf.mul(byRow, factor)) as Tensor2D;
    learning?.add(table.matrix, () => tf.matMul(tf.mul(probabilities, byRow), h, true, false));
    learning?.addRows(table.matrix, labels, () => tf.mul(h, tf.neg(byRow)) as Tensor2D);
    if (norm && scale) learning?.add(norm, () => rmsNormGain(dNormal, x, scale));
    return {
      loss: weightedLoss(logLikelihoods, weights),
      gradient: norm && scale ? rmsNormBackward(dNormal, x, scale, norm) : dNormal,
    };
  });
}

/** −Σ weight·log p(label) alone. Frees `x`. */
export function crossEntropy(
  head: HeadWeights,
  x: Tensor2D,
  labels: Int32Array,
  weights: Tensor1D,
): Tensor1D {
  return consume(x, () => weightedLoss(likelihood(head, x, labels).logLikelihoods, weights));
}

/** −Σ weight·logLikelihood, `[1]`. */
function weightedLoss(logLikelihoods: Tensor1D, weights: Tensor1D): Tensor1D {
  return tf.reshape(tf.neg(tf.sum(tf.mul(logLikelihoods, weights))), [1]);
}

function likelihood({ norm, table, factor, epsilon }: HeadWeights, x: Tensor2D, labels: Int32Array) {
  const { y, scale } = norm ? rmsNorm(x, norm, epsilon) : { y: x, scale: undefined };
  const h = tf.mul(y, factor) as Tensor2D; // [rows, width]
  const scores = linear(h, table.matrix); // [rows, vocabulary]
  const probabilities = tf.softmax(scores) as Tensor2D;
  // log Σ exp(s) = max s − log max p: on wasm softmax is vectorised and exp over the vocabulary is not.
  const normaliser = tf.sub(tf.max(scores, -1), tf.log(tf.max(probabilities, -1)));
  const labelRows = table.rows(labels);
  const labelScores = tf.sum(tf.mul(h, labelRows), -1);
  return { h, scale, labelRows, probabilities, logLikelihoods: tf.sub(labelScores, normaliser) as Tensor1D };
}
