// The compiled SIMD kernels, instantiated on the wasm backend's own memory, on one thread or several.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { EmscriptenModule } from "../backends/wasm-heap.ts";
import type { StoredDtype } from "../weights/half-precision.ts";
import { instantiateKernels, makeBoard, runJob, type KernelExports } from "./job-board.ts";
import { makePatience } from "./patience.ts";
import { startWorkers } from "./start-workers.ts";
import { divide } from "./tiles.ts";
import { Memory, Module } from "./web-assembly.ts";

export interface SimdModule extends Pick<KernelExports, "widenFloat16" | "widenBfloat16"> {
  /** Threads that share a product: at first all that were started, the main one included. */
  threads: number;
  /**
   * C[batch, m, n] = op(A) · op(B), to the same bits on any number of threads, and whether B has its numbers in 16 bits or the same
   * ones in 32. Addresses are in bytes.
   */
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
    storedB?: StoredDtype,
  ): void;
  /** Has so many threads from now on, for as long as the process lives. Throws, staying with one, where they do not start. */
  startThreads(threads: number): Promise<void>;
}

/** `Stored` of pack.as.ts. */
const storedNumber = { F32: 0, F16: 1, BF16: 2 } as const satisfies Record<StoredDtype, number>;

/** Throws when the file is missing or the machine has no SIMD: the backend's memory is shared only in its SIMD build. */
export function instantiateSimd(heap: EmscriptenModule): SimdModule {
  const memory = Object.values(heap.asm).find((member): member is object => member instanceof Memory);
  if (memory === undefined) throw new Error("the wasm backend shows no memory");
  const module = new Module(readFileSync(createRequire(import.meta.url).resolve("#kernels/kernels.wasm")));
  const kernels = instantiateKernels(module, memory);
  const makeScratch = () => heap._malloc(kernels.scratchFloats() * 4) >>> 0;
  const scratch = makeScratch();
  const board = makeBoard();
  const places = new Int32Array(board);
  const patience = makePatience();

  const simd: SimdModule = {
    ...kernels,
    threads: 1,
    matMul(a, b, c, batch, m, n, k, transposeA, transposeB, storedB = "F32") {
      const threads = patience.shares(performance.now()) ? simd.threads : 1;
      const { tiles, matrices, rows, columns } = divide(threads, batch, m, n, k);
      const flags = [Number(transposeA), Number(transposeB), storedNumber[storedB]];
      const job = [a, b, c, batch, m, n, k, ...flags, matrices, rows, columns];
      if (tiles === 1) kernels.matMul(...job, 0, scratch);
      else patience.waited(runJob(places, kernels, job, tiles, threads - 1, scratch), performance.now());
    },
    async startThreads(threads) {
      const helpers = Array.from({ length: threads - 1 }, makeScratch);
      await startWorkers(helpers.map((scratch) => ({ module, memory, board, scratch })));
      simd.threads = threads;
    },
  };
  return simd;
}
