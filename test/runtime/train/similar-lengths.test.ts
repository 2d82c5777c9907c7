import { expect, test } from "vitest";
import type { Example } from "../../../src/runtime/data/load-task.ts";
import { partsOfSimilarLength } from "../../../src/runtime/train/similar-lengths.ts";

const ofLengths = (lengths: readonly number[]): Example[] =>
  lengths.map((length) => ({ text: "", ids: new Int32Array(length), label: 0 }));

const lengthsOf = (parts: readonly (readonly Example[])[]) =>
  parts.map((part) => part.map(({ ids }) => ids.length));

/** Rows with every part padded to its longest. */
const rowsOf = (parts: readonly (readonly Example[])[]) =>
  lengthsOf(parts).reduce((sum, lengths) => sum + lengths.length * Math.max(...lengths), 0);

const large = 60e6; // parameters

test("a batch is cut where padding costs most, and nothing is lost", () => {
  const examples = ofLengths([100, 10, 10, 100, 10, 10]);
  const parts = partsOfSimilarLength(examples, large);
  expect(lengthsOf(parts)).toEqual([
    [10, 10, 10, 10],
    [100, 100],
  ]);
  expect(new Set(parts.flat())).toEqual(new Set(examples));
});

test("every part more saves more rows than it is worth", () => {
  const lengths = Array.from({ length: 32 }, (_, i) => 10 + 7 * ((i * 13) % 32));
  const examples = ofLengths(lengths);
  const parts = partsOfSimilarLength(examples, large);
  expect(parts.length).toBeGreaterThan(2);
  const saved = rowsOf([examples]) - rowsOf(parts);
  expect(saved).toBeGreaterThan((parts.length - 1) * (64 + 1e9 / large));
});

test("a small model's batch stays whole, in its order, and so does one of equal lengths", () => {
  const uneven = ofLengths([20, 40, 10, 30]);
  expect(partsOfSimilarLength(uneven, 1e6)).toEqual([uneven]);
  const even = ofLengths([40, 40, 40]);
  expect(partsOfSimilarLength(even, large)).toEqual([even]);
});
