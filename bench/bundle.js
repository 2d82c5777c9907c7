// A folder that measures a GPU on a machine with nothing but a driver: Node itself, the program, Dawn and the Vulkan loader.
//
//   npm run bench:bundle -- [FOLDER]
//
// Copy the folder, or the .tar.gz beside it, to the machine and run `./bench-gpu` in it (options as of `npm run bench:gpu`).

import { execFileSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL("..", import.meta.url));
const folder = path.resolve(process.argv[2] ?? path.join(root, "dist/bench-gpu"));
const windows = process.platform === "win32";

rmSync(folder, { recursive: true, force: true });
mkdirSync(path.join(folder, "bench"), { recursive: true });

copyFileSync(process.execPath, path.join(folder, windows ? "node.exe" : "node"));
chmodSync(path.join(folder, windows ? "node.exe" : "node"), 0o755);
await bundlePrograms();
copyFileSync(path.join(root, "bench/torch_step.py"), path.join(folder, "bench/torch_step.py"));
copyFileSync(path.join(root, "LICENSE"), path.join(folder, "LICENSE"));
copyTfjs();
copyDawn();
const loader = copyLoader();
writeStarter();

const archive = `${folder}.tar.gz`;
execFileSync("tar", ["-czf", archive, "-C", path.dirname(folder), path.basename(folder)]);
const megabytes = statSync(archive).size / 1e6;
console.log(`${folder}`);
console.log(`${archive}: ${megabytes.toFixed(1)} MB`);
if (process.platform === "linux" && loader === undefined)
  console.log("without a Vulkan loader, as none was found here: the machine must have libvulkan.so.1");
if (megabytes > 60) {
  console.error("that is more than 60 MB");
  process.exit(1);
}

async function bundlePrograms() {
  await build({
    entryPoints: ["gpu", "dept_step"].map((name) => path.join(root, `bench/${name}.js`)),
    outdir: path.join(folder, "bench"),
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["#*", "webgpu"],
    logLevel: "warning",
  });
  const imports = { "#tfjs": "./dist/tfjs/tfjs.cjs" };
  writeFileSync(
    path.join(folder, "package.json"),
    `${JSON.stringify({ type: "module", imports }, undefined, 2)}\n`,
  );
}

function copyTfjs() {
  mkdirSync(path.join(folder, "dist/tfjs"), { recursive: true });
  copyFileSync(path.join(root, "dist/tfjs/tfjs.cjs"), path.join(folder, "dist/tfjs/tfjs.cjs"));
}

/** The package without the builds for other machines. */
function copyDawn() {
  const from = path.dirname(require.resolve("webgpu"));
  const to = path.join(folder, "node_modules/webgpu");
  const build = path.join(
    "dist",
    `${process.platform}-${process.platform === "darwin" ? "universal" : process.arch}`,
  );
  if (!existsSync(path.join(from, build))) throw new Error(`the package webgpu has no ${build}`);
  mkdirSync(to, { recursive: true });
  for (const file of ["index.js", "package.json", "LICENSE.md"])
    copyFileSync(path.join(from, file), path.join(to, file));
  cpSync(path.join(from, build), path.join(to, build), { recursive: true });
}

/** On Linux, a loader from where they usually lie; its path, if there is one. */
function copyLoader() {
  if (process.platform !== "linux") return undefined;
  const machine = { x64: "x86_64", arm64: "aarch64" }[process.arch] ?? process.arch;
  const places = [
    ...(process.env.LD_LIBRARY_PATH ?? "").split(":").filter((place) => place !== ""),
    ...[
      `/usr/lib/${machine}-linux-gnu`,
      "/usr/lib64",
      "/usr/lib",
      "/usr/local/lib",
      "/usr/lib/chromium",
      "/opt/google/chrome",
    ],
  ];
  const found = places.map((place) => path.join(place, "libvulkan.so.1")).find(existsSync);
  if (found === undefined) return undefined;
  mkdirSync(path.join(folder, "lib"));
  copyFileSync(found, path.join(folder, "lib/libvulkan.so.1"));
  // NVIDIA's driver in a container often comes without the file by which the loader finds it.
  const nvidia = {
    file_format_version: "1.0.0",
    ICD: { library_path: "libGLX_nvidia.so.0", api_version: "1.3.0" },
  };
  writeFileSync(path.join(folder, "lib/nvidia_icd.json"), `${JSON.stringify(nvidia, undefined, 2)}\n`);
  return found;
}

function writeStarter() {
  const file = path.join(folder, windows ? "bench-gpu.cmd" : "bench-gpu");
  const lines = windows
    ? ["@echo off", '"%~dp0node.exe" "%~dp0bench\\gpu.js" %*']
    : [
        "#!/bin/sh",
        'here=$(cd "$(dirname "$0")" && pwd)',
        'export LD_LIBRARY_PATH="$here/lib${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"',
        '[ -n "$VK_DRIVER_FILES" ] || export VK_ADD_DRIVER_FILES="$here/lib/nvidia_icd.json${VK_ADD_DRIVER_FILES:+:$VK_ADD_DRIVER_FILES}"',
        'exec "$here/node" "$here/bench/gpu.js" "$@"',
      ];
  writeFileSync(file, `${lines.join("\n")}\n`);
  if (!windows) chmodSync(file, 0o755);
}
