// Writes .safetensors files: same tensors, same bytes.

import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from "node:fs";
import { messageOf, OperationalError } from "../operational-error.ts";
import type { TensorValues } from "./safetensors.ts";

/**
 * Writes the tensors as F32 in the order of their names. The file appears whole or not at all: it is written under
 * another name and renamed. Throws an OperationalError when the folder or the disk refuses.
 */
export function writeSafetensors(
  path: string,
  tensors: Readonly<Record<string, TensorValues>>,
  metadata: Readonly<Record<string, string>> = {},
): void {
  const named = Object.entries(tensors).sort(([a], [b]) => (a < b ? -1 : 1));
  const header = makeHeader(named, metadata);
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const descriptor = openSync(temporary, "w");
    try {
      writeWhole(descriptor, header);
      for (const [, { data }] of named) {
        writeWhole(descriptor, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      }
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new OperationalError(`${path} cannot be written: ${messageOf(error)}`);
  }
}

/** Length and header, padded with spaces so that the values begin on an 8-byte boundary. */
function makeHeader(
  named: readonly (readonly [string, TensorValues])[],
  metadata: Readonly<Record<string, string>>,
) {
  const header: Record<string, unknown> = {};
  const keys = Object.keys(metadata).sort();
  if (keys.length > 0) header["__metadata__"] = Object.fromEntries(keys.map((key) => [key, metadata[key]]));
  let position = 0;
  for (const [name, { shape, data }] of named) {
    const values = shape.reduce((product, axis) => product * axis, 1);
    if (values !== data.length)
      throw new Error(`${name}: [${shape.join(", ")}] does not hold ${data.length} values`);
    header[name] = { dtype: "F32", shape, data_offsets: [position, (position += data.byteLength)] };
  }
  const text = Buffer.from(JSON.stringify(header), "utf8");
  const padded = Math.ceil(text.length / 8) * 8;
  const bytes = Buffer.alloc(8 + padded, " ");
  bytes.writeBigUInt64LE(BigInt(padded));
  text.copy(bytes, 8);
  return bytes;
}

function writeWhole(descriptor: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done);
}
