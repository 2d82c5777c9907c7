// BatchMatMul on the wasm backend through the SIMD kernel. The stock kernel is fast only where neither operand is
// transposed or batched, and scalar everywhere else, which is every backward pass and all of attention.

import type { KernelFunc, TensorInfo } from "../backends/tensorflow.ts";
import { addressOf, type WasmBackend } from "../backends/wasm-heap.ts";
import type { SimdModule } from "./simd-module.ts";

/** What broadcasts, is empty or is not float32 goes to the stock kernel. */
export function simdBatchMatMul(simd: SimdModule, stock: KernelFunc): KernelFunc {
  return (call) => {
    const { a, b } = call.inputs as { a: TensorInfo; b: TensorInfo };
    const { transposeA, transposeB } = call.attrs as { transposeA: boolean; transposeB: boolean };
    const batchShape = a.shape.slice(0, -2);
    const sameBatches = b.shape.slice(0, -2).join() === batchShape.join();
    const [rowsA = 0, columnsA = 0] = a.shape.slice(-2);
    const [rowsB = 0, columnsB = 0] = b.shape.slice(-2);
    const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
    const [n, inner] = transposeB ? [rowsB, columnsB] : [columnsB, rowsB];
    const batch = batchShape.reduce((product, axis) => product * axis, 1);
    const floats = a.dtype === "float32" && b.dtype === "float32";
    if (!sameBatches || !floats || k !== inner || batch * m * n * k === 0) return stock(call);

    const backend = call.backend as WasmBackend;
    const c = backend.makeOutput([...batchShape, m, n], "float32");
    const [atA, atB, atC] = [addressOf(backend, a), addressOf(backend, b), addressOf(backend, c)];
    simd.matMul(atA, atB, atC, batch, m, n, k, transposeA, transposeB);
    return c;
  };
}
