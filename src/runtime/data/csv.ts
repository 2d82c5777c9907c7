// Rows of a file with a delimiter between its fields: CSV and TSV.

import { CsvError, parse } from "csv-parse";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream";
import { OperationalError } from "../operational-error.ts";
import { describeSource, fileOf, type FileSource, type SourceRow, unreadableRows } from "./source.ts";

/** A comma between fields, the fields' names in the first line, quotes as RFC 4180 has them. Every value is text. */
export function csv(location: string | URL): FileSource {
  return { kind: "csv", location };
}

/** A tab between fields, the fields' names in the first line; a quotation mark is one like any other character. */
export function tsv(location: string | URL): FileSource {
  return { kind: "tsv", location };
}

/**
 * The file's rows; a row's place is the line it ends in. Throws an OperationalError for a row with more or fewer fields
 * than the first line names, for a quotation mark that never closes, and for two fields of one name.
 */
export async function* readDelimited(source: FileSource): AsyncGenerator<SourceRow> {
  const name = describeSource(source);
  const fieldNames = (header: readonly string[]): string[] => {
    const twice = header.find((each, index) => header.indexOf(each) !== index);
    if (twice !== undefined) throw new OperationalError(`${name}:1: two fields are called "${twice}"`);
    return [...header];
  };
  const parser = parse({
    columns: fieldNames,
    delimiter: source.kind === "tsv" ? "\t" : ",",
    quote: source.kind === "tsv" ? null : '"',
    bom: true,
    info: true,
    skip_empty_lines: true,
  });
  // The parser is destroyed with whatever goes wrong with the file, and the loop below hears of it.
  pipeline(createReadStream(fileOf(source)), parser, () => undefined);
  try {
    for await (const { info, record } of parser as AsyncIterable<ParsedRow>)
      yield { place: `${name}:${info.lines}`, fields: record };
  } catch (error) {
    if (error instanceof OperationalError) throw error;
    if (error instanceof CsvError) throw new OperationalError(`${name}:${describeMistake(error)}`);
    throw unreadableRows(source, error);
  }
}

interface ParsedRow {
  readonly info: { readonly lines: number };
  readonly record: Readonly<Record<string, string>>;
}

function describeMistake(error: CsvError): string {
  const line = String(error["lines"]);
  if (error.code !== "CSV_RECORD_INCONSISTENT_COLUMNS") return `${line}: ${error.message}`;
  const [columns, record] = [error["columns"], error["record"]];
  const count = (fields: unknown) => (Array.isArray(fields) ? fields.length : 0);
  return `${line}: the first line names ${count(columns)} fields, this one has ${count(record)}`;
}
