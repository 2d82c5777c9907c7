// The compiled SIMD kernels, instantiated on the wasm backend's own memory.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { EmscriptenModule } from "../backends/wasm-heap.ts";

/** Exports of kernels.as.ts. Addresses are in bytes, counts in values. */
interface SimdExports {
  matMul(
    a: number,
    b: number,
    c: number,
    batch: number,
    m: number,
    n: number,
    k: number,
    transposeA: boolean,
    transposeB: boolean,
    scratch: number,
  ): void;
  scratchFloats(n: number, k: number): number;
  widenFloat16(source: number, target: number, count: number): void;
  widenBfloat16(source: number, target: number, count: number): void;
}

export interface SimdModule extends SimdExports {
  /** Address of at least `floats` floats that a kernel may overwrite during one call. */
  scratch(floats: number): number;
}

/** The type library for Node declares no WebAssembly values. */
const { Memory, Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyNamespace })
  .WebAssembly;

interface WebAssemblyNamespace {
  readonly Memory: new (descriptor: { readonly initial: number }) => object;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
}

/** Throws when the file is missing or the machine has no SIMD. */
export function instantiateSimd(heap: EmscriptenModule): SimdModule {
  const memory = Object.values(heap.asm).find((member) => member instanceof Memory);
  if (memory === undefined) throw new Error("the wasm backend shows no memory");
  const bytes = readFileSync(createRequire(import.meta.url).resolve("#kernels/kernels.wasm"));
  const instance = new Instance(new Module(bytes), { env: { memory } });
  const exports = instance.exports as SimdExports;

  let address = 0;
  let capacity = 0;
  const scratch = (floats: number) => {
    if (floats > capacity) {
      if (address !== 0) heap._free(address);
      [address, capacity] = [0, 0];
      address = heap._malloc(floats * 4) >>> 0;
      capacity = floats;
    }
    return address;
  };
  return { ...exports, scratch };
}
