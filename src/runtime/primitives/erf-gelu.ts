// The exact gelu, x·Φ(x) with the normal distribution function (Hendrycks and Gimpel, 2016): BERT's.

import { tf, type Tensor2D } from "../tf.ts";

export function erfGelu(x: Tensor2D): Tensor2D {
  return tf.mul(x, distribution(x));
}

/** dy/dx = Φ(x) + x·φ(x). */
export function erfGeluSlope(x: Tensor2D): Tensor2D {
  const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
  return tf.add(distribution(x), tf.mul(x, density)) as Tensor2D;
}

function distribution(x: Tensor2D): Tensor2D {
  return tf.add(tf.mul(tf.erf(tf.mul(x, Math.SQRT1_2)), 0.5), 0.5) as Tensor2D;
}
