// Twenty steps of full fine-tuning on the tiny T5s against the same twenty in PyTorch: test/fixtures/full/make.py made the numbers.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { loadT5 } from "../../../src/runtime/models/t5.ts";
import { tf, type Tensor3D } from "../../../src/runtime/tf.ts";
import { adafactor } from "../../../src/runtime/train/adafactor.ts";
import { adamW } from "../../../src/runtime/train/adamw.ts";
import { assertPlanned, createParameters, disposeParameters } from "../../../src/runtime/train/parameters.ts";
import { readPretrained } from "../../../src/runtime/train/pretrained.ts";
import { linear, rateMultiplier } from "../../../src/runtime/train/schedules.ts";
import { lossAndGradients, update, type Method } from "../../../src/runtime/train/step.ts";
import { allWeights, everyWeight } from "../../support/full-fine-tuning.ts";
import { measured } from "../../support/measured.ts";
import {
  inputOf,
  largestDifference,
  targetsOf,
  tinyT511Folder,
  tinyT5Folder,
  type GoldenBatch,
} from "../../support/tiny-t5.ts";

interface GoldenRun {
  readonly losses: readonly number[];
  readonly gradientNorms: readonly number[];
}

interface GoldenFull {
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly schedule: { readonly warmup: number; readonly steps: number };
  readonly clip: number;
  readonly batches: readonly GoldenBatch[];
  readonly adamw: GoldenRun;
  readonly adafactor: GoldenRun;
}

const goldenOf = (name: string): GoldenFull =>
  JSON.parse(readFileSync(new URL(`../../fixtures/full/${name}.json`, import.meta.url), "utf8"));

const optimizers = { adamw: adamW(), adafactor: adafactor({ scaleParameter: true }) } as const;
const method: Method = Object.assign((_: unknown, x: Tensor3D) => x, { inside: everyWeight });
const models = [
  ["tiny-t5", tinyT5Folder, {}],
  ["tiny-t5-1.1", tinyT511Folder, { activation: "gated_gelu", head: "untied" }],
] as const;
const runs = models.flatMap((model) =>
  (["adamw", "adafactor"] as const).map((name) => [name, ...model] as const),
);

test.each(runs)(
  "%s: the losses of 20 steps over all weights of %s are PyTorch's within 1e-3",
  async (optimizer, name, folder, dimensions) => {
    const golden = goldenOf(name);
    const { learningRate, weightDecay } = golden;
    const backbone = await loadT5(folder, dimensions, { backend: "wasm" });
    const initialisers = await allWeights(backbone);
    const groups = { weights: { tensors: Object.keys(initialisers), learningRate, weightDecay } };
    const pretrained = await readPretrained(initialisers, backbone);
    const chosen = optimizers[optimizer];
    const parameters = createParameters(initialisers, groups, backbone, 1, {}, chosen, pretrained);
    assertPlanned(parameters, backbone.identity.parameters);
    const tensors = tf.memory().numTensors;

    const losses: number[] = [];
    const norms: number[] = [];
    for (const [step, batch] of golden.batches.entries()) {
      const found = await lossAndGradients(backbone, method, parameters, inputOf(batch), targetsOf(batch));
      losses.push(found.loss);
      const multiplier = rateMultiplier(linear(golden.schedule), step, golden.schedule.steps);
      norms.push(update(parameters, found.gradients, chosen, multiplier, golden.clip));
    }
    expect(losses).toHaveLength(20);
    const [byLoss, byNorm] = [
      largestDifference(losses, golden[optimizer].losses),
      largestDifference(norms, golden[optimizer].gradientNorms),
    ];
    const of = `full fine-tuning of ${name} by ${optimizer}`;
    measured({ what: `${of}, losses of 20 steps, wasm`, against: "torch", tolerance: 1e-3 }, byLoss);
    measured({ what: `${of}, gradient norms of 20 steps, wasm`, against: "torch", tolerance: 1e-2 }, byNorm);
    expect(tf.memory().numTensors).toBe(tensors);
    disposeParameters(parameters);
    backbone.dispose();
  },
);
