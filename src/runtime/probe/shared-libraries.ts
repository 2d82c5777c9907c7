// Which shared libraries the system's loader would find.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";

/** What libtensorflow 2.9, the one in tfjs-node 4.22, opens on a GPU: CUDA 11.2 and cuDNN 8.1. */
export const cudaLibraries = [
  "libcudart.so.11.0",
  "libcublas.so.11",
  "libcublasLt.so.11",
  "libcufft.so.10",
  "libcurand.so.10",
  "libcusolver.so.11",
  "libcusparse.so.11",
  "libcudnn.so.8",
] as const;

/** Those of the libraries that are not found, in `LD_LIBRARY_PATH` or the loader's cache. Only Linux is looked at. */
export function missingLibraries(names: readonly string[]): readonly string[] {
  if (process.platform !== "linux") return [];
  const folders = (process.env["LD_LIBRARY_PATH"] ?? "").split(":").filter((folder) => folder !== "");
  const cached = loaderCache();
  return names.filter(
    (name) => !cached.has(name) && !folders.some((folder) => existsSync(path.join(folder, name))),
  );
}

function loaderCache(): ReadonlySet<string> {
  for (const program of ["/sbin/ldconfig", "ldconfig"]) {
    try {
      const listed = execFileSync(program, ["-p"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
      return new Set(listed.split("\n").map((line) => line.trim().split(" ", 1)[0] ?? ""));
    } catch {
      continue;
    }
  }
  return new Set();
}
