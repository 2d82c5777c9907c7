// Gradients of the backbone's own weights, for the methods that train them: whole ones, and rows that are added up later.

import { isHalf, type HalfMatrix } from "../primitives/half-matrix.ts";
import { scoped } from "../primitives/consume.ts";
import { tf, type Tensor, type Tensor2D } from "../tf.ts";

/** Gradients of single rows of a table, `[ids.length, width]`: where an id comes again they add up; a negative one is none. */
export interface RowGradient {
  readonly tensor: Tensor;
  readonly ids: Int32Array;
  readonly rows: Tensor2D;
}

/** Holds what it is given until it is taken, whatever tidy it was made in. Of a weight that does not learn nothing is made. */
export class WeightGradients {
  readonly #learning: ReadonlySet<Tensor>;
  readonly #whole = new Map<Tensor, Tensor>();
  readonly #rows: RowGradient[] = [];

  constructor(learning: Iterable<Tensor> = []) {
    this.#learning = new Set(learning);
  }

  learns(weight: Tensor | HalfMatrix): weight is Tensor {
    return !isHalf(weight) && this.#learning.has(weight);
  }

  /**
   * The whole gradient of a weight but for single rows; `make` is called only where the weight learns, and what it needs on the
   * way, such as the block's input made again, is freed at once.
   */
  add(weight: Tensor | HalfMatrix, make: () => Tensor): void {
    if (!this.learns(weight)) return;
    if (this.#whole.has(weight)) throw new Error(`[${weight.shape.join(", ")}] was given two gradients`);
    this.#whole.set(weight, tf.keep(scoped(make)));
  }

  addRows(weight: Tensor | HalfMatrix, ids: Int32Array, make: () => Tensor2D): void {
    if (this.learns(weight)) this.#rows.push({ tensor: weight, ids, rows: tf.keep(scoped(make)) });
  }

  /** Everything found; the caller disposes it. */
  take(): { readonly whole: ReadonlyMap<Tensor, Tensor>; readonly rows: readonly RowGradient[] } {
    const taken = { whole: new Map(this.#whole), rows: this.#rows.splice(0) };
    this.#whole.clear();
    return taken;
  }
}
