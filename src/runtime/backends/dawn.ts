// Dawn, the WebGPU implementation of npm's optional package `webgpu`: the one place that imports it.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { messageOf } from "../operational-error.ts";

const require = createRequire(import.meta.url);

/** What we use of the WebGPU interface; the package's own declarations may not be installed. */
export interface GpuAdapter {
  readonly info: {
    readonly vendor: string;
    readonly architecture: string;
    readonly device: string;
    readonly description: string;
    readonly isFallbackAdapter: boolean;
    readonly subgroupMinSize?: number;
    readonly subgroupMaxSize?: number;
    /** Products `[M, K]·[K, N]` that subgroups compute; of an experiment, and there only where it is allowed. */
    readonly subgroupMatrixConfigs?: Iterable<{
      readonly componentType: string;
      readonly resultComponentType: string;
      readonly M: number;
      readonly N: number;
      readonly K: number;
    }>;
  };
  readonly limits: Readonly<Record<string, number>>;
  readonly features: ReadonlySet<string>;
  requestDevice(wanted: {
    readonly requiredLimits: Readonly<Record<string, number>>;
    readonly requiredFeatures: readonly string[];
  }): Promise<Device>;
}

export interface Device {
  readonly lost: Promise<{ readonly reason: string; readonly message: string }>;
  addEventListener(
    kind: "uncapturederror",
    listener: (event: { readonly error: { readonly message: string }; preventDefault(): void }) => void,
  ): void;
  destroy(): void;
}

interface Gpu {
  requestAdapter(options: { readonly powerPreference: "high-performance" }): Promise<GpuAdapter | null>;
}

interface Dawn {
  create(options: readonly string[]): Gpu;
  readonly globals: Readonly<Record<string, unknown>>;
}

/**
 * Whether matrix units were asked for, by `DEPT_SUBGROUP_MATRICES=1`, or anything but 0 and nothing. They are never taken by default: in WebGPU
 * they are an experiment, whose names still change.
 */
export function wantsSubgroups(): boolean {
  return !["", "0"].includes(process.env["DEPT_SUBGROUP_MATRICES"] ?? "");
}

let gpu: Gpu | undefined;

/** The fastest adapter, or undefined without a Vulkan, Metal or Direct3D driver. Throws when Dawn is not there. */
export async function requestAdapter(): Promise<GpuAdapter | undefined> {
  gpu ??= await startDawn();
  return (await gpu.requestAdapter({ powerPreference: "high-performance" })) ?? undefined;
}

/** tfjs looks for the classes of WebGPU among the globals, as in a browser. */
async function startDawn(): Promise<Gpu> {
  const { create, globals } = await importDawn();
  const started = create(wantsSubgroups() ? ["enable-dawn-features=allow_unsafe_apis"] : []);
  Object.assign(globalThis, globals);
  const navigator = (globalThis as { navigator?: object }).navigator ?? {};
  Object.defineProperty(navigator, "gpu", { value: started, configurable: true });
  Object.defineProperty(globalThis, "navigator", { value: navigator, configurable: true });
  return started;
}

async function importDawn(): Promise<Dawn> {
  let place: string;
  try {
    place = require.resolve("webgpu");
  } catch {
    throw new Error("the package webgpu is not installed (npm install webgpu)");
  }
  try {
    return (await import(pathToFileURL(place).href)) as Dawn;
  } catch (error) {
    throw new Error(`the package webgpu does not load: ${messageOf(error).split("\n", 1)[0]}`);
  }
}

/** Drivers that compute on the processor. Not every one admits it. */
export function isSoftware({ info }: Pick<GpuAdapter, "info">): boolean {
  const names = `${info.architecture} ${info.device} ${info.description}`;
  return info.isFallbackAdapter || /swiftshader|llvmpipe|lavapipe|basic render/i.test(names);
}

/** The adapter's name for people. */
export function nameOf({ info }: Pick<GpuAdapter, "info">): string {
  return (
    [info.description, info.device, info.architecture, info.vendor].find((name) => name !== "") ??
    "unnamed adapter"
  );
}
