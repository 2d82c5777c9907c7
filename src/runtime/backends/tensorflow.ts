// TensorFlow.js itself: the one place that imports it. Kernels and the primitives they compute import it from here, since starting a
// backend installs kernels; everyone else imports tf.ts.

import * as bundle from "#tfjs";

/** TensorFlow.js, functional operations only: `tf.add(a, b)`. */
export const tf: typeof import("@tensorflow/tfjs-core") = bundle;

export const { loadWasmBackend, loadCpuBackend, loadWebgpuBackend } = bundle;

export type {
  KernelBackend,
  KernelConfig,
  KernelFunc,
  Scalar,
  Tensor,
  Tensor1D,
  Tensor2D,
  Tensor3D,
  Tensor4D,
  TensorInfo,
  Variable,
} from "@tensorflow/tfjs-core";
