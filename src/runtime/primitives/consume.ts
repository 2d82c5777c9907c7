// Memory of the explicit backward pass: every activation is freed by the step that uses it last.

import { tf, type Tensor } from "../backends/tensorflow.ts";

export type Tensors = Tensor | readonly Tensors[] | { readonly [name: string]: Tensors };

/** The answer of `make` with its temporaries freed, and then `used` freed too. */
export function consume<T extends Tensors>(used: Tensors, make: () => T): T {
  const made = scoped(make);
  free(used);
  return made;
}

/** The answer of `make`, its temporaries freed. */
export function scoped<T extends Tensors>(make: () => T): T {
  return tf.tidy(make as unknown as () => Tensor) as unknown as T;
}

export function free(used: Tensors): void {
  tf.dispose(used as Tensor);
}
