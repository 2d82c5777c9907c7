import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { measured } from "../../support/measured.ts";
import { largestDifference } from "../../support/tiny-t5.ts";
import {
  adafactor,
  adafactorStep,
  startAdafactor,
  type AdafactorOptions,
} from "../../../src/runtime/train/adafactor.ts";
import { cosine, rateMultiplier, warmup } from "../../../src/runtime/train/schedules.ts";

interface Multipliers {
  readonly warmup: number;
  readonly steps: number;
  readonly multipliers: readonly number[];
}

interface Golden {
  readonly shapes: readonly (readonly number[])[];
  readonly cases: Readonly<
    Record<
      string,
      {
        readonly rate: number;
        readonly decay: number;
        readonly start: readonly (readonly number[])[];
        readonly steps: readonly {
          readonly gradients: readonly (readonly number[])[];
          readonly values: readonly (readonly number[])[];
        }[];
      }
    >
  >;
  readonly cosine: readonly Multipliers[];
  readonly warmup: readonly Multipliers[];
}

/** transformers made the numbers: test/fixtures/optimizer/make-adafactor.py. */
const golden: Golden = JSON.parse(readFileSync("test/fixtures/optimizer/adafactor.json", "utf8"));

const options: Readonly<Record<string, AdafactorOptions>> = {
  plain: {},
  decay: {},
  "first moment": { beta1: 0.9 },
  scaled: { scaleParameter: true },
  relative: { scaleParameter: true, relativeStep: true },
  others: { decayRate: -0.5, clipThreshold: 0.5, epsilon: 1e-3 },
};

test.each(Object.entries(golden.cases))(
  "eight steps of a matrix, a vector and a stack of matrices are transformers': %s",
  (name, { rate, decay, start, steps }) => {
    const optimizer = adafactor(options[name]);
    let worst = 0;
    for (const [index, shape] of golden.shapes.entries()) {
      const values = Float32Array.from(start[index] ?? []);
      const state = startAdafactor(optimizer, shape);
      for (const step of steps) {
        const gradient = Float32Array.from(step.gradients[index] ?? []);
        adafactorStep(optimizer, values, shape, gradient, state, rate, decay);
        const expected = step.values[index] ?? [];
        expect(expected).toHaveLength(values.length);
        worst = Math.max(worst, largestDifference(values, expected));
      }
    }
    const what = `Adafactor (${name}), values over eight steps`;
    measured({ what, against: "transformers", tolerance: 5e-6 }, worst);
  },
);

test("of a matrix only rows and columns are remembered", () => {
  const { moments } = startAdafactor(adafactor(), [40, 768]);
  expect(Object.values(moments).map(({ length }) => length)).toEqual([40, 768]);
});

test("a gradient of zeros moves nothing", () => {
  const optimizer = adafactor();
  const values = Float32Array.from([1, 2, 3, 4]);
  adafactorStep(optimizer, values, [2, 2], new Float32Array(4), startAdafactor(optimizer, [2, 2]), 0.3);
  expect([...values]).toEqual([1, 2, 3, 4]);
});

test("the cosine and the warm-up schedules are transformers'", () => {
  for (const [name, ours, theirs] of [
    ["cosine", (start: number) => cosine({ warmup: start }), golden.cosine],
    ["warm-up", warmup, golden.warmup],
  ] as const) {
    for (const { warmup: start, steps, multipliers } of theirs) {
      const found = multipliers.map((_, step) => rateMultiplier(ours(start), step, steps));
      const what = `${name} schedule, multipliers of the rate`;
      measured({ what, against: "transformers", tolerance: 1e-12 }, largestDifference(found, multipliers));
    }
  }
});
