// Operations of a method's graph that TensorFlow.js lacks, or whose gradient it gets wrong on some backend.
//
// Every one is made only of kernels whose gradients agree on all backends: no tile, no broadcast matmul, no pow, no tanh.

import { tf, type Tensor, type Tensor3D } from "./tf.ts";

/**
 * Rows of all parts, one part below the other. Parts without a batch axis, `[rows, width]`, are repeated for each
 * example as soon as one part has one, `[batch, rows, width]`. Like tfjs's own operations, it answers with the
 * tensor type the context asks for.
 */
export function concatRows<T extends Tensor = Tensor3D>(...parts: readonly Tensor[]): T {
  const batch = parts.find((part) => part.rank === 3)?.shape[0];
  return tf.tidy(() =>
    tf.concat<T>(
      parts.map((part) =>
        batch === undefined || part.rank === 3 ? part : repeatForBatch(part, batch),
      ) as T[],
      batch === undefined ? 0 : 1,
    ),
  );
}

/** `[rows, columns]` → `[batch, rows, columns]`. Adds zeros, because the gradient of `tile` is a loop of slices. */
function repeatForBatch(rows: Tensor, batch: number): Tensor3D {
  return tf.add(tf.expandDims(rows, 0), tf.zeros([batch, 1, 1]));
}

/** The first `count` rows: of `[rows, width]`, or of every example of `[batch, rows, width]`. */
export function firstRows<T extends Tensor>(tensor: T, count: number): T {
  return rowsOf(tensor, 0, count);
}

/** Rows `from` up to, but not including, `to`: of `[rows, width]`, or of every example of `[batch, rows, width]`. */
export function rowsOf<T extends Tensor>(tensor: T, from: number, to: number): T {
  const size = tensor.shape.with(-2, to - from);
  const start = size.map(() => 0).with(-2, from);
  return tf.slice(tensor, start, size);
}

/**
 * Matrix product over the last two axes. Either side may lack the batch axis; tfjs's own `matMul` throws in the
 * gradient of such a mix.
 */
export function matMul<T extends Tensor = Tensor3D>(a: Tensor, b: Tensor): T {
  return tf.tidy((): T => {
    if (a.rank === b.rank) return tf.matMul<T>(a, b);
    if (a.rank < b.rank) return tf.matMul<T>(repeatForBatch(a, b.shape[0] ?? 0), b);
    const [batch = 0, rows = 0, inner = 0] = a.shape;
    const product = tf.matMul(tf.reshape(a, [batch * rows, inner]), b);
    return tf.reshape(product, [batch, rows, b.shape[1] ?? 0]) as T;
  });
}

/**
 * The tanh form that T5 v1.1 and GPT-2 call `gelu_new` (Hendrycks and Gimpel 2016): x·σ(2√(2/π)·(x + 0.044715·x³)),
 * which equals 0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))) and is several times faster on wasm.
 */
export function gelu<T extends Tensor>(x: T): T {
  return tf.tidy(() => {
    const cube = tf.mul(x, tf.mul(x, x));
    const inner = tf.add(x, tf.mul(cube, 0.044715));
    return tf.mul(x, tf.sigmoid(tf.mul(inner, 2 * Math.sqrt(2 / Math.PI))));
  });
}

/** x·σ(x). */
export function silu<T extends Tensor>(x: T): T {
  return tf.tidy(() => tf.mul(x, tf.sigmoid(x)));
}

/** Mean 0 and variance 1 along the last axis, without a learned scale or shift (Ba, Kiros and Hinton 2016). */
export function layerNorm<T extends Tensor>(x: T, epsilon = 1e-5): T {
  return tf.tidy(() => {
    const centred = tf.sub(x, tf.mean(x, -1, true));
    const variance = tf.mean(tf.mul(centred, centred), -1, true);
    return tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon)));
  });
}
