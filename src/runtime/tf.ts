// The door to TensorFlow.js for the rest of the runtime and for emitted scripts.

export { describeStart, startBackend, type StartedBackend } from "./backends/start-backend.ts";
export {
  tf,
  type Scalar,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor3D,
  type Tensor4D,
  type Variable,
} from "./backends/tensorflow.ts";
