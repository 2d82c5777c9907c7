// One tensor from a weights file to the device.

import { addressOf, wasmBackend } from "../backends/wasm-heap.ts";
import { installedSimd } from "../kernels/install-kernels.ts";
import type { SimdModule } from "../kernels/simd-module.ts";
import { tf, type Tensor } from "../tf.ts";
import { alignedFloats } from "./aligned-floats.ts";
import { bytesPerValue } from "./half-precision.ts";
import { readableDtype, type TensorValues, type WeightsFile } from "./safetensors.ts";

/** The tensor as 32-bit floats; the caller disposes it. */
export function loadTensor(file: WeightsFile, name: string): Tensor {
  const simd = tf.getBackend() === "wasm" ? installedSimd() : undefined;
  if (simd !== undefined) return loadIntoHeap(file, name, simd);
  const { shape, data } = readForBackend(file, name);
  return tf.tensor(data, [...shape]);
}

/** The values as numbers that the backend may hold as they are: a tensor made of them then takes no memory of its own. */
export function readForBackend(file: WeightsFile, name: string): TensorValues {
  if (tf.getBackend() !== "tensorflow") return file.read(name);
  const make = alignedFor.get(file) ?? alignedFloats();
  alignedFor.set(file, make);
  const stored = file.tensors.get(name);
  const shape = stored?.shape ?? [];
  const data = make(shape.reduce((product, axis) => product * axis, 1));
  if (stored?.dtype === "F32")
    file.readBytes(name, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  else data.set(file.read(name).data);
  return { shape, data };
}

/** All tensors of a file share their chunks of memory. */
const alignedFor = new WeakMap<WeightsFile, (count: number) => Float32Array>();

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
