// Rows of a JSON-lines file, read as a stream, each with the place it came from.

import { createReadStream } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { messageOf, OperationalError } from "../operational-error.ts";

/** Where a task's rows are. */
export interface Source {
  readonly kind: "jsonl";
  readonly location: string | URL;
}

/** One row of data; `place` is "file:line", for messages. */
export interface SourceRow {
  readonly place: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A file with one JSON object on each line. A path is relative to the folder the script is run in. */
export function jsonl(location: string | URL): Source {
  return { kind: "jsonl", location };
}

/** The source's file as a person would type it: relative where that is shorter. */
export function describeSource(source: Source): string {
  const file = fileOf(source);
  const relative = path.relative(process.cwd(), file);
  return relative === "" || relative.startsWith("..") ? file : relative;
}

/**
 * Every row, in file order; empty lines are passed over. Throws an OperationalError for a file that cannot be
 * read or holds no rows, and for a line that is not a JSON object.
 */
export async function* readRows(source: Source): AsyncGenerator<SourceRow> {
  const name = describeSource(source);
  let number = 0;
  let rows = 0;
  for await (const line of linesOf(source)) {
    number++;
    const text = line.replace(/^\uFEFF/, "").trim();
    if (text === "") continue;
    const place = `${name}:${number}`;
    yield { place, fields: parseRow(text, place) };
    rows++;
  }
  if (rows === 0) throw new OperationalError(`${name} has no rows`);
}

async function* linesOf(source: Source): AsyncGenerator<string> {
  try {
    yield* createInterface({ input: createReadStream(fileOf(source), "utf8"), crlfDelay: Infinity });
  } catch (error) {
    const missing = error instanceof Error && "code" in error && error.code === "ENOENT";
    const reason = missing ? "there is no such file" : messageOf(error);
    throw new OperationalError(`cannot read the rows of ${describeSource(source)}: ${reason}`);
  }
}

function fileOf({ location }: Source): string {
  if (typeof location === "string" && !/^[a-z]+:\/\//i.test(location)) return path.resolve(location);
  const url = new URL(location);
  if (url.protocol === "file:") return fileURLToPath(url);
  throw new OperationalError(`cannot read ${url.href}: rows are read from files on this machine`);
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
