// How the runtime cuts attention where its scores may not stand in memory whole; a test holds this against its own cuts.

import { stackOf } from "../program/architectures.ts";
import type { Backbone } from "../program/program.ts";

/** Most bytes of one slice's scores, and of each matrix of their shape. */
export const sliceBytes = 2 ** 24;

/** Examples whose attention is one slice, at most. */
export function mostWhole(backbone: Backbone, rows: number, prefix = 0): number {
  return Math.floor(sliceBytes / 4 / (stackOf(backbone).heads * rows * (prefix + rows)));
}

/** The largest slice of a layer's attention. */
export interface Slice {
  /** Whether it is all of it. */
  readonly isWhole: boolean;
  /** Float32 values of its scores. */
  readonly scores: number;
  /** Positions that its queries, keys and values are copied of; 0 where nothing is cut. */
  readonly copied: number;
}

/** Some examples, of one example some heads of keys, or of one head some rows; `prefix` keys stand in front of the rows' own. */
export function sliceOf(backbone: Backbone, batch: number, rows: number, prefix = 0): Slice {
  const { heads, inner, shared } = stackOf(backbone);
  const keyRows = prefix + rows;
  const keyHeads = (heads * shared) / inner;
  const most = sliceBytes / 4;
  const ofExample = heads * rows * keyRows;
  if (batch * ofExample <= most) return { isWhole: true, scores: batch * ofExample, copied: 0 };
  // The smallest part of which one fits, and as many of them as do.
  const part = [ofExample, ofExample / keyHeads, keyRows].find((scores) => scores <= most) ?? keyRows;
  const scores = Math.max(1, Math.floor(most / part)) * part;
  return { isWhole: false, scores, copied: rows * Math.max(1, Math.floor(scores / ofExample)) };
}
