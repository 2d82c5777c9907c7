// Rotary positions (Su et al., 2021): pairs of a head's values turned by an angle that grows with the position.

import { tf, type Tensor4D } from "../backends/tensorflow.ts";
import { primitive } from "./primitive.ts";

/** Cosines and sines of the positions; the sines of the first half carry a minus. */
export type Rotation = {
  readonly cosine: Tensor4D; // [batch or 1, 1, rows, headWidth]
  readonly sine: Tensor4D; // [batch or 1, 1, rows, headWidth]
};

/** The rotation of `positions`, `[batch × rows]`, at one frequency for each pair, `[headWidth / 2]`. */
export function makeRotation(positions: Int32Array, batch: number, frequencies: Float32Array): Rotation {
  const half = frequencies.length;
  const cosine = new Float32Array(positions.length * 2 * half);
  const sine = new Float32Array(cosine.length);
  for (const [row, position] of positions.entries()) {
    for (const [pair, frequency] of frequencies.entries()) {
      const angle = position * frequency;
      const [first, second] = [row * 2 * half + pair, row * 2 * half + half + pair];
      cosine[first] = cosine[second] = Math.cos(angle);
      sine[second] = Math.sin(angle);
      sine[first] = -Math.sin(angle);
    }
  }
  const shape: [number, number, number, number] = [batch, 1, positions.length / batch, 2 * half];
  return { cosine: tf.tensor4d(cosine, shape), sine: tf.tensor4d(sine, shape) };
}

/** Value i of a head is paired with value i + headWidth/2. `[batch, heads, rows, headWidth]` → the same. */
export const rotate = primitive((x: Tensor4D, { cosine, sine }: Rotation): Tensor4D =>
  tf.add(tf.mul(x, cosine), tf.mul(swapHalves(x), sine)),
);

/** Gradient of `rotate`: the turn back. */
export const rotateBackward = primitive((dy: Tensor4D, { cosine, sine }: Rotation): Tensor4D =>
  tf.sub(tf.mul(dy, cosine), tf.mul(swapHalves(dy), sine)),
);

function swapHalves(x: Tensor4D): Tensor4D {
  const half = x.shape[3] / 2;
  const size: [number, number, number, number] = [x.shape[0], x.shape[1], x.shape[2], half];
  return tf.concat([tf.slice(x, [0, 0, 0, half], size), tf.slice(x, [0, 0, 0, 0], size)], 3);
}
