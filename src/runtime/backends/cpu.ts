// The plain JavaScript backend: slow, runs everywhere.

import { loadCpuBackend, tf } from "./tensorflow.ts";

/** Starts the cpu backend and describes it. */
export async function startCpu(): Promise<string> {
  // tfjs-node brings its own copy of this backend; registering it twice prints a warning for every kernel.
  if (tf.findBackendFactory("cpu") === null) await loadCpuBackend();
  if (!(await tf.setBackend("cpu"))) throw new Error("TensorFlow.js could not start it");
  // On its first use in Node the backend prints a banner that recommends tfjs-node.
  Object.assign(tf.backend(), { firstUse: false });
  return `cpu: TensorFlow.js ${tf.version_core} in plain JavaScript (slow; for tests)`;
}
