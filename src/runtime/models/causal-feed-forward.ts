// The feed-forward blocks of decoder-only models: GPT-2's gelu, and Llama's silu with a gate. Norm, block, residual.

import { activate, activateBackward, gate, gateBackward } from "../primitives/activations.ts";
import { consume } from "../primitives/consume.ts";
import { linearBackward } from "../primitives/linear.ts";
import { norm, normBackward, normed, type NormSaved, type NormWeights } from "../primitives/norm.ts";
import { tf, type Tensor2D } from "../tf.ts";
import {
  hiddenAt,
  hiddenBackwardAt,
  project,
  projectAt,
  projectBackwardAt,
  through,
  throughBackward,
  type Projection,
} from "./changed-linear.ts";
import type { BlockInside } from "./inside.ts";

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

/** x + gelu(norm(x)·Wᵢᵀ)·Wₒᵀ, or x + (silu(norm(x)·W_gᵀ) ⊙ norm(x)·Wᵢᵀ)·Wₒᵀ; what is changed at the input is Wᵢ. Takes over `x`. */
export function causalFeedForward(weights: CausalFeedForwardWeights, x: Tensor2D, at?: BlockInside) {
  return consume(x, () => {
    const { y: normal, saved } = norm(weights.norm, x);
    const straight = projectAt(normal, weights.input, at, "feedForwardInput");
    const gated = weights.gate && project(normal, weights.gate);
    const active = gated ? gate("silu", gated, straight) : activate("gelu", straight);
    const plain = outputOf(weights, active, at);
    const y = tf.add(x, through(plain, at?.inside.afterFeedForward, at?.layer ?? 0)) as Tensor2D;
    const hidden = gated ? [gated, straight] : [straight];
    return { y, saved: { norm: saved, hidden } satisfies CausalFeedForwardSaved };
  });
}

/** Gradient with respect to x; frees `dy` and `saved`. */
export function causalFeedForwardBackward(
  weights: CausalFeedForwardWeights,
  dy: Tensor2D,
  saved: CausalFeedForwardSaved,
  at?: BlockInside,
): Tensor2D {
  return consume([dy, saved], () => {
    const [first, second] = saved.hidden;
    if (!first) throw new Error("a feed-forward block kept nothing");
    const active = () => (second ? gate("silu", first, second) : activate("gelu", first));
    const plain = () => outputOf(weights, active(), at);
    const dPlain = throughBackward(dy, plain, at?.inside.afterFeedForward, at);
    const read = () => hiddenAt(active(), at);
    const dRead = projectBackwardAt(dPlain, weights.output, at, "feedForwardOutput", read);
    const dActive = hiddenBackwardAt(dRead, active, at);
    const normal = () => normed(weights.norm, saved.norm);
    const straight = (dStraight: Tensor2D) =>
      projectBackwardAt(dStraight, weights.input, at, "feedForwardInput", normal);
    const gated = () => {
      if (!weights.gate || !second) throw new Error("a gate without what it multiplies");
      const { dx, dStraight } = gateBackward("silu", dActive, first, second);
      return linearBackward(dx, weights.gate.weight, straight(dStraight));
    };
    const dNormal = weights.gate ? gated() : straight(activateBackward("gelu", dActive, first));
    return normBackward(weights.norm, dNormal, saved.norm, dy);
  });
}

/** What the output projection gives, `[batch × rows, width]`. */
function outputOf(
  { output }: CausalFeedForwardWeights,
  active: Tensor2D,
  at: BlockInside | undefined,
): Tensor2D {
  return projectAt(hiddenAt(active, at), output, at, "feedForwardOutput");
}
