// Derivatives of the activations whose forward functions methods use, too.

import { tf, type Tensor2D } from "../tf.ts";

/** Of x·σ(z) with z = 2√(2/π)·(x + 0.044715·x³), the `gelu` of graph-operations.ts: σ(z) + x·σ(z)·(1 − σ(z))·z′. */
export function geluSlope(x: Tensor2D): Tensor2D {
  const factor = 2 * Math.sqrt(2 / Math.PI);
  const square = tf.square(x);
  const gate = tf.sigmoid(tf.mul(tf.mul(x, tf.add(tf.mul(square, 0.044715), 1)), factor));
  const inner = tf.mul(tf.add(tf.mul(square, 3 * 0.044715), 1), factor); // z′
  return tf.add(gate, tf.mul(tf.mul(x, inner), tf.mul(gate, tf.sub(1, gate)))) as Tensor2D;
}

/** Of x·σ(x): σ(x)·(1 + x·(1 − σ(x))). */
export function siluSlope(x: Tensor2D): Tensor2D {
  const gate = tf.sigmoid(x);
  return tf.mul(gate, tf.add(tf.mul(x, tf.sub(1, gate)), 1)) as Tensor2D;
}
