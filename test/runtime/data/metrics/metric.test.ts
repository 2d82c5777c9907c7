import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { measured } from "../../../support/measured.ts";
import { type Metric, metrics, scoresOf } from "../../../../src/runtime/data/metrics/metric.ts";

type Golden = Readonly<Record<Metric, number>> & {
  readonly predictions: readonly number[];
  readonly labels: readonly number[];
};
const golden: readonly Golden[] = JSON.parse(readFileSync("test/fixtures/metrics/golden.json", "utf8"));
const texts = Array.from({ length: 26 }, (_, index) => String(index));

test.each(metrics)(
  "%s is what scikit-learn or scipy gives, ties, empty and single classes included",
  (metric) => {
    expect(golden.length).toBeGreaterThan(8);
    let worst = 0;
    for (const { predictions, labels, ...right } of golden) {
      const scores = scoresOf([metric], Int32Array.from(predictions), Int32Array.from(labels), texts);
      worst = Math.max(worst, Math.abs((scores[metric] ?? NaN) - right[metric]));
    }
    measured({ what: `metric ${metric}`, against: "scikit-learn, scipy", tolerance: 1e-12 }, worst);
  },
);

test("f1 over the answers of all questions is MultiRC's F1a, not the mean over its questions", () => {
  const { predictions, labels, f1a, f1m } = JSON.parse(
    readFileSync("test/fixtures/metrics/multirc.json", "utf8"),
  );
  const { f1 } = scoresOf(["f1"], Int32Array.from(predictions), Int32Array.from(labels), ["0", "1"]);
  expect(f1).toBeCloseTo(f1a, 12);
  expect(Math.abs(f1a - f1m)).toBeGreaterThan(0.05);
});

test("the correlations read the texts of the classes, not their positions", () => {
  const scores = scoresOf(["pearson"], Int32Array.of(0, 1, 2), Int32Array.of(0, 1, 2), ["5.0", "2.5", "0.0"]);
  expect(scores.pearson).toBeCloseTo(1, 12);
  const uneven = ["0.0", "1.0", "5.0"];
  const one = scoresOf(["pearson", "spearman"], Int32Array.of(0, 1, 2), Int32Array.of(0, 2, 1), uneven);
  expect(one.pearson).toBeCloseTo(-1 / 7, 12);
  expect(one.spearman).toBeCloseTo(0.5, 12);
});

test("scores come in the order they were asked for", () => {
  const scores = scoresOf(["f1", "accuracy"], Int32Array.of(0, 1), Int32Array.of(1, 1), texts);
  expect(Object.entries(scores)).toEqual([
    ["f1", 2 / 3],
    ["accuracy", 0.5],
  ]);
});
