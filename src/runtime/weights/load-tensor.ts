// One tensor from a weights file to the device.

import { addressOf, wasmBackend } from "../backends/wasm-heap.ts";
import { installedSimd } from "../kernels/install-kernels.ts";
import type { SimdModule } from "../kernels/simd-module.ts";
import { tf, type Tensor } from "../tf.ts";
import { bytesPerValue } from "./half-precision.ts";
import { readableDtype, type WeightsFile } from "./safetensors.ts";

/** The tensor as 32-bit floats; the caller disposes it. */
export function loadTensor(file: WeightsFile, name: string): Tensor {
  const simd = tf.getBackend() === "wasm" ? installedSimd() : undefined;
  if (simd !== undefined) return loadIntoHeap(file, name, simd);
  const { shape, data } = file.read(name);
  return tf.tensor(data, [...shape]);
}

/** Reads straight into the wasm heap: 16-bit values into the upper half of the tensor's place, widened from there. */
function loadIntoHeap(file: WeightsFile, name: string, simd: SimdModule): Tensor {
  const stored = file.tensors.get(name);
  const dtype = readableDtype(file.path, name, stored?.dtype ?? "nothing");
  const shape = stored?.shape ?? [];
  const count = shape.reduce((product, axis) => product * axis, 1);
  const backend = wasmBackend();
  const info = backend.makeOutput(shape, "float32");
  const address = addressOf(backend, info);
  const source = address + count * (4 - bytesPerValue[dtype]);
  file.readBytes(name, backend.wasm.HEAPU8.subarray(source, address + count * 4));
  if (dtype === "F16") simd.widenFloat16(source, address, count);
  if (dtype === "BF16") simd.widenBfloat16(source, address, count);
  return tf.engine().makeTensorFromTensorInfo(info);
}
