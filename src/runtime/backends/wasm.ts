// The WebAssembly backend with our kernels: the default on a machine without libtensorflow.

import { installedSimd, installKernels } from "../kernels/install-kernels.ts";
import { loadWasmBackend, tf } from "./tensorflow.ts";

/** Starts the wasm backend and describes it; a kernel of ours that fails its self-test is left out with a warning. */
export async function startWasm(): Promise<string> {
  const first = tf.findBackendFactory("wasm") === null;
  if (first) await loadWasmBackend();
  if (!(await tf.setBackend("wasm"))) throw new Error("TensorFlow.js could not start it");
  if (first)
    for (const warning of installKernels()) process.stderr.write(`warning: wasm backend: ${warning}\n`);
  const kernels = installedSimd() === undefined ? "stock kernels" : "SIMD matrix kernels";
  return `wasm: TensorFlow.js ${tf.version_core} with ${kernels}`;
}
