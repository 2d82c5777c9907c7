// A program that tries one thing and prints as JSON how it went: drivers may bring the process down with them.

import { isBackendName } from "../backends/backend-choice.ts";
import { isSoftware, nameOf, requestAdapter } from "../backends/dawn.ts";
import { messageOf } from "../operational-error.ts";
import { startBackend, tf } from "../tf.ts";
import { nvidiaGpus } from "./nvidia.ts";
import { cudaLibraries, missingLibraries } from "./shared-libraries.ts";
import { findVulkan } from "./vulkan.ts";

/** What `machine` prints. */
function describeMachine() {
  return {
    gpus: nvidiaGpus(),
    cuda: { wanted: cudaLibraries, missing: missingLibraries(cudaLibraries) },
    vulkan: findVulkan() ?? null,
  };
}

/** What `adapter` prints: the adapter that webgpu would take. */
async function describeAdapter() {
  const adapter = await requestAdapter();
  return adapter ? { name: nameOf(adapter), software: isSoftware(adapter) } : {};
}

/** What `backend NAME` prints, after a small sum on it. */
async function describeBackend(name: string) {
  if (!isBackendName(name)) throw new Error(`no backend ${name}`);
  const { description } = await startBackend(name);
  const [sum] = await tf.add([1], [2]).data();
  if (sum !== 3) throw new Error(`1 + 2 gave ${sum}`);
  return { description };
}

const [kind, name = ""] = process.argv.slice(2);
const tell = (answer: object) => process.stdout.write(`${JSON.stringify(answer)}\n`);
try {
  if (kind === "machine") tell(describeMachine());
  else if (kind === "adapter") tell(await describeAdapter());
  else tell(await describeBackend(name));
} catch (error) {
  tell({ reason: messageOf(error) });
}
process.exit(0);
