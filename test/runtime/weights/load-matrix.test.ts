// Which tensors of a file stay in 16 bits, and which do not.

import { writeFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, expect, test, vi } from "vitest";
import { isHalf, numbersOf, storageOf } from "../../../src/runtime/primitives/half-matrix.ts";
import { startBackend, tf } from "../../../src/runtime/tf.ts";
import { announced } from "../../../src/runtime/weights/announce-weights.ts";
import type { HalfDtype } from "../../../src/runtime/weights/half-precision.ts";
import { loadHalf, loadMatrix, loadTurned, loadWeight } from "../../../src/runtime/weights/load-matrix.ts";
import { openSafetensors } from "../../../src/runtime/weights/safetensors.ts";
import { temporaryFolder } from "../../support/damaged-file.ts";
import { halfFile, narrow, numbersIn } from "../../support/half-checkpoints.ts";

const infinity = 0x7c00;

function fileOf(dtype: HalfDtype, shape: readonly number[], change?: (halves: Uint16Array) => void) {
  const size = shape.reduce((product, axis) => product * axis, 1);
  const halves = narrow(
    Float32Array.from({ length: size }, (_, i) => Math.sin(i)),
    dtype,
  );
  change?.(halves);
  const file = path.join(temporaryFolder(), "model.safetensors");
  writeFileSync(file, halfFile([{ name: "x", shape, halves }], dtype));
  return { file: openSafetensors(file), numbers: numbersIn(halves, dtype) };
}

const backends = ["wasm", "cpu"] as const;

beforeEach(async () => {
  await startBackend("wasm");
});

test.each(["F16", "BF16"] as const)("a matrix of %s stays so, an odd one, too", async (dtype) => {
  for (const shape of [
    [6, 8],
    [3, 5],
  ]) {
    const { file, numbers } = fileOf(dtype, shape);
    const loaded = loadHalf(file, "x");
    expect(loaded?.matrix.shape).toEqual(shape);
    expect(loaded?.halves()).toHaveLength(numbers.length);
    const weight = loadWeight(file, "x");
    expect(isHalf(weight)).toBe(true);
    expect(await numbersOf(weight)).toEqual(numbers);
    file.close();
  }
});

test("vectors are widened, and so is everything on a backend without such products", async () => {
  const vector = fileOf("F16", [7]);
  const loaded = loadWeight(vector.file, "x");
  expect([isHalf(loaded), loaded.dtype]).toEqual([false, "float32"]);
  expect(await numbersOf(loaded)).toEqual(vector.numbers);
  await startBackend("cpu");
  const { file, numbers } = fileOf("BF16", [3, 5]);
  const matrix = loadMatrix(file, "x");
  expect(isHalf(matrix)).toBe(false);
  expect(await numbersOf(matrix)).toEqual(numbers);
});

test("of F16, a matrix that is not finite is widened, and leaves nothing else behind", async () => {
  for (const pattern of [infinity, infinity | 0x8000, infinity + 1]) {
    const { file, numbers } = fileOf("F16", [6, 8], (halves) => (halves[17] = pattern));
    const before = tf.memory().numTensors;
    const loaded = loadMatrix(file, "x");
    expect(isHalf(loaded)).toBe(false);
    expect(await numbersOf(loaded)).toEqual(numbers);
    expect(numbers.every(Number.isFinite)).toBe(false);
    storageOf(loaded).dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(loadTurned(file, "x", 2).map(isHalf)).toEqual([false, false]);
  }
});

test.each(backends)("a matrix stored the other way is turned and cut, on %s", async (backend) => {
  await startBackend(backend);
  const [into, out] = [37, 42];
  const { file, numbers } = fileOf("F16", [into, 3 * out]);
  const parts = loadTurned(file, "x", 3);
  expect(parts.map(isHalf)).toEqual(parts.map(() => backend === "wasm"));
  for (const [part, matrix] of parts.entries()) {
    expect(matrix.shape).toEqual([out, into]);
    const expected = Float32Array.from({ length: out * into }, (_, at) => {
      const [row, column] = [Math.floor(at / into), at % into];
      return numbers[column * 3 * out + part * out + row] ?? NaN;
    });
    expect(await numbersOf(matrix)).toEqual(expected);
  }
});

test("what stays in 16 bits is announced with the memory that it takes", async () => {
  const line = (load: () => unknown) => {
    const write = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    load();
    const lines = write.mock.calls.map(([text]) => text);
    write.mockRestore();
    return lines;
  };
  const { file } = fileOf("F16", [500, 800]);
  const announcement = "weights: 0.8 MB, matrices in the 16 bits that the checkpoint has\n";
  expect(line(() => announced(file, () => loadMatrix(file, "x")))).toEqual([announcement]);
  await startBackend("cpu");
  expect(line(() => announced(file, () => loadMatrix(file, "x")))).toEqual([]);
});
