// Safetensors files with something wrong in them.

import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

/** A folder of its own for one test. */
export function temporaryFolder(): string {
  return mkdtempSync(path.join(tmpdir(), "dept-test-"));
}

/** Writes a safetensors file from any header, sound or not, and `dataBytes` zero bytes of values; answers its path. */
export function writeRawSafetensors(header: unknown, dataBytes: number): string {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header), "utf8");
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  const file = path.join(temporaryFolder(), "model.safetensors");
  writeFileSync(file, Buffer.concat([length, text, Buffer.alloc(dataBytes)]));
  return file;
}
