import { beforeAll, expect, test } from "vitest";
import { frequentWordIds, initialValues } from "../../../src/runtime/prompts/initial-values.ts";
import {
  kaimingUniform,
  normal,
  ones,
  uniform,
  vocabulary,
  zeros,
  type Initialiser,
} from "../../../src/runtime/prompts/initialisers.ts";
import { startBackend } from "../../../src/runtime/tf.ts";
import type { Tokenizer } from "../../../src/runtime/tokenizer.ts";
import { stubBackbone, stubTokenizer } from "../../support/stub-backbone.ts";

beforeAll(async () => {
  await startBackend("cpu");
});

function valuesOf(initialiser: Initialiser, name = "P", seed = 1): Float32Array {
  const backbone = stubBackbone();
  const values = initialValues(name, initialiser, backbone, seed);
  backbone.dispose();
  return values;
}

test("zeros and ones are just that", () => {
  expect(valuesOf(zeros([2, 3]))).toEqual(new Float32Array(6));
  expect(valuesOf(ones([4]))).toEqual(Float32Array.from([1, 1, 1, 1]));
});

test("normal has the spread asked for", () => {
  const values = valuesOf(normal([100, 100], 0.02));
  const variance = values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
  expect(Math.sqrt(variance) / 0.02).toBeCloseTo(1, 1);
});

test("uniform fills its range and no more", () => {
  const values = valuesOf(uniform([100, 100], 0.3));
  expect(Math.max(...values)).toBeLessThanOrEqual(Math.fround(0.3));
  expect(Math.max(...values)).toBeGreaterThan(0.299);
  expect(Math.min(...values)).toBeLessThan(-0.299);
});

test("kaimingUniform is bounded by one over the root of its columns, as PyTorch's is", () => {
  const values = valuesOf(kaimingUniform([500, 16]));
  expect(Math.max(...values)).toBeLessThanOrEqual(0.25);
  expect(Math.max(...values)).toBeGreaterThan(0.249);
});

test("vocabulary takes rows of the embedding table, each of another word", () => {
  const backbone = stubBackbone();
  const values = initialValues("P", vocabulary([5, 6]), backbone, 1);
  const words = frequentWordIds(backbone.tokenizer, backbone.vocabularySize);
  const table = words.map((id) => backbone.embeddingRows([id]).join());
  const rows = [0, 1, 2, 3, 4].map((row) => table.indexOf(values.slice(row * 6, row * 6 + 6).join()));
  expect(Math.min(...rows)).toBeGreaterThanOrEqual(0);
  expect(new Set(rows).size).toBe(5);
  backbone.dispose();
});

test("vocabulary repeats words only when there are more rows than words", () => {
  const values = valuesOf(vocabulary([66, 6]));
  const rows = Array.from({ length: 66 }, (_, row) => values.slice(row * 6, row * 6 + 6).join());
  expect(new Set(rows).size).toBe(33);
  expect(rows.slice(0, 33)).toEqual(rows.slice(33));
});

test("words are neither special ids nor gaps, and at most the 5,000 most frequent", () => {
  expect(frequentWordIds(stubTokenizer, stubTokenizer.vocabularySize)).toEqual(
    Array.from({ length: 33 }, (_, i) => i + 3),
  );
  const large: Tokenizer = {
    ...stubTokenizer,
    vocabularySize: 32_100,
    idOf: (token) => (/^<extra_id_\d\d?>$/.test(token) ? 32_099 - Number(token.slice(10, -1)) : undefined),
  };
  const ids = frequentWordIds(large, 32_128);
  expect([ids.length, ids[0], ids.at(-1)]).toEqual([5_000, 3, 5_002]);
});

test("a tensor's values depend on its name and the seed, not on its neighbours", () => {
  expect(valuesOf(normal([4], 1), "P")).toEqual(valuesOf(normal([4], 1), "P"));
  expect(valuesOf(normal([4], 1), "P")).not.toEqual(valuesOf(normal([4], 1), "A"));
  expect(valuesOf(normal([4], 1), "P", 1)).not.toEqual(valuesOf(normal([4], 1), "P", 2));
});

test("vocabulary refuses a width that is not the backbone's", () => {
  expect(() => valuesOf(vocabulary([2, 7]))).toThrow("vocabulary() makes rows 6 wide");
});
