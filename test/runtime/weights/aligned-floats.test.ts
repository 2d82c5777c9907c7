// Arrays for libtensorflow: on the boundary it asks for, apart from each other, zeros.

import { expect, test } from "vitest";
import { alignedFloats } from "../../../src/runtime/weights/aligned-floats.ts";

test("arrays begin on a boundary of 64 bytes of memory that begins on a page, and none touches another", () => {
  const make = alignedFloats();
  const counts = [1, 15, 16, 17, 1_000, 0, 3, 17 * 2 ** 20, 5];
  const arrays = counts.map(make);
  for (const [index, array] of arrays.entries()) {
    expect(array).toHaveLength(counts[index] ?? -1);
    expect(array.byteOffset % 64).toBe(0);
    expect(array.buffer.byteLength % 65_536).toBe(0);
    array.fill(index + 1);
  }
  for (const [index, array] of arrays.entries())
    expect(array.every((value) => value === index + 1)).toBe(true);
});

test("small arrays share their memory, and an array larger than a chunk has its own", () => {
  const make = alignedFloats();
  const [first, second, large, third] = [make(10), make(10), make(20 * 2 ** 20), make(10)];
  expect(second.buffer).toBe(first.buffer);
  expect(large.buffer).not.toBe(first.buffer);
  expect(third.buffer.byteLength).toBeGreaterThan(0);
});
