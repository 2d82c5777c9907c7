// Identity on the wasm backend without a copy. The tape saves every tensor through it, so the stock kernel, which
// copies, keeps each activation twice. Tensors are never written to, so sharing is safe.

import type { KernelFunc, TensorInfo } from "../backends/tensorflow.ts";
import type { WasmBackend } from "../backends/wasm-heap.ts";

export function aliasIdentity(stock: KernelFunc): KernelFunc {
  return (call) => {
    const { x } = call.inputs as { x: TensorInfo };
    if (x.dtype === "string") return stock(call);
    (call.backend as WasmBackend).incRef(x.dataId);
    return { dataId: x.dataId, shape: x.shape, dtype: x.dtype };
  };
}
