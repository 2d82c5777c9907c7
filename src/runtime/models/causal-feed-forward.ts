// The feed-forward blocks of decoder-only models: GPT-2's gelu, and Llama's silu with a gate. Norm, block, residual.

import { gelu, silu } from "../graph-operations.ts";
import { geluSlope, siluSlope } from "../primitives/activations.ts";
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
    const gate = weights.gate && project(normal, weights.gate);
    const active: Tensor2D = gate ? tf.mul(silu(gate), straight) : gelu(straight);
    const y = tf.add(x, project(active, weights.output)) as Tensor2D;
    const hidden = gate ? [gate, straight] : [straight];
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
    const through = (d: Tensor2D, projection: Projection) => linearBackward(d, projection.weight);
    const gated = () => {
      if (!weights.gate || !second) throw new Error("a gate without what it multiplies");
      const dGate = tf.mul(tf.mul(dActive, second), siluSlope(first)) as Tensor2D;
      const dStraight = tf.mul(dActive, silu(first)) as Tensor2D;
      return tf.add(through(dGate, weights.gate), through(dStraight, weights.input)) as Tensor2D;
    };
    const dNormal = weights.gate ? gated() : through(tf.mul(dActive, geluSlope(first)), weights.input);
    return tf.add(dy, normBackward(weights.norm, dNormal, saved.norm)) as Tensor2D;
  });
}
