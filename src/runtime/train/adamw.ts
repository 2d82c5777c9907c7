// Adam with decoupled weight decay, in JavaScript: its state is plain numbers, saved and restored to the bit.

import { momentOf, type OptimizerState } from "./optimizer-state.ts";

export interface AdamWOptions {
  readonly beta1?: number;
  readonly beta2?: number;
  readonly epsilon?: number;
}

/** AdamW as a script names it. */
export interface AdamW {
  readonly name: "adamW";
  readonly settings: Required<AdamWOptions>;
}

/** AdamW (Loshchilov and Hutter 2019, "Decoupled Weight Decay Regularization"), PyTorch's defaults; the decay λ is each group's own. */
export function adamW(options: AdamWOptions = {}): AdamW {
  return { name: "adamW", settings: { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, ...options } };
}

/** First and second moment of the gradient of a tensor of `size` entries. */
export function startAdamW(size: number): OptimizerState {
  return { moments: { first: new Float32Array(size), second: new Float32Array(size) }, steps: 0 };
}

/**
 * One step, in place: m ← β₁m + (1−β₁)g, v ← β₂v + (1−β₂)g², and with m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ)
 * the values ← values − rate·(m̂/(√v̂ + ε) + λ·values).
 */
export function adamWStep(
  { settings }: AdamW,
  values: Float32Array,
  gradient: Float32Array,
  state: OptimizerState,
  rate: number,
  weightDecay = 0,
): void {
  const { beta1, beta2, epsilon } = settings;
  const first = momentOf(state, "first");
  const second = momentOf(state, "second");
  state.steps++;
  const correction1 = 1 - beta1 ** state.steps;
  const correction2 = 1 - beta2 ** state.steps;
  for (let i = 0; i < values.length; i++) {
    const g = gradient[i] ?? 0;
    const value = values[i] ?? 0;
    const m = beta1 * (first[i] ?? 0) + (1 - beta1) * g;
    const v = beta2 * (second[i] ?? 0) + (1 - beta2) * g * g;
    first[i] = m;
    second[i] = v;
    values[i] =
      value - rate * (m / correction1 / (Math.sqrt(v / correction2) + epsilon) + weightDecay * value);
  }
}
