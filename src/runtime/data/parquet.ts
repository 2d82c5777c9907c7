// Rows of a Parquet file, one row group after the other.

import { type AsyncBuffer, parquetMetadataAsync, parquetReadObjects } from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { open } from "node:fs/promises";
import { messageOf, OperationalError } from "../operational-error.ts";
import { describeSource, fileOf, type FileSource, type SourceRow, unreadableRows } from "./source.ts";

/** A Parquet file; its columns are the fields. */
export function parquet(location: string | URL): FileSource {
  return { kind: "parquet", location };
}

/**
 * The file's rows, counted from 1; a row group is held in memory at a time. A whole number is a number as long as it
 * can be told from its neighbours, and its digits as text beyond that. Throws an OperationalError for a file that is not Parquet.
 */
export async function* readParquet(source: FileSource): AsyncGenerator<SourceRow> {
  const name = describeSource(source);
  const handle = await open(fileOf(source)).catch((error: unknown) => {
    throw unreadableRows(source, error);
  });
  try {
    const { size } = await handle.stat();
    if (size === 0) throw new OperationalError(`${name} is empty`);
    const file: AsyncBuffer = {
      byteLength: size,
      slice: async (start, end = size) => {
        const bytes = new Uint8Array(end - start);
        const { bytesRead } = await handle.read(bytes, 0, bytes.length, start);
        if (bytesRead < bytes.length) throw new Error("the file ends too early");
        return bytes.buffer;
      },
    };
    const metadata = await readable(name, () => parquetMetadataAsync(file));
    let from = 0;
    for (const group of metadata.row_groups) {
      const to = from + Number(group.num_rows);
      const rows = await readable(name, () =>
        parquetReadObjects({ file, metadata, compressors, rowStart: from, rowEnd: to }),
      );
      for (const row of rows) yield { place: `${name}, row ${++from}`, fields: plainFields(row) };
    }
  } finally {
    await handle.close();
  }
}

async function readable<T>(name: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw new OperationalError(`${name} is not a whole Parquet file: ${messageOf(error)}`);
  }
}

function plainFields(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).map(([field, value]) => [field, plain(value)]));
}

function plain(value: unknown): unknown {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}
