// Rows of any source, one after the other.

import { OperationalError } from "../operational-error.ts";
import { readDelimited } from "./csv.ts";
import { readHubDataset } from "./hub-dataset.ts";
import { readJsonl } from "./jsonl.ts";
import { readParquet } from "./parquet.ts";
import { takePart } from "./shuffled.ts";
import { describeSource, type Source, type SourceRow } from "./source.ts";

/**
 * Every row, in the source's order; empty lines are passed over. Throws an OperationalError for a file that cannot be
 * read or holds no rows, and for a row that is not one.
 */
export async function* readRows(source: Source): AsyncGenerator<SourceRow> {
  let rows = 0;
  for await (const row of rowsOf(source)) {
    yield row;
    rows++;
  }
  if (rows === 0) throw new OperationalError(`${describeSource(source)} has no rows`);
}

function rowsOf(source: Source): AsyncGenerator<SourceRow> {
  switch (source.kind) {
    case "jsonl":
      return readJsonl(source);
    case "csv":
    case "tsv":
      return readDelimited(source);
    case "parquet":
      return readParquet(source);
    case "hub":
      return readHubDataset(source);
    case "shuffled":
      return takePart(source, rowsOf);
  }
}
