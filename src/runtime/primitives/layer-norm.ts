// Layer norm with a learned scale and shift (Ba, Kiros and Hinton, 2016).

import { tf, type Tensor1D, type Tensor2D } from "../tf.ts";

export interface LayerNormWeights {
  readonly weight: Tensor1D; // [width]
  readonly bias: Tensor1D; // [width]
}

/** What the backward pass needs. */
export type LayerNormSaved = {
  readonly normal: Tensor2D; // [rows, width], before scale and shift
  readonly scale: Tensor2D; // [rows, 1]
};

/** y = x̂·w + b with x̂ = (x − mean(x))/√(var(x) + ε), `[rows, width]`. */
export function layerNorm({ weight, bias }: LayerNormWeights, x: Tensor2D, epsilon: number) {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon)) as Tensor2D;
  const normal = tf.mul(centred, scale) as Tensor2D;
  const saved: LayerNormSaved = { normal, scale };
  return { y: layerNormed({ weight, bias }, saved), saved };
}

/** What the norm gave, made again of what it kept: `[rows, width]`. */
export function layerNormed({ weight, bias }: LayerNormWeights, { normal }: LayerNormSaved): Tensor2D {
  return tf.add(tf.mul(normal, weight), bias) as Tensor2D;
}

/** Gradient with respect to x: r·(g − mean(g) − x̂·mean(g·x̂)) with g = dy·w. */
export function layerNormBackward(
  { weight }: LayerNormWeights,
  dy: Tensor2D,
  { normal, scale }: LayerNormSaved,
): Tensor2D {
  const g = tf.mul(dy, weight);
  const along = tf.mul(normal, tf.mean(tf.mul(g, normal), -1, true));
  return tf.mul(scale, tf.sub(tf.sub(g, tf.mean(g, -1, true)), along));
}
