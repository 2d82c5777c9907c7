// The WebAssembly backend with our kernels: the default on a machine without libtensorflow.

import { availableParallelism } from "node:os";
import { installedSimd, installKernels } from "../kernels/install-kernels.ts";
import { loadWasmBackend, tf } from "./tensorflow.ts";

const mostThreads = 16; // unless more are asked for

/**
 * Starts the wasm backend and describes it; a kernel of ours that fails its self-test is left out with a warning. Matrix products
 * take as many threads as the machine has processors for us, or as are asked for when it starts first.
 */
export async function startWasm(
  _wasNamed: boolean,
  threads = Math.min(availableParallelism(), mostThreads),
): Promise<string> {
  const first = tf.findBackendFactory("wasm") === null;
  if (first) await loadWasmBackend();
  if (!(await tf.setBackend("wasm"))) throw new Error("TensorFlow.js could not start it");
  if (first)
    for (const warning of await installKernels(threads))
      process.stderr.write(`warning: wasm backend: ${warning}\n`);
  return `wasm: TensorFlow.js ${tf.version_core} with ${describeKernels()}`;
}

function describeKernels(): string {
  const simd = installedSimd();
  if (simd === undefined) return "stock kernels";
  return `SIMD matrix kernels on ${simd.threads} thread${simd.threads === 1 ? "" : "s"}`;
}
