// Bundles TensorFlow.js for Node: core with its gradients, the wasm, cpu and webgpu backends, in one CommonJS file.
//
// The packages as published do not serve: tfjs-core's CommonJS build registers no gradients, and its ESM build
// has imports without extensions, which Node refuses.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { sections } from "./wasm-sections.js";

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL("..", import.meta.url));
const wasmPackage = path.dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json"));

// Backends are loaded only when chosen: registering their kernels takes time, and tfjs-node brings a cpu backend too.
const entry = `
export * from "@tensorflow/tfjs-core/dist/index.js";
import "@tensorflow/tfjs-core/dist/register_all_gradients.js";
export const loadWasmBackend = () => import("@tensorflow/tfjs-backend-wasm/dist/index.js");
export const loadCpuBackend = () => import("@tensorflow/tfjs-backend-cpu/dist/index.js");
export const loadWebgpuBackend = () => import("@tensorflow/tfjs-backend-webgpu/dist/index.js");
`;

// Emscripten's loader installs process-wide handlers that rethrow every error from its own (one-line, minified) file.
const emscriptenHandlers =
  'process["on"]("uncaughtException",function(ex){if(!(ex instanceof ExitStatus)){throw ex}});' +
  'process["on"]("unhandledRejection",function(reason){throw reason});';

const withoutProcessHandlers = {
  name: "without-process-handlers",
  setup(bundle) {
    bundle.onLoad({ filter: /wasm-out[\\/]tfjs-backend-wasm(-threaded-simd)?\.js$/ }, ({ path: file }) => {
      const source = readFileSync(file, "utf8");
      if (!source.includes(emscriptenHandlers)) throw new Error(`${file}: process handlers not found`);
      return { contents: source.replace(emscriptenHandlers, ""), loader: "js" };
    });
  },
};

/**
 * A wasm binary with its own memory made one that threads can share. The code is the same: it allocates and computes on the
 * main thread, our kernels alone look at the memory from others. TensorFlow.js's threaded build would start threads of its
 * own, whose loader needs a browser.
 */
function withSharedMemory(file) {
  const bytes = readFileSync(file);
  const memory = sections(bytes).find(({ id }) => id === memorySection);
  const [count, limits] = memory === undefined ? [] : bytes.subarray(memory.start);
  if (count !== 1 || limits !== withMaximum) throw new Error(`${file}: no memory of its own with a maximum`);
  bytes[memory.start + 1] = sharedWithMaximum;
  return bytes;
}

const memorySection = 5;
const withMaximum = 1; // flags of a memory's limits
const sharedWithMaximum = 3;

/** Writes `dist/tfjs/tfjs.cjs` and the wasm binaries beside it. */
export async function buildTfjs() {
  const folder = path.join(root, "dist/tfjs");
  mkdirSync(folder, { recursive: true });
  await build({
    stdin: { contents: entry, resolveDir: root, sourcefile: "tfjs.js" },
    outfile: path.join(folder, "tfjs.cjs"),
    bundle: true,
    format: "cjs",
    platform: "node",
    target: "node20",
    mainFields: ["module", "main"],
    legalComments: "none",
    logLevel: "warning",
    plugins: [withoutProcessHandlers],
  });
  const binary = (name) => path.join(wasmPackage, "wasm-out", name);
  const [plain, simd] = ["tfjs-backend-wasm.wasm", "tfjs-backend-wasm-simd.wasm"];
  copyFileSync(binary(plain), path.join(folder, plain));
  writeFileSync(path.join(folder, simd), withSharedMemory(binary(simd)));
}
