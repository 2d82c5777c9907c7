// Gradients of the tensors that act inside the backbone, gathered place by place while the backward pass walks the blocks.

import { free } from "../primitives/consume.ts";
import { tf, type Tensor, type Tensor1D, type Tensor2D } from "../tf.ts";
import { WeightGradients } from "./weight-gradients.ts";

/** The numbers of one place, `[rows, columns]`, of a tensor with the place as its first axis. */
export function matrixAt(tensor: Tensor, place: number): Tensor2D {
  const [, rows = 0, columns = 0] = tensor.shape;
  return tf.reshape(tf.slice(tensor, [place, 0, 0], [1, rows, columns]), [rows, columns]);
}

/** The numbers of one place, `[columns]`. */
export function vectorAt(tensor: Tensor, place: number): Tensor1D {
  const [, columns = 0] = tensor.shape;
  return tf.reshape(tf.slice(tensor, [place, 0], [1, columns]), [columns]);
}

/** Holds what it is given until it is taken or disposed, whatever tidy it was made in. */
export class InnerGradients {
  /** Where those of the backbone's own weights go, if any learn. */
  readonly weights: WeightGradients;
  readonly #found = new Map<Tensor, Map<number, Tensor>>();

  constructor(weights = new WeightGradients()) {
    this.weights = weights;
  }

  add(tensor: Tensor, place: number, gradient: Tensor): void {
    const places = this.#found.get(tensor) ?? new Map<number, Tensor>();
    if (places.has(place)) throw new Error(`place ${place} was given two gradients`);
    this.#found.set(tensor, places.set(place, tf.keep(gradient)));
  }

  /** Gradients by tensor, each of the tensor's shape, those of weights apart; the caller disposes them. */
  take(tensors: readonly Tensor[]): ReadonlyMap<Tensor, Tensor> {
    const own = tensors.filter((tensor) => !this.weights.learns(tensor));
    const whole = own.map((tensor): [Tensor, Tensor] => [tensor, this.#whole(tensor)]);
    for (const places of this.#found.values()) free([...places.values()]);
    this.#found.clear();
    return new Map(whole);
  }

  #whole(tensor: Tensor): Tensor {
    const places = this.#found.get(tensor);
    const parts = Array.from({ length: tensor.shape[0] ?? 0 }, (_, place) => {
      const part = places?.get(place);
      if (!part) throw new Error(`place ${place} of [${tensor.shape.join(", ")}] has no gradient`);
      return part;
    });
    return tf.stack(parts);
  }
}
