// The text of a file, some lines at a time; what is not UTF-8 is named by its line instead of being guessed at.

import { createReadStream } from "node:fs";
import { OperationalError } from "../operational-error.ts";

const newline = 0x0a;

/**
 * Pieces that end where a line does, the last one where the file does; a byte-order mark is left in. Throws an OperationalError
 * that begins with `name` and the line for bytes that are not UTF-8, and what Node throws for a file that cannot be read.
 */
export async function* readText(file: string, name: string): AsyncGenerator<string> {
  let line = 1;
  let begun: Buffer = Buffer.alloc(0);
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    const bytes = Buffer.concat([begun, chunk]);
    const end = bytes.lastIndexOf(newline) + 1;
    begun = bytes.subarray(end);
    if (end === 0) continue;
    yield decode(bytes.subarray(0, end), name, line);
    line += linesIn(bytes.subarray(0, end));
  }
  if (begun.length > 0) yield decode(begun, name, line);
}

function decode(bytes: Buffer, name: string, line: number): string {
  const decoder = () => new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  try {
    return decoder().decode(bytes);
  } catch {
    // The first line that fails alone is the one to name.
    for (let from = 0, number = line; from < bytes.length; number++) {
      const end = bytes.indexOf(newline, from) + 1 || bytes.length;
      try {
        decoder().decode(bytes.subarray(from, end));
      } catch {
        throw notUtf8(bytes.subarray(from, end), name, number);
      }
      from = end;
    }
    throw notUtf8(bytes, name, line);
  }
}

function notUtf8(bytes: Buffer, name: string, line: number): OperationalError {
  const isUtf16 = line === 1 && [0xfeff, 0xfffe].includes(bytes.length > 1 ? bytes.readUInt16LE(0) : 0);
  return new OperationalError(
    `${name}:${line}: this is ${isUtf16 ? "UTF-16" : "not UTF-8"}; save the file as UTF-8`,
  );
}

function linesIn(bytes: Buffer): number {
  let lines = 0;
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) lines++;
  return lines;
}
