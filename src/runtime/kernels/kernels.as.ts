// Entry of the SIMD kernels: what dist/kernels/kernels.wasm exports. AssemblyScript, not TypeScript.

export { matMul, scratchFloats } from "./matmul.as";
export { widenBfloat16, widenFloat16 } from "./widen.as";
