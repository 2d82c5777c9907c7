// What a layer holds until its backward pass: its activations, or its input alone, from which they are made again.

import { free, type Tensors } from "../primitives/consume.ts";
import type { Tensor2D } from "../tf.ts";

/**
 * A run's choice: more memory; or the time to make attention's probabilities again, which are most of it where inputs are long; or that of a
 * second forward pass. Losses and gradients are the same to the bit, but for what `sliced-attention.ts` says.
 */
export type LayerMemory = "keep" | "recompute_attention" | "recompute";

/** For a run that no backward pass follows: no probabilities are kept, and a layer's activations are freed when it has run. */
export const forwardOnly: LayerMemory = "recompute_attention";

/** One layer's activations, or the input they are made of; `take` hands them over, once. */
export interface Held<Saved> {
  readonly saved?: Saved;
  readonly input?: Tensor2D; // [batch × rows, width]
  readonly take: () => Saved;
}

/**
 * Runs a layer, which takes over `x`. What `run` reads beside it must live until the activations are taken where
 * `memory` is "recompute".
 */
export function holdLayer<Saved extends Tensors>(
  memory: LayerMemory | undefined,
  x: Tensor2D,
  run: (x: Tensor2D) => { readonly y: Tensor2D; readonly saved: Saved },
): { readonly y: Tensor2D; readonly held: Held<Saved> } {
  if (memory !== "recompute") {
    const { y, saved } = run(x);
    return { y, held: { saved, take: () => saved } };
  }
  const input = x.clone(); // another handle on the same numbers
  const first = run(x);
  free(first.saved);
  const take = () => {
    const again = run(input);
    free(again.y);
    return again.saved;
  };
  return { y: first.y, held: { input, take } };
}
