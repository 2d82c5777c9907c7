import { expect, test } from "vitest";
import { startBackend, tf } from "../../../src/runtime/tf.ts";
import { widen } from "../../../src/runtime/weights/half-precision.ts";
import { measured } from "../../support/measured.ts";
import { loadTensor } from "../../../src/runtime/weights/load-tensor.ts";
import type { SafetensorsFile } from "../../../src/runtime/weights/safetensors.ts";

/** IEEE 754 binary16 by its definition. */
function float16(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
  const sign = bits & 0x8000 ? -1 : 1;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const everyPattern = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);

test("every one of the 65,536 half-precision values is widened exactly", () => {
  const values = widen(new Uint8Array(everyPattern.slice().buffer), "F16");
  expect(values.length).toBe(65_536);
  const wrong = [...values].filter((value, bits) => !Object.is(value, float16(bits))).length;
  const what = "widening of all 65,536 half-precision numbers, numbers that differ";
  measured({ what, against: "IEEE 754, by its definition", tolerance: 0 }, wrong);
});

test("bfloat16 is the upper half of a 32-bit float", () => {
  const halves = Uint16Array.of(0x3f80, 0xc000, 0x7f80, 0x8000, 0x0001);
  const values = widen(new Uint8Array(halves.buffer), "BF16");
  expect([...values]).toEqual([1, -2, Infinity, -0, Math.fround(2 ** -133)]);
});

for (const dtype of ["F16", "BF16"] as const) {
  for (const length of [65_536, 5]) {
    test(`${length} values of ${dtype} read into the wasm heap are those widened in JavaScript`, async () => {
      await startBackend("wasm");
      const bytes = new Uint8Array(everyPattern.slice(65_536 - length).buffer);
      const stored = { dtype, shape: [length], begin: 0, end: bytes.length };
      const file = {
        path: "memory",
        tensors: new Map([["x", stored]]),
        readBytes: (_name: string, target: Uint8Array) => target.set(bytes),
      } as unknown as SafetensorsFile;
      const before = tf.memory().numTensors;
      const tensor = loadTensor(file, "x");
      const found = (await tensor.data()) as Float32Array;
      const expected = widen(bytes, dtype);
      expect([...found].findIndex((value, i) => !Object.is(value, expected[i]))).toBe(-1);
      tensor.dispose();
      expect(tf.memory().numTensors).toBe(before);
    });
  }
}
