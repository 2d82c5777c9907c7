// The norms of decoder-only models: layer norm (Ba, Kiros and Hinton, 2016), or root-mean-square where there is no shift.

import { tf, type Tensor1D, type Tensor2D } from "../backends/tensorflow.ts";
import { primitive } from "./primitive.ts";

export interface NormWeights {
  readonly weight: Tensor1D; // [width]
  /** A layer norm's shift, `[width]`; without it the rows are not centred either (Zhang and Sennrich, 2019). */
  readonly shift: Tensor1D | undefined;
  readonly epsilon: number;
}

/** What the backward pass needs: the rows before weight and shift. */
export type NormSaved = {
  readonly normal: Tensor2D; // [rows, width]
  readonly scale: Tensor2D; // [rows, 1]
};

/** y = x̂·w + b with x̂ = c·r, r = 1/√(mean(c²) + ε) and c = x − mean(x), or c = x without a shift: `[rows, width]`. */
export const norm = primitive(({ weight, shift, epsilon }: NormWeights, x: Tensor2D) => {
  const centred = shift ? tf.sub(x, tf.mean(x, -1, true)) : x;
  const scale = tf.rsqrt(tf.add(tf.mean(tf.square(centred), -1, true), epsilon)) as Tensor2D;
  const normal = tf.mul(centred, scale) as Tensor2D;
  const saved: NormSaved = { normal, scale };
  return { y: normed({ weight, shift }, saved), saved };
});

/** What the norm gave, made again of what it kept: `[rows, width]`. */
export function normed(
  { weight, shift }: Pick<NormWeights, "weight" | "shift">,
  { normal }: NormSaved,
): Tensor2D {
  const scaled = tf.mul(normal, weight) as Tensor2D;
  return shift ? (tf.add(scaled, shift) as Tensor2D) : scaled;
}

/**
 * Gradient with respect to x: r·(g − mean(g) − x̂·mean(g·x̂)) with g = dy·w; without a shift mean(g) stays. What stands beside
 * the norm, `onto`, is added.
 */
export const normBackward = primitive(
  (
    { weight, shift }: Pick<NormWeights, "weight" | "shift">,
    dy: Tensor2D,
    { normal, scale }: NormSaved,
    onto?: Tensor2D,
  ): Tensor2D => {
    const g = tf.mul(dy, weight);
    const along = tf.mul(normal, tf.mean(tf.mul(g, normal), -1, true));
    const rest = tf.sub(g, along);
    const dx: Tensor2D = tf.mul(scale, shift ? tf.sub(rest, tf.mean(g, -1, true)) : rest);
    return onto ? tf.add(onto, dx) : dx;
  },
);
