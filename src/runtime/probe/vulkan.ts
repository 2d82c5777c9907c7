// Vulkan as Dawn will meet it: the loader's library, and the manifests of drivers.

import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { missingLibraries } from "./shared-libraries.ts";

export interface Vulkan {
  readonly loader: boolean;
  /** Files that name a driver each. */
  readonly manifests: readonly string[];
}

/** Undefined where WebGPU does not stand on Vulkan: on macOS and Windows. */
export function findVulkan(): Vulkan | undefined {
  if (process.platform !== "linux") return undefined;
  return { loader: missingLibraries(["libvulkan.so.1"]).length === 0, manifests: driverManifests() };
}

/** The folders that the loader's documentation names, unless the environment names files. */
function driverManifests(): readonly string[] {
  const named = process.env["VK_DRIVER_FILES"] ?? process.env["VK_ICD_FILENAMES"];
  if (named !== undefined) return named.split(":").filter((file) => existsSync(file));
  const roots = ["/etc", "/usr/share", "/usr/local/share", "/usr/local/etc"];
  return roots.flatMap((root) => {
    const folder = path.join(root, "vulkan/icd.d");
    const files = existsSync(folder) ? readdirSync(folder) : [];
    return files.filter((file) => file.endsWith(".json")).map((file) => path.join(folder, file));
  });
}
