import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { measured } from "../../../support/measured.ts";
import { textMetrics, textScoresOf } from "../../../../src/runtime/data/metrics/metric.ts";

type Golden = Readonly<Record<(typeof textMetrics)[number], number>> & {
  readonly written: string;
  readonly references: readonly string[];
};
const golden: readonly Golden[] = JSON.parse(readFileSync("test/fixtures/metrics/squad.json", "utf8"));

test.each(textMetrics)(
  "%s of each answer, and the mean over all, is what SQuAD's own code gives",
  (metric) => {
    expect(golden.length).toBeGreaterThan(40);
    for (const each of golden) {
      const scores = textScoresOf([metric], [each.written], [each.references]);
      expect([each.written, each.references, scores[metric]]).toEqual([
        each.written,
        each.references,
        expect.closeTo(each[metric], 12),
      ]);
    }
    const all = textScoresOf(
      [metric],
      golden.map(({ written }) => written),
      golden.map(({ references }) => references),
    );
    const mean = golden.reduce((sum, each) => sum + each[metric], 0) / golden.length;
    expect(mean).toBeGreaterThan(0);
    const difference = Math.abs((all[metric] ?? NaN) - mean);
    measured(
      { what: `metric ${metric} of texts`, against: "SQuAD's own code", tolerance: 1e-12 },
      difference,
    );
  },
);
