// Puts our kernels into the wasm backend, each one only where it agrees with the stock kernel.

import type { KernelFunc } from "../backends/tensorflow.ts";
import { guardAllocation, wasmBackend } from "../backends/wasm-heap.ts";
import { messageOf } from "../operational-error.ts";
import { aliasIdentity } from "./alias-identity.ts";
import { simdBatchMatMul } from "./batch-matmul.ts";
import { installHalves } from "./half-matmul.ts";
import { overrideKernel, type TrialCall } from "./override-kernel.ts";
import { instantiateSimd, type SimdModule } from "./simd-module.ts";

let simd: SimdModule | undefined;

/** The SIMD kernels, when they are installed in the backend that is running. */
export function installedSimd(): SimdModule | undefined {
  return simd;
}

/**
 * To be called once, with the wasm backend running. The matrix kernel computes on so many threads. Answers a warning for
 * every kernel that was left out, and one where there is one thread instead of several.
 */
export async function installKernels(threads: number): Promise<readonly string[]> {
  const { wasm } = wasmBackend();
  guardAllocation(wasm);
  const warnings: string[] = [];
  const attempt = async (what: string, install: () => void | Promise<void>) => {
    try {
      await install();
    } catch (error) {
      warnings.push(`${what}: ${messageOf(error)}`);
    }
  };
  await attempt("the SIMD matrix kernel is left out", async () => {
    const module = instantiateSimd(wasm);
    if (threads > 1) await attempt("it computes on one thread", () => module.startThreads(threads));
    overrideKernel("BatchMatMul", (stock: KernelFunc) => simdBatchMatMul(module, stock), matMulTrials);
    simd = module;
    await attempt("weights in 16 bits are widened as they are loaded", () => installHalves(module));
  });
  await attempt("the kernel that shares instead of copying is left out", () => {
    overrideKernel("Identity", aliasIdentity, [{ inputs: { x: [3, 5] } }]);
  });
  return warnings;
}

/** Every transpose, with and without a batch, at sizes with whole and broken strips of 4 rows and 8 columns, and one for all threads. */
const matMulTrials: readonly TrialCall[] = [[], [3], [2, 3]].flatMap((batch) =>
  [[4, 8, 4], [7, 19, 13], [101, 9, 6], ...(batch.length === 0 ? [[150, 140, 100]] : [])].flatMap(
    ([m = 0, n = 0, k = 0]) =>
      [false, true].flatMap((transposeA) =>
        [false, true].map((transposeB) => ({
          inputs: {
            a: [...batch, ...(transposeA ? [k, m] : [m, k])],
            b: [...batch, ...(transposeB ? [n, k] : [k, n])],
          },
          attrs: { transposeA, transposeB },
        })),
      ),
  ),
);
