// WebGPU without a GPU: the software driver that comes with Chromium, where it is installed, or the one that VK_DRIVER_FILES names.

import { existsSync } from "node:fs";
import { probeAdapter } from "../../src/runtime/probe/probe-adapter.ts";
import { startBackend, tf } from "../../src/runtime/tf.ts";

const manifests = [
  "/usr/lib/chromium/vk_swiftshader_icd.json",
  "/opt/google/chrome/vk_swiftshader_icd.json",
  "/usr/lib/chromium-browser/vk_swiftshader_icd.json",
];

const manifest = process.env["VK_DRIVER_FILES"] ?? manifests.find((file) => existsSync(file));
// Read by the Vulkan loader when Dawn starts.
if (manifest !== undefined) process.env["VK_DRIVER_FILES"] = manifest;

const { software, reason = "there is no software driver" } =
  manifest === undefined ? {} : await probeAdapter();

/** Whether the webgpu backend can be tested here; says on stderr when it cannot. */
export const hasSoftwareAdapter = software === true;

if (!hasSoftwareAdapter) {
  process.stderr.write(
    `skipped: everything on webgpu: ${reason} (apt-get install chromium libvulkan1; npm install webgpu)\n`,
  );
}

const smallMatMul = 2;

/**
 * Starts webgpu with the program for matrix products that SwiftShader compiles in milliseconds; the one that runs use takes
 * it two seconds for each combination of transposes.
 */
export async function startSoftwareWebgpu(): Promise<void> {
  await startBackend("webgpu");
  tf.env().set("WEBGPU_MATMUL_PROGRAM_TYPE", smallMatMul);
}
