// T5's relative position bias: a learned number for each head and bucket of distances.

import { tf, type Tensor4D } from "../tf.ts";

export interface PositionBiasTable {
  /** `[buckets, heads]`, row by row. */
  readonly values: Float32Array;
  readonly heads: number;
  readonly buckets: number;
  /** Distances from here on share the last bucket. */
  readonly maxDistance: number;
  /** A causal bias also hides what comes later; its buckets are all spent on what came before. */
  readonly causal: boolean;
}

/**
 * The bucket of a key `distance` rows after the query: small distances have one each, larger ones share them on a
 * logarithmic scale (Raffel et al., 2020; the rounding is that of Mesh TensorFlow).
 */
export function positionBucket(distance: number, table: Omit<PositionBiasTable, "values">): number {
  const { causal, maxDistance } = table;
  const buckets = causal ? table.buckets : table.buckets >> 1;
  const side = !causal && distance > 0 ? buckets : 0;
  const away = causal ? Math.max(-distance, 0) : Math.abs(distance);
  const exact = buckets >> 1;
  if (away < exact) return side + away;
  // In 32-bit steps, as the reference does: at bucket borders 64 bits can round to the other side.
  const ratio = Math.fround(Math.log(Math.fround(away / exact)));
  const steps = Math.fround(Math.fround(ratio / Math.log(maxDistance / exact)) * (buckets - exact));
  return side + Math.min(exact + Math.trunc(steps), buckets - 1);
}

/** The bias for `rows` queries over as many keys, `[1, heads, rows, rows]`. The caller disposes it. */
export function makePositionBias(rows: number, table: PositionBiasTable): Tensor4D {
  const { values, heads, causal } = table;
  const bias = new Float32Array(heads * rows * rows);
  for (let query = 0; query < rows; query++) {
    for (let key = 0; key < rows; key++) {
      const bucket = positionBucket(key - query, table);
      for (let head = 0; head < heads; head++) {
        const hidden = causal && key > query ? -1e9 : 0;
        bias[(head * rows + query) * rows + key] = (values[bucket * heads + head] ?? 0) + hidden;
      }
    }
  }
  return tf.tensor4d(bias, [1, heads, rows, rows]);
}

const mostKept = 16; // batches are padded to their longest row, so the same few row counts come again

/** Keeps the biases of the row counts used last. */
export class PositionBiases {
  readonly #table: PositionBiasTable;
  readonly #kept = new Map<number, Tensor4D>();

  constructor(table: PositionBiasTable) {
    this.#table = table;
  }

  /** `[1, heads, rows, rows]`; it stays the cache's and is good until the next call. */
  get(rows: number): Tensor4D {
    const bias = this.#kept.get(rows) ?? tf.keep(makePositionBias(rows, this.#table));
    this.#kept.delete(rows);
    this.#kept.set(rows, bias);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > mostKept && oldest !== undefined) {
      this.#kept.get(oldest)?.dispose();
      this.#kept.delete(oldest);
    }
    return bias;
  }

  dispose(): void {
    tf.dispose([...this.#kept.values()]);
    this.#kept.clear();
  }
}
