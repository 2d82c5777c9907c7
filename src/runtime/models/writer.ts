// A backbone in the midst of writing, a token at a time.

import type { Tensor2D } from "../tf.ts";

/** Holds what was read and written so far; every input has the same number of texts, one at first. */
export interface Writer {
  readonly inputs: number;
  /** Scores of each input's first token, `[inputs, vocabulary]`; the caller disposes them. Asked for once. */
  first(): Tensor2D;
  /**
   * Scores of what follows `tokens`, the latest token of each text, `[texts, vocabulary]`; the caller disposes them. Text
   * `i` goes on from the text `from[i]` of the same input, counted within that input.
   */
  next(tokens: Int32Array, from: Int32Array): Tensor2D;
  dispose(): void;
}
