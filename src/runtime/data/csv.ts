// Rows of a file with a delimiter between its fields: CSV and TSV.

import { CsvError, parse } from "csv-parse";
import { pipeline, Readable } from "node:stream";
import { OperationalError } from "../operational-error.ts";
import { describeSource, fileOf, type FileSource, type SourceRow, unreadableRows } from "./source.ts";
import { readText } from "./utf8.ts";

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
  let last = 1; // line in which the latest row ended; at first that of the fields' names
  const parser = parse({
    columns: fieldNames,
    delimiter: source.kind === "tsv" ? "\t" : ",",
    quote: source.kind === "tsv" ? null : '"',
    bom: true,
    info: true,
    skip_empty_lines: true,
    on_record: (row: ParsedRow) => {
      last = row.info.lines;
      return row;
    },
  });
  // The parser is destroyed with whatever goes wrong with the file, and the loop below hears of it.
  pipeline(Readable.from(readText(fileOf(source), name)), parser, () => undefined);
  try {
    for await (const { info, record } of parser as AsyncIterable<ParsedRow>)
      yield { place: `${name}:${info.lines}`, fields: record };
  } catch (error) {
    if (error instanceof OperationalError) throw error;
    if (error instanceof CsvError) throw new OperationalError(`${name}:${describeMistake(error, last)}`);
    throw unreadableRows(source, error);
  }
}

interface ParsedRow {
  readonly info: { readonly lines: number };
  readonly record: Readonly<Record<string, string>>;
}

/** `last` is the line in which the latest row that is right ended. */
function describeMistake(error: CsvError, last: number): string {
  const line = String(error["lines"]);
  switch (error.code) {
    case "CSV_QUOTE_NOT_CLOSED":
      return `${last + 1}: a quotation mark opens in the row that begins here and never closes`;
    case "CSV_RECORD_INCONSISTENT_COLUMNS": {
      const count = (fields: unknown) => (Array.isArray(fields) ? fields.length : 0);
      return `${line}: the first line names ${count(error["columns"])} fields, this one has ${count(error["record"])}`;
    }
    default:
      return `${line}: ${error.message}`;
  }
}
