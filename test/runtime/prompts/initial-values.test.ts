import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { frequentWordIds, initialValues } from "../../../src/runtime/prompts/initial-values.ts";
import {
  adapter,
  followsFromSeed,
  kaimingUniform,
  normal,
  ones,
  orthogonal,
  text,
  uniform,
  vocabulary,
  xavierUniform,
  zeros,
  type Initialiser,
} from "../../../src/runtime/prompts/initialisers.ts";
import { startBackend } from "../../../src/runtime/tf.ts";
import type { Tokenizer } from "../../../src/runtime/tokenizer.ts";
import { writeSafetensors } from "../../../src/runtime/weights/write-safetensors.ts";
import { stubBackbone, stubTokenizer } from "../../support/stub-backbone.ts";

const folder = mkdtempSync(path.join(tmpdir(), "dept-initial-"));

beforeAll(async () => {
  await startBackend("cpu");
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

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

test("kaimingUniform by the rows is what torch's Linear, which keeps its weights transposed, begins with", () => {
  const values = valuesOf(kaimingUniform([16, 500], "rows"));
  expect(Math.max(...values)).toBeLessThanOrEqual(0.25);
  expect(Math.max(...values)).toBeGreaterThan(0.249);
});

test("xavierUniform is bounded by the root of six over rows and columns together", () => {
  const bound = Math.sqrt(6 / (50 + 46));
  const values = valuesOf(xavierUniform([50, 46]));
  expect(Math.max(...values)).toBeLessThanOrEqual(Math.fround(bound));
  expect(Math.max(...values)).toBeGreaterThan(bound * 0.99);
});

test.each([
  ["wide", 4, 9],
  ["square", 6, 6],
  ["tall", 9, 4],
])("the shorter side of a %s orthogonal matrix is of length 1 and at right angles", (_, rows, columns) => {
  const values = valuesOf(orthogonal([rows, columns]));
  const entry = (i: number, k: number) =>
    (rows <= columns ? values[i * columns + k] : values[k * columns + i]) ?? NaN;
  const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)];
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < count; j++) {
      const product = Array.from({ length }, (_, k) => entry(i, k) * entry(j, k)).reduce((a, b) => a + b, 0);
      expect(product).toBeCloseTo(i === j ? 1 : 0, 5);
    }
  }
});

test("text repeats the rows of its tokens, the end-of-text token included", () => {
  const backbone = stubBackbone();
  const { ids } = backbone.tokenizer.encode("red green3");
  expect(ids).toHaveLength(3);
  const expected = backbone.embeddingRows([...ids, ...ids, ids[0] ?? -1]);
  expect(initialValues("P", text([7, 6], "red green3"), backbone, 1)).toEqual(expected);
  expect(initialValues("P", text([2, 6], "red green3"), backbone, 9)).toEqual(expected.slice(0, 12));
  backbone.dispose();
});

test("adapter reads a tensor of another run, and stacks those of several", () => {
  const [a, b] = ["a", "b"].map((name) => path.join(folder, `${name}.safetensors`)) as [string, string];
  writeSafetensors(a, { P: { shape: [1, 2], data: Float32Array.from([1, 2]) } });
  writeSafetensors(b, { P: { shape: [2, 2], data: Float32Array.from([3, 4, 5, 6]) } });
  expect(valuesOf(adapter([1, 2], pathToFileURL(a), "P"))).toEqual(Float32Array.from([1, 2]));
  expect(valuesOf(adapter([3, 2], [pathToFileURL(a), b], "P"))).toEqual(
    Float32Array.from([1, 2, 3, 4, 5, 6]),
  );
  expect(() => valuesOf(adapter([2, 3], b, "P"))).toThrow(
    `${b}: tensor P is [2, 2]\nthe method declares [2, 3]`,
  );
  expect(() => valuesOf(adapter([2, 2], [a, b], "P"))).toThrow(
    "the method declares [2, 2], one below the other",
  );
  expect(() => valuesOf(adapter([2, 2], b, "A"))).toThrow(`${b}: there is no tensor A in this file`);
});

test("only what comes out of a table or a file does not follow from the seed", () => {
  expect([zeros([1]), ones([1]), normal([1], 1), uniform([1], 1)].every(followsFromSeed)).toBe(true);
  const drawn = [kaimingUniform([1, 1]), xavierUniform([1, 1]), orthogonal([1, 1])];
  expect(drawn.every(followsFromSeed)).toBe(true);
  expect([vocabulary([1, 1]), text([1, 1], ""), adapter([1], "a", "P")].some(followsFromSeed)).toBe(false);
});
