// The gradient of a table of position biases: that of the scores, summed over batch and layers, to be added up by bucket.

import { consume, free } from "../primitives/consume.ts";
import { tf, type Tensor2D, type Tensor3D } from "../tf.ts";
import { positionBucket, type PositionBiasTable } from "./position-bias.ts";

/** Sums what the attentions of one stack hand over. */
export class PositionGradient {
  #sum: Tensor3D | undefined; // [heads, rows, rows]

  /** Of the scores, summed over the batch, `[heads, rows, keys]`; keys in front of the rows' own have no position. */
  add(dScores: () => Tensor3D): void {
    const before = this.#sum;
    this.#sum = tf.keep(
      tf.tidy(() => {
        const all = dScores();
        const [heads, rows, keys] = all.shape;
        const own = tf.slice(all, [0, 0, keys - rows], [heads, rows, rows]);
        return before ? tf.add<Tensor3D>(before, own) : own;
      }),
    );
    if (before) free(before);
  }

  /** As rows of the table `[buckets, heads]`, one for each pair of a query and a key. */
  take(table: Omit<PositionBiasTable, "values">): {
    readonly ids: Int32Array;
    readonly rows: () => Tensor2D;
  } {
    const sum = this.#sum;
    if (!sum) throw new Error("no attention has handed over the gradient of its scores");
    this.#sum = undefined;
    const [heads, rows] = sum.shape;
    const ids = Int32Array.from({ length: rows * rows }, (_, at) =>
      positionBucket((at % rows) - Math.floor(at / rows), table),
    );
    const byPair = () => tf.reshape(tf.transpose(sum, [1, 2, 0]), [rows * rows, heads]) as Tensor2D;
    return { ids, rows: () => consume(sum, byPair) };
  }
}
