// Where a task's rows are, and how a row is named in messages.

import path from "node:path";
import { fileURLToPath } from "node:url";
import { messageOf, OperationalError } from "../operational-error.ts";

/** Rows in one file on this machine. */
export interface FileSource {
  readonly kind: "jsonl" | "csv" | "tsv" | "parquet";
  readonly location: string | URL;
}

/** A split of a dataset on the Hugging Face Hub. */
export interface HubSource {
  readonly kind: "hub";
  readonly repository: string;
  readonly config: string;
  readonly split: string;
}

/** The first rows of a source once it is shuffled, or those after them. */
export interface ShuffledSource {
  readonly kind: "shuffled";
  readonly of: FileSource | HubSource;
  readonly part: Part;
}

/** So many rows, or the share of all, rounded down. */
export type Part = { readonly part: "first" | "after" } & (
  { readonly rows: number } | { readonly share: number }
);

export type Source = FileSource | HubSource | ShuffledSource;

/** One row of data; `place` is "file:line", or "file, row 7" where the file has no lines, for messages. */
export interface SourceRow {
  readonly place: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The source's file as a person would type it, relative where that is shorter; of the Hub, "owner/name config/split". */
export function describeSource(source: Source): string {
  if (source.kind === "shuffled") {
    const { part } = source;
    const amount = "rows" in part ? `${part.rows}` : `${100 * part.share}%`;
    return `${describeSource(source.of)} (${part.part} ${amount}, shuffled)`;
  }
  if (source.kind === "hub") return `${source.repository} ${source.config}/${source.split}`;
  const file = fileOf(source);
  const relative = path.relative(process.cwd(), file);
  return relative === "" || relative.startsWith("..") ? file : relative;
}

export function fileOf({ location }: FileSource): string {
  if (typeof location === "string" && !/^[a-z]+:\/\//i.test(location)) return path.resolve(location);
  const url = new URL(location);
  if (url.protocol === "file:") return fileURLToPath(url);
  throw new OperationalError(`cannot read ${url.href}: rows are read from files on this machine`);
}

/** The error for a file of rows that could not be opened or read. */
export function unreadableRows(source: Source, error: unknown): OperationalError {
  const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
  const reason = missing ? "there is no such file" : messageOf(error);
  return new OperationalError(`cannot read the rows of ${describeSource(source)}: ${reason}`);
}
