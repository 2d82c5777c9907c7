// The sum of many tensors of one shape.

import { tf, type Tensor } from "../backends/tensorflow.ts";
import { consume } from "./consume.ts";

/**
 * Most terms of one addition: with the sum they are eight tensors, and more storage buffers than that a WebGPU device need not let a program
 * have. TensorFlow.js binds all terms at once, so that twelve are refused where a device has twelve buffers.
 */
const mostTerms = 7;

/** The terms' sum, added up in their order; they are freed. */
export function sumOf<T extends Tensor>(terms: readonly T[]): T {
  const [now, later] = [terms.slice(0, mostTerms), terms.slice(mostTerms)];
  const sum = consume(now, () => tf.addN(now) as T);
  return later.length === 0 ? sum : sumOf([sum, ...later]);
}
