// The memory of the wasm backend: where its tensors lie, and what happens when it is full.

import { DeviceError } from "./device-error.ts";
import { tf, type KernelBackend, type TensorInfo } from "./tensorflow.ts";

/** What we use of Emscripten's module inside the backend. */
export interface EmscriptenModule {
  _malloc(bytes: number): number;
  _free(address: number): void;
  readonly HEAPU8: Uint8Array;
  readonly asm: Readonly<Record<string, unknown>>;
}

/** The wasm backend, with the members that its type declarations keep private. */
export interface WasmBackend extends KernelBackend {
  readonly wasm: EmscriptenModule;
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  makeOutput(shape: readonly number[], dtype: "float32" | "int32" | "bool"): TensorInfo;
}

/** The running wasm backend. */
export function wasmBackend(): WasmBackend {
  if (tf.getBackend() !== "wasm")
    throw new Error(`the wasm backend is not the current one: ${tf.getBackend()}`);
  return tf.backend() as WasmBackend;
}

/** Byte address of a tensor's first value. */
export function addressOf(backend: WasmBackend, { dataId }: TensorInfo): number {
  return backend.dataIdMap.get(dataId).memoryOffset;
}

const largestAllocation = 2 ** 32 - 1; // bytes; sizes are 32 bits wide

/**
 * Makes running out of memory an error. Left alone, the backend takes the null address for a tensor and
 * overwrites the start of the heap.
 */
export function guardAllocation(module: EmscriptenModule): void {
  // Emscripten replaces the property by the real function at its first call.
  module._free(module._malloc(1));
  const allocate = module._malloc.bind(module);
  module._malloc = (bytes) => {
    const address = bytes > largestAllocation ? 0 : allocate(bytes);
    if (address !== 0) return address;
    const used = (module.HEAPU8.length / 2 ** 20).toFixed(0);
    throw new DeviceError(
      `out of memory: the wasm backend could not get ${(bytes / 2 ** 20).toFixed(1)} MB more (its heap has ${used} MB ` +
        `and may have 4,096). Make the batch smaller, cut inputs shorter, or use --backend node`,
    );
  };
}
