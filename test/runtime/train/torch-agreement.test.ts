// Twenty steps of DePT on the tiny T5 against the same twenty in PyTorch: test/fixtures/tiny-t5/make.py made the numbers.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { concatRows, firstRows } from "../../../src/runtime/graph-operations.ts";
import { kaimingUniform, vocabulary, zeros } from "../../../src/runtime/prompts/initialisers.ts";
import { tf } from "../../../src/runtime/tf.ts";
import { adamW } from "../../../src/runtime/train/adamw.ts";
import { createParameters, disposeParameters, restoreValues } from "../../../src/runtime/train/parameters.ts";
import { linear, rateMultiplier } from "../../../src/runtime/train/schedules.ts";
import { lossAndGradients, update, type Method } from "../../../src/runtime/train/step.ts";
import { measured } from "../../support/measured.ts";
import {
  inputOf,
  largestDifference,
  loadTinyT5,
  targetsOf,
  tinyT5Folder,
  type GoldenBatch,
  type GoldenTensor,
} from "../../support/tiny-t5.ts";

interface GoldenTraining {
  readonly learningRates: { readonly P: number; readonly A: number };
  readonly schedule: { readonly warmup: number; readonly steps: number };
  readonly clip: number;
  readonly start: Readonly<Record<string, GoldenTensor>>;
  readonly batches: readonly GoldenBatch[];
  readonly losses: readonly number[];
  readonly gradientNorms: readonly number[];
  readonly end: Readonly<Record<string, GoldenTensor>>;
}

const golden: GoldenTraining = JSON.parse(readFileSync(`${tinyT5Folder}/golden-training.json`, "utf8"));
const initialisers = { P: vocabulary([5, 32]), A: kaimingUniform([16, 3]), B: zeros([3, 32]) };
const groups = {
  prompt: { tensors: ["P"], learningRate: golden.learningRates.P },
  pair: { tensors: ["A", "B"], learningRate: golden.learningRates.A },
};

/** DePT: [P ; x + AB]. */
const method: Method = (tensors, x) => {
  const { P = x, A = x, B = x } = tensors;
  return concatRows(P, tf.add(x, firstRows(tf.matMul(A, B), x.shape[1])));
};

for (const backend of ["cpu", "wasm"] as const) {
  test(`${backend}: the losses of the first 20 steps are PyTorch's within 1e-3`, async () => {
    const backbone = await loadTinyT5(backend);
    const parameters = createParameters(initialisers, groups, backbone, 1);
    const start = Object.entries(golden.start).map(
      ([name, { data }]) => [name, Float32Array.from(data)] as const,
    );
    restoreValues(parameters, new Map(start));

    const losses: number[] = [];
    const norms: number[] = [];
    for (const [step, batch] of golden.batches.entries()) {
      const found = await lossAndGradients(backbone, method, parameters, inputOf(batch), targetsOf(batch));
      losses.push(found.loss);
      const multiplier = rateMultiplier(linear(golden.schedule), step, golden.schedule.steps);
      norms.push(update(parameters, found.gradients, adamW(), multiplier, golden.clip));
    }
    expect(losses).toHaveLength(20);
    const check = (what: string, difference: number) =>
      measured(
        { what: `DePT on a tiny T5, ${what} of 20 steps, ${backend}`, against: "torch", tolerance: 1e-3 },
        difference,
      );
    check("losses", largestDifference(losses, golden.losses));
    check("gradient norms", largestDifference(norms, golden.gradientNorms));
    for (const { name, values } of parameters) {
      expect(largestDifference(values, golden.end[name]?.data ?? []), `${name} after 20 steps`).toBeLessThan(
        5e-3,
      );
    }
    disposeParameters(parameters);
    backbone.dispose();
  });
}
