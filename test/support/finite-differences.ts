// Gradients of a graph two ways: by tfjs, and by finite differences of its values.

import { randomStream } from "../../src/runtime/random.ts";
import { tf, type Tensor } from "../../src/runtime/tf.ts";

export type Shape = readonly number[];
export type GraphFunction = (...tensors: Tensor[]) => Tensor;

/**
 * The largest difference, over every entry of every input, between tfjs's vector-Jacobian product and central
 * differences, relative to the largest entry of the gradient (or 1). Inputs and upstream gradient are random.
 */
export function gradientError(graph: GraphFunction, shapes: readonly Shape[], step = 1e-2): number {
  const inputs = shapes.map((shape, index) =>
    randomValues(shape, `input ${index}`).map((x) => x + 0.1 * Math.sign(x)),
  );
  const outputShape = tf.tidy(
    () => graph(...inputs.map((values, i) => tf.tensor(values, [...(shapes[i] ?? [])]))).shape,
  );
  const upstream = randomValues(outputShape, "upstream");

  const gradients = tf.tidy(() => {
    const tensors = inputs.map((values, index) => tf.tensor(values, [...(shapes[index] ?? [])]));
    return tf
      .grads(graph)(tensors, tf.tensor(upstream, outputShape))
      .map((gradient) => gradient.dataSync().slice());
  });
  let worst = 0;
  for (const [index, values] of inputs.entries()) {
    const gradient = gradients[index] ?? [];
    const scale = Math.max(1, ...Array.from(gradient, Math.abs));
    for (let entry = 0; entry < values.length; entry++) {
      const slope = (weighted(index, entry, step) - weighted(index, entry, -step)) / (2 * step);
      worst = Math.max(worst, Math.abs(slope - (gradient[entry] ?? NaN)) / scale);
    }
  }
  return worst;

  /** ⟨upstream, graph(inputs)⟩ with one entry moved, summed in double precision. */
  function weighted(moved: number, entry: number, by: number): number {
    return tf.tidy(() => {
      const tensors = inputs.map((values, index) => {
        const copy = values.slice();
        if (index === moved) copy[entry] = (copy[entry] ?? 0) + by;
        return tf.tensor(copy, [...(shapes[index] ?? [])]);
      });
      const output = Array.from(graph(...tensors).dataSync());
      return output.reduce((sum, value, i) => sum + value * (upstream[i] ?? 0), 0);
    });
  }
}

export function randomValues(shape: Shape, name: string): Float32Array {
  const random = randomStream(11, name);
  const size = shape.reduce((product, extent) => product * extent, 1);
  return Float32Array.from({ length: size }, () => random.normal());
}
