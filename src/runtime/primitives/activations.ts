// The activations of feed-forward blocks, alone and as a gate of a second linear map (Shazeer, 2020), forward and backward.

import { tf, type Tensor2D } from "../backends/tensorflow.ts";
import { primitive } from "./primitive.ts";
import { reluBackward } from "./relu.ts";

export type Activation = "relu" | "gelu" | "silu" | "erfGelu";

/** y = a(x). */
export const activate = primitive((kind: Activation, x: Tensor2D): Tensor2D => forms[kind].active(x));

/** dy·a′(x). Of relu, x may be what came before or after it. */
export const activateBackward = primitive((kind: Activation, dy: Tensor2D, x: Tensor2D): Tensor2D =>
  kind === "relu" ? reluBackward(dy, x) : tf.mul(dy, forms[kind].withSlope(x).slope),
);

/** y = a(x) ⊙ straight. */
export const gate = primitive((kind: Activation, x: Tensor2D, straight: Tensor2D): Tensor2D =>
  tf.mul(forms[kind].active(x), straight),
);

/** Gradients of `gate` with respect to x and straight. */
export const gateBackward = primitive((kind: Activation, dy: Tensor2D, x: Tensor2D, straight: Tensor2D) => {
  const { y, slope } = forms[kind].withSlope(x);
  const dStraight: Tensor2D = tf.mul(dy, y);
  const dx: Tensor2D = tf.mul(tf.mul(dy, straight), slope);
  return { dx, dStraight };
});

interface Form {
  active(x: Tensor2D): Tensor2D;
  /** The same and its derivative. */
  withSlope(x: Tensor2D): { readonly y: Tensor2D; readonly slope: Tensor2D };
}

/** 2√(2/π): 0.5·x·(1 + tanh(a)) is x·σ(2a), and the sigmoid is several times faster on wasm. */
export const geluFactor = 2 * Math.sqrt(2 / Math.PI);
export const geluCubic = 0.044715;

const forms: Record<Activation, Form> = {
  relu: { active: tf.relu, withSlope: (x) => ({ y: tf.relu(x), slope: tf.step(x) }) },
  /** The tanh form (Hendrycks and Gimpel, 2016), gelu_new of T5 1.1 and GPT-2: x·σ(z) with z = 2√(2/π)·(x + 0.044715·x³). */
  gelu: {
    active: (x) => tf.mul(x, geluGate(x, tf.square(x))),
    /** Its derivative is σ(z) + y·(1 − σ(z))·dz/dx. */
    withSlope: (x) => {
      const square: Tensor2D = tf.square(x);
      const open = geluGate(x, square);
      const y: Tensor2D = tf.mul(x, open);
      const dz = tf.add(tf.mul(square, 3 * geluCubic * geluFactor), geluFactor);
      return { y, slope: tf.add(open, tf.mul(tf.sub(y, tf.mul(y, open)), dz)) };
    },
  },
  /** x·σ(x), whose derivative is σ(x)·(1 + x·(1 − σ(x))). */
  silu: {
    active: (x) => tf.mul(x, tf.sigmoid(x)),
    withSlope: (x) => {
      const open = tf.sigmoid(x);
      return { y: tf.mul(x, open), slope: tf.mul(open, tf.add(tf.mul(x, tf.sub(1, open)), 1)) };
    },
  },
  /** The exact gelu, x·Φ(x) with the normal distribution function: BERT's. Its derivative is Φ(x) + x·φ(x). */
  erfGelu: {
    active: (x) => tf.mul(x, distribution(x)),
    withSlope: (x) => {
      const below = distribution(x);
      const density = tf.mul(tf.exp(tf.mul(tf.square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
      return { y: tf.mul(x, below), slope: tf.add(below, tf.mul(x, density)) };
    },
  },
};

function geluGate(x: Tensor2D, square: Tensor2D): Tensor2D {
  return tf.sigmoid(tf.mul(x, tf.add(tf.mul(square, geluCubic * geluFactor), geluFactor)) as Tensor2D);
}

function distribution(x: Tensor2D): Tensor2D {
  return tf.add(tf.mul(tf.erf(tf.mul(x, Math.SQRT1_2)), 0.5), 0.5) as Tensor2D;
}
