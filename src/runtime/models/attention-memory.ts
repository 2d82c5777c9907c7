// Prefix-tuning's keys and values: rows in front of an attention's own, the same for every example.

import { tf, type Tensor3D, type Tensor4D } from "../tf.ts";
import { matrixAt } from "./inner-gradients.ts";
import type { BlockInside } from "./inside.ts";

/** `[batch, heads, rows, headWidth]` with the place's rows of `memory`, `[attentions, length, inner]`, in front. */
export function withMemory(rows: Tensor4D, memory: Tensor3D | undefined, place: number): Tensor4D {
  if (!memory) return rows;
  const [batch, heads, , headWidth] = rows.shape;
  const split = tf.reshape(matrixAt(memory, place), [1, memory.shape[1], heads, headWidth]);
  const front = tf.add(tf.transpose(split, [0, 2, 1, 3]), tf.zeros([batch, 1, 1, 1]));
  return tf.concat([front, rows], 2) as Tensor4D;
}

/** The gradient of the attention's own rows; the prefix's goes to the block's gradients. */
export function memoryBackward(
  gradient: Tensor4D,
  memory: Tensor3D | undefined,
  at: BlockInside | undefined,
): Tensor4D {
  if (!memory || !at) return gradient;
  const [batch, heads, all, headWidth] = gradient.shape;
  const length = memory.shape[1];
  const front = tf.sum(tf.slice(gradient, [0, 0, 0, 0], [batch, heads, length, headWidth]), 0); // [heads, length, headWidth]
  const merged = tf.reshape(tf.transpose(front, [1, 0, 2]), [length, heads * headWidth]);
  at.gradients.add(memory, at.attention, merged);
  return tf.slice(gradient, [0, 0, length, 0], [batch, heads, all - length, headWidth]) as Tensor4D;
}
