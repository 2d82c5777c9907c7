// The steps of the webgpu backend beside those of the JavaScript optimizer.

import { tf, type Tensor } from "../../backends/tensorflow.ts";
import { setDeviceStep } from "../../primitives/device-step.ts";
import { adamW, adamWStep, startAdamW } from "../../train/adamw.ts";
import { clipByGlobalNorm, globalNorm } from "../../train/clip.ts";
import { addRows } from "../../train/row-gradients.ts";
import { startDeviceStep } from "./device-step.ts";
import { wave, type Trial } from "./trial.ts";

/** Rate, λ and what the norm may be of one tensor: two share a limit that their gradients keep, one has its own that it does not. */
interface Case {
  readonly size: number;
  readonly limit: number;
  readonly rate: number;
  readonly weightDecay: number;
}

const cases: readonly Case[] = [
  { size: 700, limit: 0, rate: 0.3, weightDecay: 0 },
  { size: 6, limit: 0, rate: 5e-3, weightDecay: 0.1 },
  { size: 300, limit: 1, rate: 0.01, weightDecay: 0.01 },
];
const limits = [1e3, 1];
const steps = 3;

/** Rows of a table `[4, 6]`: one id twice, one of a row that is none. */
const rowIds = Int32Array.of(2, 0, -1, 2, 3);
const tableSize = 4 * 6;

const gradientOf = (index: number, step: number) => wave(cases[index]?.size ?? 0, 10 * step + index);

/** Values, moments, the values before the last step, loss and norm of that step, and a table's gradient with rows added. */
function takeInJavaScript(): readonly Tensor[] {
  const optimizer = adamW();
  const tensors = cases.map(({ size }, index) => ({ values: wave(size, index), state: startAdamW(size) }));
  let previous = tensors.map(({ values }) => values);
  let norm = 0;
  for (let step = 0; step < steps; step++) {
    const gradients = cases.map((_, index) => gradientOf(index, step));
    norm = globalNorm(gradients);
    for (const [which, limit] of limits.entries())
      clipByGlobalNorm(
        gradients.filter((_, index) => cases[index]?.limit === which),
        limit,
      );
    previous = tensors.map(({ values }) => values.slice());
    for (const [index, { values, state }] of tensors.entries()) {
      const { rate = 0, weightDecay } = cases[index] ?? {};
      adamWStep(optimizer, values, gradients[index] ?? new Float32Array(), state, rate, weightDecay);
    }
  }
  const found = tensors.flatMap(({ values, state: { moments } }, index) => [
    values,
    ...Object.values(moments),
    ...previous.slice(index, index + 1),
  ]);
  const table = wave(tableSize, 1);
  addRows(table, rowIds, wave(rowIds.length * 6, 2));
  return [...found, [steps, norm, 0, 0, 0], table].map((values) => tf.tensor1d(values));
}

function takeOnDevice(): readonly Tensor[] {
  const { settings } = adamW();
  const tensors = cases.map(({ size, limit }, index) => ({
    values: tf.tensor1d(wave(size, index)),
    first: tf.zeros([size]),
    second: tf.zeros([size]),
    previous: tf.zeros([size]),
    limit,
  }));
  const device = startDeviceStep({ tensors, limits, ...settings });
  let report: Tensor | undefined;
  for (let step = 1; step <= steps; step++) {
    const corrections = [1 - settings.beta1 ** step, 1 - settings.beta2 ** step];
    const rates = cases.flatMap(({ rate, weightDecay }) => [rate, ...corrections, weightDecay]);
    report = device.take({
      loss: tf.tensor1d([step]),
      gradients: cases.map((_, index) => tf.tensor1d(gradientOf(index, step - 1))),
      rates: Float32Array.from(rates),
    });
  }
  const found = tensors.flatMap(({ values, first, second, previous }) => [values, first, second, previous]);
  const table = tf.tensor1d(wave(tableSize, 1));
  device.addRows(table, rowIds, tf.tensor1d(wave(rowIds.length * 6, 2)));
  return [...found, ...(report ? [report] : []), table];
}

export const stepTrial: Trial = {
  name: "steps of the optimizer",
  stock: takeInJavaScript,
  kernel: takeOnDevice,
  calls: () => [[]],
  install: () => setDeviceStep("webgpu", startDeviceStep),
};
