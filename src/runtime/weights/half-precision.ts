// 16-bit floating point, widened to 32 bits in JavaScript.

/** Bytes of one value, for the dtypes that can be read. */
export const bytesPerValue = { F32: 4, F16: 2, BF16: 2 } as const;

export type StoredDtype = keyof typeof bytesPerValue;

export type HalfDtype = Exclude<StoredDtype, "F32">;

export function isHalfDtype(dtype: string): dtype is HalfDtype {
  return dtype === "F16" || dtype === "BF16";
}

/** Whether products may widen the numbers as they come: of binary16 they look for no infinity and no NaN. */
export function areFinite(halves: Uint16Array, dtype: HalfDtype): boolean {
  if (dtype === "BF16") return true;
  for (let i = 0; i < halves.length; i++) if (((halves[i] ?? 0) & 0x7c00) === 0x7c00) return false;
  return true;
}

/** Little-endian values as 32-bit floats; `bytes` must start on a 4-byte boundary of its buffer. */
export function widen(bytes: Uint8Array, dtype: StoredDtype): Float32Array {
  const count = bytes.byteLength / bytesPerValue[dtype];
  if (dtype === "F32") return new Float32Array(bytes.buffer, bytes.byteOffset, count);
  const halves = new Uint16Array(bytes.buffer, bytes.byteOffset, count);
  const bits = new Uint32Array(count);
  const table = dtype === "F16" ? (float16Bits ??= makeFloat16Bits()) : undefined;
  for (let i = 0; i < count; i++) {
    const half = halves[i] ?? 0;
    bits[i] = table === undefined ? half << 16 : (table[half] ?? 0);
  }
  return new Float32Array(bits.buffer);
}

let float16Bits: Uint32Array | undefined;

/** The 32-bit pattern of each of the 65,536 half-precision values (IEEE 754 binary16). */
function makeFloat16Bits(): Uint32Array {
  const bits = new Uint32Array(65_536);
  const values = new Float32Array(bits.buffer);
  for (let half = 0; half < 65_536; half++) {
    const sign = (half & 0x8000) << 16;
    const exponent = (half >> 10) & 31;
    const fraction = half & 1023;
    if (exponent === 0) values[half] = (sign ? -1 : 1) * fraction * 2 ** -24;
    else if (exponent === 31) bits[half] = sign | 0x7f800000 | (fraction << 13);
    else bits[half] = sign | ((exponent + 112) << 23) | (fraction << 13);
  }
  return bits;
}
