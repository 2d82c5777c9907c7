// What is in use of the wasm backend's heap, by watching its allocator.

import { wasmBackend } from "../dist/src/runtime/backends/wasm-heap.js";

/**
 * Watches from now on; what was allocated before is counted as `before`, by asking for it at the first tensor's size only where
 * it is known. `start` begins a new peak and answers the bytes in use; `peak` answers the most in use since.
 */
export function watchHeap() {
  const { wasm } = wasmBackend();
  const sizes = new Map();
  let [used, most] = [0, 0];
  const [allocate, release] = [wasm._malloc, wasm._free];
  wasm._malloc = (bytes) => {
    const address = allocate(bytes);
    sizes.set(address, bytes);
    used += bytes;
    most = Math.max(most, used);
    return address;
  };
  wasm._free = (address) => {
    used -= sizes.get(address) ?? 0;
    sizes.delete(address);
    return release(address);
  };
  return {
    start: () => (most = used),
    peak: () => most,
  };
}
