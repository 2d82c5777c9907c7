// A model folder twice: with its tensors rounded to 16 bits, and with the same rounded numbers in 32.

import { cpSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { HalfDtype } from "../../src/runtime/weights/half-precision.ts";
import { widen } from "../../src/runtime/weights/half-precision.ts";
import { readSafetensors } from "../../src/runtime/weights/safetensors.ts";
import { writeSafetensors } from "../../src/runtime/weights/write-safetensors.ts";
import { temporaryFolder } from "./damaged-file.ts";

/** The nearest number of each in 16 bits, the even one of two; all must be within the range of the dtype. */
export function narrow(values: Float32Array, dtype: HalfDtype): Uint16Array {
  if (dtype === "F16") return Uint16Array.from(values, binary16);
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(bits, (each) => (each + 0x7fff + ((each >>> 16) & 1)) >>> 16);
}

/** Bits of the nearest binary16: a whole number of steps, which are 2^-24 below 2^-14 and 2^-10 of the power of two above. */
function binary16(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude)));
  const steps = toEven(magnitude / 2 ** (exponent - 10));
  return sign | (((exponent + 14) << 10) + steps);
}

function toEven(value: number): number {
  const below = Math.floor(value);
  if (value - below !== 0.5) return Math.round(value);
  return below + (below % 2);
}

export function numbersIn(halves: Uint16Array, dtype: HalfDtype): Float32Array {
  return widen(new Uint8Array(halves.slice().buffer), dtype);
}

export interface Twins {
  readonly half: string;
  readonly wide: string;
}

/** Copies of the folder, in temporary folders of their own. */
export function writeTwins(source: string, dtype: HalfDtype): Twins {
  const [half, wide] = [temporaryFolder(), temporaryFolder()];
  for (const folder of [half, wide]) cpSync(source, folder, { recursive: true });
  const { tensors, metadata } = readSafetensors(path.join(source, "model.safetensors"));
  const rounded = Object.entries(tensors).map(([name, { shape, data }]) => {
    return { name, shape, halves: narrow(data, dtype) };
  });
  const file = (folder: string) => path.join(folder, "model.safetensors");
  const widened = rounded.map(({ name, shape, halves }) => [name, { shape, data: numbersIn(halves, dtype) }]);
  writeSafetensors(file(wide), Object.fromEntries(widened), metadata);
  writeFileSync(file(half), halfFile(rounded, dtype));
  return { half, wide };
}

interface HalfTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly halves: Uint16Array;
}

/** A safetensors file of tensors in 16 bits. */
export function halfFile(tensors: readonly HalfTensor[], dtype: HalfDtype): Buffer {
  let position = 0;
  const entries = tensors.map(({ name, shape, halves }) => {
    const begin = position;
    position += halves.byteLength;
    return [name, { dtype, shape, data_offsets: [begin, position] }];
  });
  const text = Buffer.from(JSON.stringify(Object.fromEntries(entries)), "utf8");
  const header = Buffer.alloc(8 + Math.ceil(text.length / 8) * 8, " ");
  header.writeBigUInt64LE(BigInt(header.length - 8));
  text.copy(header, 8);
  return Buffer.concat([header, ...tensors.map(({ halves }) => Buffer.from(halves.slice().buffer))]);
}
