// The frozen tensors of a method: made once, handed to its function beside the ones that learn, never trained.

import type { TextBackbone } from "../data/load-task.ts";
import { initialValues } from "../prompts/initial-values.ts";
import { followsFromSeed, type Initialiser, type Shape } from "../prompts/initialisers.ts";
import { tf, type Tensor } from "../tf.ts";
import type { InsideOf, Method } from "./step.ts";

export interface Constant {
  readonly name: string;
  readonly shape: Shape;
  readonly initialiser: Initialiser;
  /** Not in the adapter's file: the seed brings the values back. */
  readonly redrawn: boolean;
  readonly values: Float32Array;
  readonly tensor: Tensor;
}

/** Draws every constant as a parameter of that name would be drawn, in the order of `initialisers`. */
export function createConstants(
  initialisers: Readonly<Record<string, Initialiser>>,
  backbone: TextBackbone,
  seed: number,
): Constant[] {
  // All numbers before the first tensor: a file that cannot be read leaves nothing on the device.
  const drawn = Object.entries(initialisers).map(([name, initialiser]) => {
    const values = initialValues(name, initialiser, backbone, seed);
    const { shape } = initialiser;
    return { name, shape, initialiser, redrawn: followsFromSeed(initialiser), values };
  });
  return drawn.map((each) => ({ ...each, tensor: tf.tensor(each.values.slice(), [...each.shape]) }));
}

/** Throws when a constant is trainable after all: it has the name, or is the variable, of a tensor that learns. */
export function assertFrozen(constants: readonly Constant[], parameters: readonly string[]): void {
  const trainable = Object.values(tf.engine().registeredVariables).filter((variable) => variable.trainable);
  for (const { name, tensor } of constants) {
    if (parameters.includes(name)) throw new Error(`tensor ${name} is both a parameter and a constant`);
    if (trainable.some((variable) => variable.id === tensor.id))
      throw new Error(`constant ${name} is a trainable variable`);
  }
}

/** The method as a function of the tensors that learn alone; one that only changes blocks leaves the words as they are. */
export function methodOf(
  { input = (_, x) => x, inside }: { readonly input?: Method; readonly inside?: InsideOf },
  constants: readonly Constant[],
): Method {
  const frozen = Object.fromEntries(constants.map(({ name, tensor }) => [name, tensor]));
  const method: Method = (tensors, x, words) => input({ ...tensors, ...frozen }, x, words);
  return Object.assign(method, { inside });
}

export function disposeConstants(constants: readonly Constant[]): void {
  for (const { tensor } of constants) tensor.dispose();
}
