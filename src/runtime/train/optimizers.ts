// The optimizers a script may name, by what they have in common.

import { adafactorStep, startAdafactor, type Adafactor } from "./adafactor.ts";
import { adamWStep, startAdamW, type AdamW } from "./adamw.ts";
import type { OptimizerState } from "./optimizer-state.ts";

export type Optimizer = AdamW | Adafactor;

/** What the optimizer knows of a tensor before its first step. */
export function startState(optimizer: Optimizer, shape: readonly number[]): OptimizerState {
  if (optimizer.name === "adafactor") return startAdafactor(optimizer, shape);
  return startAdamW(shape.reduce((product, extent) => product * extent, 1));
}

/** One step of a tensor, in place. */
export function optimizerStep(
  optimizer: Optimizer,
  tensor: {
    readonly values: Float32Array;
    readonly shape: readonly number[];
    readonly state: OptimizerState;
    readonly weightDecay: number;
  },
  gradient: Float32Array,
  rate: number,
): void {
  const { values, shape, state, weightDecay } = tensor;
  if (optimizer.name === "adafactor")
    adafactorStep(optimizer, values, shape, gradient, state, rate, weightDecay);
  else adamWStep(optimizer, values, gradient, state, rate, weightDecay);
}
