// A primitive: composed of TensorFlow.js's operations, or a backend's own kernel where it has one.

import { tf } from "../backends/tensorflow.ts";

type Call = (...given: never[]) => unknown;

/** Called like its function; `stock` is always the composition. */
export type Primitive<F extends Call> = F & { readonly stock: F };

const kernels = new Map<string, Map<Primitive<Call>, Call>>();

/** A primitive that is `stock` until a backend brings a kernel for it. */
export function primitive<F extends Call>(stock: F): Primitive<F> {
  const chosen = ((...given: never[]) => {
    const kernel = kernels.get(tf.getBackend())?.get(made) ?? stock;
    return kernel(...given);
  }) as F;
  const made: Primitive<F> = Object.assign(chosen, { stock });
  return made;
}

/** From now on the backend of that name computes the primitive by `kernel`; without one, by its composition again. */
export function setKernel<F extends Call>(
  of: Primitive<F>,
  backendName: string,
  kernel: F | undefined,
): void {
  const own = kernels.get(backendName) ?? new Map<Primitive<Call>, Call>();
  kernels.set(backendName, own);
  if (kernel) own.set(of, kernel);
  else own.delete(of);
}

/** Whether the backend of that name has a kernel for it. */
export function hasKernel<F extends Call>(of: Primitive<F>, backendName: string): boolean {
  return kernels.get(backendName)?.has(of) === true;
}
