import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { measured } from "../../support/measured.ts";
import { largestDifference } from "../../support/tiny-t5.ts";
import { adamW, adamWStep, startAdamW } from "../../../src/runtime/train/adamw.ts";
import { clipByGlobalNorm, globalNorm } from "../../../src/runtime/train/clip.ts";
import { constant, linear, rateMultiplier } from "../../../src/runtime/train/schedules.ts";

interface Tensors {
  readonly P: readonly number[];
  readonly A: readonly number[];
}

interface Golden {
  readonly start: Tensors;
  readonly steps: readonly {
    readonly gradients: Tensors;
    readonly norm: number;
    readonly rates: readonly number[];
    readonly values: Tensors;
  }[];
  readonly schedules: readonly { warmup: number; steps: number; multipliers: readonly number[] }[];
}

const golden: Golden = JSON.parse(readFileSync("test/fixtures/optimizer/golden.json", "utf8"));
const learningRates = { P: 0.3, A: 5e-3 };

test("six clipped steps of two groups with decay and a schedule are PyTorch's", () => {
  const optimizer = adamW();
  const names = ["P", "A"] as const;
  const values = { P: Float32Array.from(golden.start.P), A: Float32Array.from(golden.start.A) };
  const moments = { P: startAdamW(3), A: startAdamW(4) };
  let worst = 0;
  for (const [index, step] of golden.steps.entries()) {
    const gradients = { P: Float32Array.from(step.gradients.P), A: Float32Array.from(step.gradients.A) };
    expect(clipByGlobalNorm([gradients.P, gradients.A], 1)).toBeCloseTo(step.norm, 5);
    for (const [group, name] of names.entries()) {
      const rate = learningRates[name] * rateMultiplier(linear({ warmup: 2 }), index, 6);
      expect(rate).toBeCloseTo(step.rates[group] ?? NaN, 12);
      adamWStep(optimizer, values[name], gradients[name], moments[name], rate, 0.1);
      worst = Math.max(worst, largestDifference(values[name], step.values[name]));
    }
  }
  measured({ what: "AdamW, values over six steps", against: "torch", tolerance: 5e-6 }, worst);
});

test("the linear schedule is transformers', without warm-up, with it, and cut short in it", () => {
  for (const { warmup, steps, multipliers } of golden.schedules) {
    const ours = multipliers.map((_, step) => rateMultiplier(linear({ warmup }), step, steps));
    const what = "linear schedule, multipliers of the rate";
    measured({ what, against: "transformers", tolerance: 1e-12 }, largestDifference(ours, multipliers));
  }
});

test("the constant schedule leaves every rate alone", () => {
  expect([0, 5, 9].map((step) => rateMultiplier(constant(), step, 10))).toEqual([1, 1, 1]);
});

test("gradients within the limit are left alone, to the bit", () => {
  const gradient = Float32Array.from([0.3, -0.4]);
  expect(clipByGlobalNorm([gradient], 1)).toBeCloseTo(0.5, 7);
  expect(gradient).toEqual(Float32Array.from([0.3, -0.4]));
});

test("clipping uses one norm for all tensors together", () => {
  const one = Float32Array.from([3, 0]);
  const other = Float32Array.from([0, 4]);
  expect(clipByGlobalNorm([one, other], 1)).toBe(5);
  expect(globalNorm([one, other])).toBeCloseTo(1, 5);
  expect(one[0]).toBeCloseTo(0.6, 5);
  expect(other[1]).toBeCloseTo(0.8, 5);
});
