// The feed-forward blocks of decoder-only models: GPT-2's gelu, and Llama's silu with a gate. Norm, block, residual.

import { activate, activateBackward, gate, gateBackward } from "../primitives/activations.ts";
import { consume } from "../primitives/consume.ts";
import { linearBackward } from "../primitives/linear.ts";
import { norm, normBackward, type NormSaved, type NormWeights } from "../primitives/norm.ts";
import { tf, type Tensor2D } from "../tf.ts";
import { project, type Projection } from "./causal-attention.ts";

export interface CausalFeedForwardWeights {
  readonly norm: NormWeights;
  readonly input: Projection; // [feedForward, width]
  /** Multiplied with the activated input; without it the activation is gelu, with it silu (Shazeer, 2020). */
  readonly gate: Projection | undefined; // [feedForward, width]
  readonly output: Projection; // [width, feedForward]
}

/** What the backward pass needs; freed by it. */
export type CausalFeedForwardSaved = {
  readonly norm: NormSaved;
  readonly hidden: readonly Tensor2D[]; // [batch × rows, feedForward] each: what is activated, then what it multiplies
};

/** x + gelu(norm(x)·Wᵢᵀ)·Wₒᵀ, or x + (silu(norm(x)·W_gᵀ) ⊙ norm(x)·Wᵢᵀ)·Wₒᵀ. Takes over `x`. */
export function causalFeedForward(weights: CausalFeedForwardWeights, x: Tensor2D) {
  return consume(x, () => {
    const { y: normal, saved } = norm(weights.norm, x);
    const straight = project(normal, weights.input);
    const gated = weights.gate && project(normal, weights.gate);
    const active = gated ? gate("silu", gated, straight) : activate("gelu", straight);
    const y = tf.add(x, project(active, weights.output)) as Tensor2D;
    const hidden = gated ? [gated, straight] : [straight];
    return { y, saved: { norm: saved, hidden } satisfies CausalFeedForwardSaved };
  });
}

/** Gradient with respect to x; frees `dy` and `saved`. */
export function causalFeedForwardBackward(
  weights: CausalFeedForwardWeights,
  dy: Tensor2D,
  saved: CausalFeedForwardSaved,
): Tensor2D {
  return consume([dy, saved], () => {
    const dActive = linearBackward(dy, weights.output.weight);
    const [first, second] = saved.hidden;
    if (!first) throw new Error("a feed-forward block kept nothing");
    const gated = () => {
      if (!weights.gate || !second) throw new Error("a gate without what it multiplies");
      const { dx, dStraight } = gateBackward("silu", dActive, first, second);
      return linearBackward(dx, weights.gate.weight, linearBackward(dStraight, weights.input.weight));
    };
    const dNormal = weights.gate
      ? gated()
      : linearBackward(activateBackward("gelu", dActive, first), weights.input.weight);
    return normBackward(weights.norm, dNormal, saved.norm, dy);
  });
}
