// libtensorflow's own operation for the gradient of relu. tfjs-node makes `step` of five operations, one of which fills a tensor
// from JavaScript: ten times as slow.

import { tf, type KernelBackend, type TensorInfo } from "../backends/tensorflow.ts";

/** The kernel's name, on every backend that has it. */
export const reluGradient = "ReluGrad";

/** What we use of tfjs-node's backend. */
interface LibtensorflowBackend extends KernelBackend {
  readonly binding: { readonly TF_ATTR_TYPE: number; readonly TF_FLOAT: number };
  executeSingleOutput(operation: string, attributes: readonly object[], inputs: TensorInfo[]): TensorInfo;
}

/** To be called once, with libtensorflow running. */
export function installReluGradient(): void {
  tf.registerKernel({
    kernelName: reluGradient,
    backendName: tf.getBackend(),
    kernelFunc: ({ inputs, backend }) => {
      const { dy, y } = inputs as { dy: TensorInfo; y: TensorInfo };
      const { binding, executeSingleOutput } = backend as LibtensorflowBackend;
      const attributes = [{ name: "T", type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT }];
      return executeSingleOutput.call(backend, reluGradient, attributes, [dy, y]);
    },
  });
}
