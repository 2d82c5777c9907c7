// The gradient of relu, by one operation where the backend has it.

import { reluGradient } from "../kernels/relu-gradient.ts";
import { tf, type Tensor2D } from "../tf.ts";

/** dy where y = relu(x) is positive, else 0; all `[rows, columns]`. */
export function reluBackward(dy: Tensor2D, y: Tensor2D): Tensor2D {
  const backend = tf.getBackend();
  // The registry warns of a kernel it lacks, so it is asked for the list.
  if (!tf.getKernelsForBackend(backend).some(({ kernelName }) => kernelName === reluGradient))
    return tf.mul(dy, tf.step(y));
  return tf.engine().runKernel(reluGradient, { dy, y });
}
