import { expect, test } from "vitest";
import { accuracyOf, argmaxRows, confusionOf, majorityOf } from "../../../src/runtime/data/accuracy.ts";
import { batchesByLength, batchOrder, inputBatch, targetBatch } from "../../../src/runtime/data/batches.ts";
import type { Example } from "../../../src/runtime/data/load-task.ts";

function exampleOf(length: number, label = 0): Example {
  return { text: `${length} tokens`, ids: Int32Array.from({ length }, (_, i) => i + 5), label };
}

test("a batch is padded to its own longest row", () => {
  const batch = inputBatch([exampleOf(2), exampleOf(3), exampleOf(1)], 0);
  expect(batch).toEqual({
    ids: Int32Array.from([5, 6, 0, 5, 6, 7, 5, 0, 0]),
    batch: 3,
    rows: 3,
    lengths: Int32Array.from([2, 3, 1]),
  });
});

test("targets are padded with -100", () => {
  const classes = [
    { text: "one", ids: [7, 1] },
    { text: "two", ids: [8, 9, 1] },
  ];
  expect(targetBatch([exampleOf(1, 0), exampleOf(1, 1)], classes)).toEqual({
    ids: Int32Array.from([7, 1, -100, 8, 9, 1]),
    batch: 2,
    columns: 3,
  });
});

test("every epoch holds every example once, in an order of its own", () => {
  const examples = Array.from({ length: 10 }, (_, i) => exampleOf(i + 1));
  const batchOf = batchOrder(1, examples, 4);
  const lengths = [0, 1, 2, 3, 4].flatMap((step) => batchOf(step).map(({ ids }) => ids.length));
  const [first, second] = [lengths.slice(0, 10), lengths.slice(10, 20)];
  const all = examples.map(({ ids }) => ids.length);
  expect(first.toSorted((a, b) => a - b)).toEqual(all);
  expect(second.toSorted((a, b) => a - b)).toEqual(all);
  expect(first).not.toEqual(second);
  expect(first).not.toEqual(all);
});

test("a batch depends on the seed and its step alone, not on the batches asked for before", () => {
  const examples = Array.from({ length: 10 }, (_, i) => exampleOf(i + 1));
  const asked = batchOrder(1, examples, 4);
  for (let step = 0; step < 7; step++) asked(step);
  expect(asked(2)).toEqual(batchOrder(1, examples, 4)(2));
  expect(asked(7)).toEqual(batchOrder(1, examples, 4)(7));
  expect(asked(2)).not.toEqual(batchOrder(2, examples, 4)(2));
});

const uneven = Array.from({ length: 403 }, (_, i) => exampleOf(1 + ((i * 37) % 60)));
const paddedRows = (batches: readonly Example[][]) =>
  batches.reduce((sum, batch) => sum + batch.length * Math.max(...batch.map(({ ids }) => ids.length)), 0);

test("with buckets every epoch still holds every example once, its batches in an order of their own", () => {
  const batchOf = batchOrder(1, uneven, 8, 8);
  const drawn = Array.from({ length: 101 * 3 }, (_, step) => batchOf(step)).flat();
  for (const epoch of [0, 1, 2]) {
    const held = drawn.slice(epoch * 403, (epoch + 1) * 403);
    expect(new Set(held).size).toBe(403);
  }
  expect(drawn.slice(0, 403)).not.toEqual(drawn.slice(403, 806));
  const longest = Array.from({ length: 50 }, (_, step) =>
    Math.max(...batchOf(step).map(({ ids }) => ids.length)),
  );
  expect(longest).not.toEqual(longest.toSorted((a, b) => a - b));
});

test("buckets leave less padding, in later epochs and in the batches of one step, too", () => {
  const steps = Array.from({ length: 75 }, (_, step) => step);
  const halves = (batch: Example[]) => [batch.slice(0, 8), batch.slice(8)];
  const padded = (bucket?: number) => {
    const batchOf = batchOrder(1, uneven, 16, bucket);
    return paddedRows(steps.flatMap((step) => halves(batchOf(step))));
  };
  expect(padded(8)).toBeLessThan(0.7 * padded());
});

test("a bucketed batch, too, depends on the seed and its step alone", () => {
  const asked = batchOrder(1, uneven, 8, 8);
  for (let step = 0; step < 160; step++) asked(step);
  for (const step of [3, 50, 51, 120]) expect(asked(step)).toEqual(batchOrder(1, uneven, 8, 8)(step));
  expect(batchOrder(1, [exampleOf(1), exampleOf(2)], 5, 5)(0)).toHaveLength(5);
});

test("a batch may be larger than the data", () => {
  const batch = batchOrder(1, [exampleOf(1), exampleOf(2)], 5)(0).map(({ ids }) => ids.length);
  expect(batch.toSorted()).toHaveLength(5);
  expect(new Set(batch.slice(0, 2))).toEqual(new Set([1, 2]));
});

test("evaluation batches go from short to long and leave nobody out", () => {
  const examples = [5, 1, 4, 2, 3].map((length) => exampleOf(length));
  expect(batchesByLength(examples, 2)).toEqual([[1, 3], [4, 2], [0]]);
});

test("accuracy, majority and confusion count what they say", () => {
  const labels = Int32Array.from([0, 0, 1, 2, 2, 2]);
  const predictions = Int32Array.from([0, 1, 1, 2, 0, 2]);
  expect(accuracyOf(predictions, labels)).toBeCloseTo(4 / 6, 12);
  expect(majorityOf(labels, 3)).toEqual({ label: 2, share: 0.5 });
  expect(confusionOf(predictions, labels, 3)).toEqual([
    [1, 1, 0],
    [0, 1, 0],
    [1, 0, 2],
  ]);
});

test("the largest of each row wins, the first among equals", () => {
  expect(argmaxRows(Float32Array.from([-3, -1, -2, 5, 5, 1]), 3)).toEqual(Int32Array.from([1, 0]));
});
