// libtensorflow through tfjs-node or tfjs-node-gpu, when the user has it installed.
//
// Either package brings its own copy of tfjs-core; engine, kernels and gradients are shared through globals, so the
// backend it registers is the one our copy then uses.

import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { installReluGradient } from "../kernels/relu-gradient.ts";
import { messageOf } from "../operational-error.ts";
import { nvidiaGpus } from "../probe/nvidia.ts";
import { cudaLibraries, missingLibraries } from "../probe/shared-libraries.ts";
import { tf } from "./tensorflow.ts";

const require = createRequire(import.meta.url);
const backendName = "tensorflow";

let loaded: { readonly packageName: string; readonly version: string } | undefined;

/** Starts libtensorflow on the wanted device and describes it. Throws with the reason when it cannot be used. */
export async function startTfjsNode(device: "gpu" | "cpu"): Promise<string> {
  const first = !loaded;
  loaded ??= device === "gpu" ? load("@tensorflow/tfjs-node-gpu") : loadEither();
  if (!(await tf.setBackend(backendName))) throw new Error("TensorFlow.js could not start it");
  if (first) installReluGradient();
  const onGpu = (tf.backend() as { isUsingGpuDevice?: boolean }).isUsingGpuDevice === true;
  if (device === "gpu" && !onGpu) throw new Error(`libtensorflow found no GPU that it can use${whyNoGpu()}`);
  return `${onGpu ? "node-gpu" : "node"}: libtensorflow on the ${onGpu ? "GPU" : "CPU"} (${loaded.packageName} ${loaded.version})`;
}

/** The newest GPUs that libtensorflow 2.9 brings code for are those of capability 8. */
const newestCapability = 8;

/** For a newer GPU the driver compiles libtensorflow's code at its first start, and forgets it where its cache is small. */
function prepareForGpu(): void {
  const newer = nvidiaGpus().find(({ capability }) => Math.floor(capability) > newestCapability);
  if (!newer) return;
  process.env["CUDA_CACHE_MAXSIZE"] ??= String(2 ** 32 - 1);
  process.stderr.write(
    `node-gpu: libtensorflow has no code for ${newer.name} (capability ${newer.capability.toFixed(1)}); the driver compiles ` +
      `it at the first start, which takes minutes, and keeps it in ~/.nv/ComputeCache\n`,
  );
}

/** libtensorflow only logs what it lacks. */
function whyNoGpu(): string {
  if (nvidiaGpus().length === 0) return ": nvidia-smi finds no NVIDIA driver";
  const missing = missingLibraries(cudaLibraries);
  if (missing.length === 0) return "";
  return `: it needs CUDA 11.2 and cuDNN 8.1, and does not find ${missing.join(", ")}`;
}

/** On the CPU the GPU package serves as well, where it is the one installed. */
function loadEither() {
  try {
    return load("@tensorflow/tfjs-node");
  } catch (error) {
    try {
      return load("@tensorflow/tfjs-node-gpu");
    } catch {
      throw error;
    }
  }
}

function load(packageName: string) {
  const version = findPackage(packageName);
  if (packageName.endsWith("-gpu")) prepareForGpu();
  quietLibrary();
  restoreRemovedUtilities();
  const { platform } = tf.env();
  try {
    Object.assign(tf.env(), { platform: undefined }); // its core sets the same one again, and would warn
    require(packageName);
  } catch (error) {
    Object.assign(tf.env(), { platform });
    throw new Error(`${packageName} does not load: ${firstLine(messageOf(error))}`);
  }
  return { packageName, version };
}

/** Looks before loading: a package without its native library would register its other backends and then fail. */
function findPackage(packageName: string): string {
  let manifest: string;
  try {
    manifest = require.resolve(`${packageName}/package.json`);
  } catch {
    throw new Error(`the package ${packageName} is not installed`);
  }
  const library = path.join(path.dirname(manifest), "lib");
  const builds = existsSync(library) ? readdirSync(library) : [];
  if (!builds.some((build) => existsSync(path.join(library, build, "tfjs_binding.node")))) {
    throw new Error(
      `${packageName} is installed without its native library (${library}/napi-v*/tfjs_binding.node)`,
    );
  }
  return (require(manifest) as { version: string }).version;
}

/** libtensorflow greets on stderr with its build flags; errors still come through. */
function quietLibrary(): void {
  process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "2";
}

/** tfjs-node 4.22 calls two functions that Node 23 took out of `util`. */
function restoreRemovedUtilities(): void {
  const utilities = require("node:util") as Record<string, unknown>;
  utilities["isNullOrUndefined"] ??= (value: unknown) => value === null || value === undefined;
  utilities["isArray"] ??= Array.isArray;
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
