// Replaces one kernel of a backend by our own, but only after both gave the same answers.

import { tf, type KernelBackend, type KernelFunc, type TensorInfo } from "../backends/tensorflow.ts";

/** Inputs to compare the two kernels on: values are made up, only shapes matter. */
export interface TrialCall {
  readonly inputs: Readonly<Record<string, readonly number[]>>;
  readonly attrs?: Readonly<Record<string, boolean | readonly number[]>>;
}

/**
 * Registers `make(stock)` over the stock kernel of the current backend. Throws, leaving the stock kernel in place, when
 * it disagrees with it on a trial by more than 1e-4 of the largest value.
 */
export function overrideKernel(
  kernelName: string,
  make: (stock: KernelFunc) => KernelFunc,
  trials: readonly TrialCall[],
) {
  const backendName = tf.getBackend();
  const registered = tf.getKernel(kernelName, backendName);
  const override = make(registered.kernelFunc);
  for (const trial of trials) {
    const difference = compare(registered.kernelFunc, override, trial);
    if (!(difference < 1e-4)) {
      throw new Error(
        `it differs from the stock kernel by ${difference.toExponential(1)} on ${JSON.stringify(trial)}`,
      );
    }
  }
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ ...registered, kernelFunc: override });
}

/** Largest difference of the two answers, relative to the largest value. */
function compare(stock: KernelFunc, override: KernelFunc, { inputs, attrs = {} }: TrialCall): number {
  const backend = tf.backend();
  const tensors = Object.fromEntries(
    Object.entries(inputs).map(([name, shape]) => [name, makeUpTensor(shape)]),
  );
  const [expected, found] = [stock, override].map((kernel) =>
    readAnswer(kernel({ inputs: tensors, attrs, backend }), backend),
  );
  for (const tensor of Object.values(tensors)) tensor.dispose();
  if (expected === undefined || found === undefined || expected.shape !== found.shape) return Infinity;
  let [largest, difference] = [0, 0];
  for (const [index, value] of expected.values.entries()) {
    largest = Math.max(largest, Math.abs(value));
    const here = Math.abs(value - (found.values[index] ?? NaN));
    difference = here <= difference ? difference : here; // keeps a NaN
  }
  return difference / largest;
}

function readAnswer(answer: TensorInfo | TensorInfo[], backend: KernelBackend) {
  const info = Array.isArray(answer) ? answer[0] : answer;
  if (info === undefined) return undefined;
  const values = Float32Array.from(backend.readSync(info.dataId) as Float32Array);
  backend.disposeData(info.dataId);
  return { shape: info.shape.join(), values };
}

/** Values between -1 and 1 without a pattern that a wrong transpose would keep. */
function makeUpTensor(shape: readonly number[]) {
  const size = shape.reduce((product, axis) => product * axis, 1);
  const values = Float32Array.from({ length: size }, (_, index) => Math.sin(1 + index * index * 0.37));
  return tf.tensor(values, [...shape]);
}
