// A part of a source's rows, drawn by a shuffle that is the same in every run.

import { OperationalError } from "../operational-error.ts";
import { randomStream } from "../random.ts";
import { describeSource, type Part, type ShuffledSource, type Source, type SourceRow } from "./source.ts";

/** Not the run's seed: runs with different seeds are tested on the same rows. */
const seed = 42;

/**
 * `shuffled(source, { part: "first", rows: 1000 })`: of benchmarks whose test labels are hidden, what is held out of one split.
 * The rows "first" and those "after" the same amount are disjoint and together all.
 */
export function shuffled(source: ShuffledSource["of"], part: Part): ShuffledSource {
  return { kind: "shuffled", of: source, part };
}

/** The part's rows, each with its place in the source. Throws an OperationalError where the part is empty. */
export async function* takePart(
  source: ShuffledSource,
  read: (whole: Source) => AsyncGenerator<SourceRow>,
): AsyncGenerator<SourceRow> {
  const { part } = source;
  const rows: SourceRow[] = [];
  for await (const row of read(source.of)) rows.push(row);
  const order = randomStream(seed, "rows").shuffle(Int32Array.from(rows.keys()));
  const middle = "rows" in part ? part.rows : Math.floor(part.share * rows.length);
  if (middle === 0 || middle >= rows.length)
    throw new OperationalError(`${describeSource(source)} cannot be taken of ${rows.length} rows`);
  const taken = part.part === "first" ? order.subarray(0, middle) : order.subarray(middle);
  for (const index of taken) {
    const row = rows[index];
    if (row) yield row;
  }
}
