// How attention is cut into slices whose matrices of scores stay small.

/**
 * Most bytes that the scores of one slice may have, and so each matrix of their shape; five of them stand at once at most. Our choice:
 * 4 million scores are work enough for a device with thousands of threads, and five such matrices, 84 MB, are little
 * beside the weights of the smallest backbones. The plan's estimate counts with the same bound.
 */
const mostBytes = 2 ** 24;

let bound = mostBytes;

/** With another bound, so that a test can have slices at sizes it can afford. */
export function withSliceBytes<T>(bytes: number, run: () => T): T {
  bound = bytes;
  try {
    return run();
  } finally {
    bound = mostBytes;
  }
}

/** `[batch, heads, rows, keyRows]` of scores. */
export type ScoreShape = readonly [batch: number, heads: number, rows: number, keyRows: number];

/** Slices along an axis of the scores: so many of its entries in each. */
export interface Split {
  readonly axis: 0 | 1 | 2;
  readonly count: number;
}

/**
 * How scores that are too many are cut: into examples, one example into heads, and one head into rows of queries. A slice may
 * have to be cut again. `undefined` where they are within the bound.
 */
export function splitOf([batch, heads, rows, keyRows]: ScoreShape): Split | undefined {
  const most = Math.floor(bound / 4);
  const fitting = (scores: number) => Math.max(1, Math.floor(most / scores));
  if (batch * heads * rows * keyRows <= most) return undefined;
  if (batch > 1) return { axis: 0, count: fitting(heads * rows * keyRows) };
  if (heads > 1) return { axis: 1, count: fitting(rows * keyRows) };
  if (rows > 1) return { axis: 2, count: fitting(keyRows) };
  return undefined;
}

/** First entry and number of entries of each slice of an axis that has `extent` of them. */
export function rangesOf(
  { count }: Split,
  extent: number,
): readonly (readonly [from: number, count: number])[] {
  const slices = Math.ceil(extent / count);
  return Array.from({ length: slices }, (_, i) => [i * count, Math.min(count, extent - i * count)] as const);
}
