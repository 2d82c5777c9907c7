import { expect, test } from "vitest";
import { Random, randomStream } from "../../src/runtime/random.ts";

test("the bits are those of the reference xoshiro128** in C", () => {
  const random = new Random([1, 2, 3, 4]);
  const first = Array.from({ length: 10 }, () => random.bits());
  expect(first).toEqual([
    11520, 0, 5927040, 70819200, 2031721883, 1637235492, 1287239034, 3734860849, 3729100597, 4258142804,
  ]);
  for (let i = 0; i < 10_000; i++) random.bits();
  expect(random.bits()).toBe(2407252154);
});

test("a stream goes on from its saved state", () => {
  const random = randomStream(42, "P");
  random.bits();
  const saved = JSON.parse(JSON.stringify(random.state));
  const following = [random.bits(), random.normal(), random.uniform()];
  const resumed = new Random(saved);
  expect([resumed.bits(), resumed.normal(), resumed.uniform()]).toEqual(following);
});

test("streams differ by seed, by name and by number, and never by who asked first", () => {
  const first = (...names: [number, ...(string | number)[]]) => randomStream(...names).bits();
  const all = [
    first(42, "P"),
    first(43, "P"),
    first(42, "A"),
    first(42, "P", 0),
    first(42, "P", 1),
    first(42, "P0"),
  ];
  expect(new Set(all).size).toBe(all.length);
  expect(first(42, "P")).toBe(all[0]);
});

test("uniform numbers have the mean and the spread of the unit interval", () => {
  const random = randomStream(1, "uniform");
  const values = Array.from({ length: 20_000 }, () => random.uniform());
  expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...values)).toBeLessThan(1);
  expect(mean(values)).toBeCloseTo(0.5, 2);
  expect(mean(values.map((value) => (value - 0.5) ** 2))).toBeCloseTo(1 / 12, 2);
});

test("normal numbers have mean 0, variance 1 and kurtosis 3", () => {
  const random = randomStream(1, "normal");
  const values = Array.from({ length: 50_000 }, () => random.normal());
  expect(Math.abs(mean(values))).toBeLessThan(0.02);
  expect(Math.abs(mean(values.map((value) => value ** 2)) - 1)).toBeLessThan(0.02);
  expect(Math.abs(mean(values.map((value) => value ** 4)) - 3)).toBeLessThan(0.15);
});

test("a shuffle keeps every value and gives each order about equally often", () => {
  const random = randomStream(7, "shuffle");
  const counts = new Map<string, number>();
  for (let i = 0; i < 6_000; i++) {
    const order = random.shuffle(Int32Array.from([0, 1, 2])).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect([...counts.keys()].sort()).toEqual(["012", "021", "102", "120", "201", "210"]);
  for (const count of counts.values()) expect(Math.abs(count - 1_000)).toBeLessThan(120);
});

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
