// The tanh form of gelu (Hendrycks and Gimpel, 2016), which T5 1.1 and GPT-2 call gelu_new.

import { tf, type Tensor2D } from "../tf.ts";

// 0.5·x·(1 + tanh(a)) is x·σ(2a), and the sigmoid is several times faster on wasm.
const factor = 2 * Math.sqrt(2 / Math.PI);
const cubic = 0.044715;

/** y = x·σ(z) with z = 2√(2/π)·(x + 0.044715·x³). */
export function gelu(x: Tensor2D): Tensor2D {
  return tf.mul(x, gateOf(x, tf.square(x)));
}

/** The same and dy/dx = σ(z) + y·(1 − σ(z))·dz/dx. */
export function geluWithSlope(x: Tensor2D) {
  const square: Tensor2D = tf.square(x);
  const gate = gateOf(x, square);
  const y = tf.mul(x, gate);
  const dz = tf.add(tf.mul(square, 3 * cubic * factor), factor);
  const slope = tf.add(gate, tf.mul(tf.sub(y, tf.mul(y, gate)), dz));
  return { y: y as Tensor2D, slope: slope as Tensor2D };
}

function gateOf(x: Tensor2D, square: Tensor2D): Tensor2D {
  return tf.sigmoid(tf.mul(x, tf.add(tf.mul(square, cubic * factor), factor)) as Tensor2D);
}
