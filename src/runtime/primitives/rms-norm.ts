// Root-mean-square layer norm (Zhang and Sennrich, 2019): T5's, without mean and without bias.

import { tf, type Tensor1D, type Tensor2D } from "../tf.ts";

/** y = x·r·w with r = 1/√(mean(x²) + ε), `[rows, width]`. `scale` is r, `[rows, 1]`, for the backward pass. */
export function rmsNorm(x: Tensor2D, weight: Tensor1D, epsilon: number) {
  const scale = tf.rsqrt(tf.add(tf.mean(tf.square(x), -1, true), epsilon)) as Tensor2D;
  return { y: tf.mul(tf.mul(x, scale), weight) as Tensor2D, scale };
}

/** Gradient with respect to the weight: Σ dy·x·r over the rows, `[width]`. */
export function rmsNormGain(dy: Tensor2D, x: Tensor2D, scale: Tensor2D): Tensor1D {
  return tf.sum(tf.mul(dy, tf.mul(x, scale)), 0);
}

/** Gradient with respect to x: r·(g − x̂·mean(g·x̂)) with g = dy·w and x̂ = x·r. */
export function rmsNormBackward(dy: Tensor2D, x: Tensor2D, scale: Tensor2D, weight: Tensor1D): Tensor2D {
  const g = tf.mul(dy, weight);
  const normal = tf.mul(x, scale);
  const along = tf.mean(tf.mul(g, normal), -1, true); // [rows, 1]
  return tf.mul(scale, tf.sub(g, tf.mul(normal, along)));
}
