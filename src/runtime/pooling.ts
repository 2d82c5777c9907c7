// Operations of a method's graph that make one row of many, or choose one of many.

import { tf, type Tensor, type Tensor3D } from "./tf.ts";

/**
 * The mean over the rows, `[…, rows, columns]` → `[…, 1, columns]`. With a mask, `[batch, rows, 1]`, rows where it is 0
 * do not count.
 */
export function meanRows<T extends Tensor = Tensor3D>(x: Tensor, mask?: Tensor3D): T {
  return tf.tidy((): T => {
    if (mask === undefined) return tf.mean(x, -2, true);
    return tf.div(tf.sum(tf.mul(x, mask), -2, true), tf.sum(mask, -2, true));
  });
}

/**
 * The largest entry of each column, `[…, rows, columns]` → `[…, 1, columns]`. With a mask, `[batch, rows, 1]`, rows where
 * it is 0 do not count. The gradient goes to the first of several largest entries, where tfjs's own goes to each in full.
 */
export function maxRows<T extends Tensor = Tensor3D>(x: Tensor, mask?: Tensor3D): T {
  return tf.tidy(() => {
    // Added, not multiplied: a real row is moved by exactly 0, padding falls below every real entry.
    const visible = mask === undefined ? x : tf.add(x, tf.mul(tf.sub(mask, 1), 1e9));
    return largestRow(visible) as T;
  });
}

const largestRow = tf.customGrad((...inputs) => {
  const [x, save] = inputs as unknown as [Tensor, (tensors: Tensor[]) => void];
  const rows = x.shape.at(-2) ?? 1;
  const last = x.rank - 1;
  const swapped = [...Array(last - 1).keys(), last, last - 1];
  // […, columns, rows] → […, rows, columns]
  const chosen = tf.transpose(oneHot(tf.argMax(x, -2), rows), swapped);
  save([chosen]);
  const gradFunc = (dy: Tensor, saved: Tensor[]) => [tf.mul(dy, saved[0] ?? chosen)];
  return { value: tf.max(x, -2, true), gradFunc };
});

/** The largest entry along the last axis where it stands, 0 elsewhere: of several largest, the first. */
export function top1<T extends Tensor>(x: T): T {
  return tf.tidy(() => largestEntry(x) as T);
}

const largestEntry = tf.customGrad((...inputs) => {
  const [x, save] = inputs as unknown as [Tensor, (tensors: Tensor[]) => void];
  const columns = x.shape.at(-1) ?? 1;
  const chosen = oneHot(tf.argMax(x, -1), columns);
  save([chosen]);
  const gradFunc = (dy: Tensor, saved: Tensor[]) => [tf.mul(dy, saved[0] ?? chosen)];
  return { value: tf.mul(x, chosen), gradFunc };
});

/**
 * 1 at the position and 0 elsewhere. Cast, because wasm writes whole numbers into a oneHot that is asked for as float32;
 * multiplied, because a cast on webgpu still holds whole numbers, which its transpose does not take.
 */
function oneHot(positions: Tensor, size: number): Tensor {
  return tf.mul(tf.cast(tf.oneHot(positions, size), "float32"), 1);
}
