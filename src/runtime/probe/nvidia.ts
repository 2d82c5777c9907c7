// The NVIDIA driver and its GPUs, as nvidia-smi tells them.

import { execFileSync } from "node:child_process";

export interface Gpu {
  readonly name: string;
  readonly driver: string;
  /** Compute capability: 8 for Ampere, 9 for Hopper. */
  readonly capability: number;
}

/** None where there is no driver, or none that answers. */
export function nvidiaGpus(): readonly Gpu[] {
  try {
    const query = ["--query-gpu=name,driver_version,compute_cap", "--format=csv,noheader"];
    const listed = execFileSync("nvidia-smi", query, {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      timeout: 20_000,
    });
    return readGpus(listed);
  } catch {
    return [];
  }
}

/** One GPU a line: `NVIDIA H100, 535.104.05, 9.0`. */
export function readGpus(listed: string): readonly Gpu[] {
  return listed.split("\n").flatMap((line) => {
    const [name = "", driver = "", capability = ""] = line.split(",").map((cell) => cell.trim());
    return Number(capability) > 0 ? [{ name, driver, capability: Number(capability) }] : [];
  });
}
