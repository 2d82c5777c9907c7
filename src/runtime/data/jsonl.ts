// Rows of a JSON-lines file, read as a stream.

import { messageOf, OperationalError } from "../operational-error.ts";
import { describeSource, fileOf, type FileSource, type SourceRow, unreadableRows } from "./source.ts";
import { readText } from "./utf8.ts";

/** A file with one JSON object on each line. A path is relative to the folder the script is run in. */
export function jsonl(location: string | URL): FileSource {
  return { kind: "jsonl", location };
}

/** The file's rows. Throws an OperationalError for a line that is not a JSON object. */
export async function* readJsonl(source: FileSource): AsyncGenerator<SourceRow> {
  const name = describeSource(source);
  let number = 0;
  for await (const line of linesOf(source)) {
    number++;
    const text = line.replace(/^\uFEFF/, "").trim();
    if (text === "") continue;
    const place = `${name}:${number}`;
    yield { place, fields: parseRow(text, place) };
  }
}

/** Split where JSON cannot go on: at line feeds and carriage returns, not at every sign that Unicode calls a line's end. */
async function* linesOf(source: FileSource): AsyncGenerator<string> {
  try {
    for await (const text of readText(fileOf(source), describeSource(source))) {
      const lines = text.split(/\r\n|\n|\r/);
      if (lines.at(-1) === "") lines.pop();
      yield* lines;
    }
  } catch (error) {
    throw error instanceof OperationalError ? error : unreadableRows(source, error);
  }
}

/** One line as a row's fields; `place` is for the message. Throws an OperationalError for what is no JSON object. */
export function parseRow(text: string, place: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new OperationalError(`${place}: this line is not JSON: ${messageOf(error)}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new OperationalError(`${place}: a row must be a JSON object such as {"text": "…", "label": "…"}`);
  }
  return { ...value };
}
