// The WebGPU backend: Dawn on Vulkan, Metal or Direct3D.

import { installWebgpuKernels } from "../kernels/webgpu/install-webgpu-kernels.ts";
import { subgroupsInUse } from "../kernels/webgpu/matmul.ts";
import type { SubgroupShape } from "../kernels/webgpu/subgroup-matmul.ts";
import { subgroupTrial } from "../kernels/webgpu/subgroup-trial.ts";
import { trials } from "../kernels/webgpu/trials.ts";
import { messageOf } from "../operational-error.ts";
import { probeAdapter } from "../probe/probe-adapter.ts";
import { type BufferPool, trimPool } from "./buffer-pool.ts";
import { isSoftware, nameOf, requestAdapter, wantsSubgroups, type Device, type GpuAdapter } from "./dawn.ts";
import { DeviceError } from "./device-error.ts";
import { subgroupFeatures, subgroupShapeOf } from "./subgroup-shape.ts";
import { loadWebgpuBackend, tf, type KernelBackend } from "./tensorflow.ts";

/** 3 is tfjs's packed program. The one it would choose for few rows adds in no fixed order, and no two runs agree. */
const deterministicMatMul = 3;

/** Bytes of free buffers that are kept between steps. */
const mostFree = 2 ** 30;

/** Features that tfjs uses where they are. */
const wantedFeatures = ["timestamp-query", "bgra8unorm-storage"];

/** Starts the backend on the fastest adapter and describes it. A software adapter must have been asked for. */
export async function startWebgpu(allowSoftware: boolean): Promise<string> {
  const first = tf.findBackendFactory("webgpu") === null;
  if (first) await register(allowSoftware);
  if (!(await tf.setBackend("webgpu"))) throw new Error("TensorFlow.js could not start it");
  if (first) await installKernels();
  return description;
}

let description = "";
let subgroups: SubgroupShape | undefined;

async function installKernels(): Promise<void> {
  const candidates = subgroups ? [...trials, subgroupTrial(subgroups)] : trials;
  for (const warning of await installWebgpuKernels(candidates))
    process.stderr.write(`warning: webgpu backend: ${warning}\n`);
  const used = subgroupsInUse();
  if (used) description += `, with matrix units of ${used.m}×${used.n}×${used.k}`;
}

async function register(allowSoftware: boolean): Promise<void> {
  if (!allowSoftware) await assertHardware();
  // Loaded before Dawn starts, or it would register a device of its own, with fewer features and no listeners.
  const { WebGPUBackend } = await loadWebgpuBackend();
  const adapter = await requestAdapter();
  if (!adapter) throw new Error(noAdapter);
  if (isSoftware(adapter)) {
    process.stderr.write(
      `warning: webgpu: ${nameOf(adapter)} is a software adapter, many times slower than --backend wasm\n`,
    );
  }
  if (wantsSubgroups()) {
    subgroups = subgroupShapeOf(adapter);
    if (!subgroups) process.stderr.write(`warning: webgpu: ${noSubgroups(adapter)}\n`);
  }
  const device = await openDevice(adapter);
  const backend = new WebGPUBackend(device, adapter.info);
  guardReads(device, backend);
  tf.env().set("WEBGPU_MATMUL_PROGRAM_TYPE", deterministicMatMul);
  // Small tensors too are computed on the device, so that the size of a batch does not choose the arithmetic.
  tf.env().set("WEBGPU_CPU_FORWARD", false);
  tf.registerBackend("webgpu", () => backend);
  description = `webgpu: TensorFlow.js ${tf.version_core} on ${nameOf(adapter)}`;
}

async function assertHardware(): Promise<void> {
  const { name, software, reason } = await probeAdapter();
  if (reason !== undefined) throw new Error(reason);
  if (name === undefined) throw new Error(noAdapter);
  if (software) throw new Error(`${name} is no GPU: it computes on the processor, slower than wasm does`);
}

const noAdapter =
  "no adapter (Dawn found no Vulkan, Metal or Direct3D driver that serves; on Linux VK_DRIVER_FILES may name " +
  "the driver's manifest)";

function noSubgroups(adapter: GpuAdapter): string {
  return `DEPT_SUBGROUP_MATRICES is set, but ${nameOf(adapter)} has no matrix units that dept can use`;
}

/** With every limit as high as the adapter has it: by default no tensor could have more than 128 MiB. */
function openDevice(adapter: GpuAdapter): Promise<Device> {
  const requiredLimits: Record<string, number> = {};
  // The limits are getters of a prototype, which Object.entries does not see.
  for (const limit in adapter.limits) {
    const value = adapter.limits[limit];
    if (typeof value === "number") requiredLimits[limit] = value;
  }
  const wanted = subgroups ? [...wantedFeatures, ...subgroupFeatures] : wantedFeatures;
  const requiredFeatures = wanted.filter((feature) => adapter.features.has(feature));
  return adapter.requestDevice({ requiredLimits, requiredFeatures });
}

/**
 * WebGPU reports errors by events, and what was to be computed reads as zeros. So every read of values fails from the
 * first error on.
 */
function guardReads(device: Device, backend: KernelBackend & { readonly bufferManager: BufferPool }): void {
  let failure: string | undefined;
  device.addEventListener("uncapturederror", (event) => {
    const { error } = event;
    event.preventDefault();
    failure ??= `the device reports: ${firstLine(error.message)}`;
  });
  void device.lost.then(({ reason, message }) => {
    failure ??= `the device is lost (${reason}): ${firstLine(message)}`;
  });
  const read = backend.read.bind(backend);
  backend.read = async (dataId) => {
    const outcome = await read(dataId).catch((error: unknown) => {
      failure ??= `values could not be read: ${firstLine(messageOf(error))}`;
    });
    if (outcome === undefined || failure !== undefined)
      throw new DeviceError(`backend webgpu: ${failure ?? "no values"}`);
    trimPool(backend.bufferManager, mostFree);
    return outcome;
  };
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}
