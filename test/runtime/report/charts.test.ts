import { expect, test } from "vitest";
import { thin } from "../../../src/runtime/report/line-chart.ts";
import { markup } from "../../../src/runtime/report/markup.ts";
import {
  clock,
  compact,
  count,
  counted,
  duration,
  fileSize,
  percent,
} from "../../../src/runtime/report/numbers.ts";
import { MovingAverage, Pace } from "../../../src/runtime/report/pace.ts";
import { roundTicks } from "../../../src/runtime/report/ticks.ts";

test("ticks are round and cover the range", () => {
  expect(roundTicks(0, 0.857, 4)).toEqual([0, 0.25, 0.5, 0.75, 1]);
  expect(roundTicks(0, 600, 5, true)).toEqual([0, 200, 400, 600]);
  expect(roundTicks(0, 30_000, 5)).toEqual([0, 10_000, 20_000, 30_000]);
  expect(roundTicks(0, 0.005, 2)).toEqual([0, 0.0025, 0.005]);
  expect(roundTicks(-0.3, 0.9, 4)).toEqual([-0.5, 0, 0.5, 1]);
});

test("ticks that count are whole, however short the axis", () => {
  for (const end of [1, 2, 3, 7, 11]) {
    const ticks = roundTicks(0, end, 5, true);
    expect(ticks.every(Number.isInteger)).toBe(true);
    expect(new Set(ticks).size).toBe(ticks.length);
  }
});

test("an axis without extent still has ticks", () => {
  expect(roundTicks(0, 0, 4).length).toBeGreaterThan(1);
  expect(roundTicks(2, 2, 4).every(Number.isFinite)).toBe(true);
});

test("thinning keeps every peak", () => {
  const points = Array.from({ length: 10_000 }, (_, x) => ({ x, y: x === 4_321 ? 9 : x === 8_765 ? -9 : 0 }));
  const kept = thin(points, 500);
  expect(kept.length).toBeLessThanOrEqual(500);
  expect(kept).toContainEqual({ x: 4_321, y: 9 });
  expect(kept).toContainEqual({ x: 8_765, y: -9 });
  expect(kept.map(({ x }) => x)).toEqual(kept.map(({ x }) => x).toSorted((a, b) => a - b));
});

test("markup escapes what is inserted, once", () => {
  const inner = markup`<b>${"a < b & c"}</b>`;
  expect(markup`<p title="${'"'}">${[inner, inner]}${undefined}${3}</p>`.text).toBe(
    '<p title="&quot;"><b>a &lt; b &amp; c</b><b>a &lt; b &amp; c</b>3</p>',
  );
});

test("numbers read as people write them", () => {
  expect([count(76_800), counted(1, "step"), counted(2_000, "test row")]).toEqual([
    "76,800",
    "1 step",
    "2,000 test rows",
  ]);
  expect([percent(0.8525), percent(1), percent(0)]).toEqual(["85.3%", "100.0%", "0.0%"]);
  expect([0.04, 9.94, 9.96, 59.6, 84, 7_500].map(duration)).toEqual([
    "0.0 s",
    "9.9 s",
    "10 s",
    "1 min 00 s",
    "1 min 24 s",
    "2 h 05 min",
  ]);
  expect([0, 41, 84, 3_661].map(clock)).toEqual(["0:00", "0:41", "1:24", "1:01:01"]);
  expect([0, 0.3, 5e-3, 5e-4, 1e-8, 1.2345, 123_456].map(compact)).toEqual([
    "0",
    "0.3",
    "0.005",
    "5e-4",
    "1e-8",
    "1.23",
    "1.23e5",
  ]);
  expect([17, 11_432, 3_700_000].map(fileSize)).toEqual(["17 bytes", "11.4 KB", "3.7 MB"]);
});

test("a moving average starts at its first value and follows", () => {
  const average = new MovingAverage(0.1);
  expect(average.add(5).value).toBeCloseTo(5, 12);
  for (let i = 0; i < 100; i++) average.add(1);
  expect(average.value).toBeCloseTo(1, 3);
});

test("the time left counts steps and, once one was timed, evaluations", () => {
  const pace = new Pace();
  pace.stepTook(0.1, 1);
  expect(pace.timeLeft({ steps: 100, rows: 1_000 })).toBeCloseTo(10, 9);
  pace.rowsTook(5, 500);
  expect(pace.timeLeft({ steps: 100, rows: 1_000 })).toBeCloseTo(20, 9);
});
