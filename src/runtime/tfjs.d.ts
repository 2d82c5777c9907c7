// Types of the TensorFlow.js bundle that tools/build-tfjs.js writes to dist/tfjs.

import type { KernelBackend } from "@tensorflow/tfjs-core";
import type { BufferPool } from "./backends/buffer-pool.ts";

export * from "@tensorflow/tfjs-core";

/** Registers the wasm backend and its kernels. */
export function loadWasmBackend(): Promise<unknown>;

/** Registers the cpu backend and its kernels. */
export function loadCpuBackend(): Promise<{ readonly MathBackendCPU: new () => KernelBackend }>;

/** Registers the kernels of the webgpu backend, and the backend itself only where WebGPU is there already. */
export function loadWebgpuBackend(): Promise<{
  readonly WebGPUBackend: new (
    device: object,
    adapterInfo: object,
  ) => KernelBackend & {
    readonly bufferManager: BufferPool;
  };
}>;
