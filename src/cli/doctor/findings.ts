// Facts to findings: what works, what does not, and the command that mends it.

import { basename } from "node:path";
import { backends, type Facts } from "./facts.ts";

export interface Finding {
  readonly subject: string;
  /** `slow`: it works, and the automatic choice passes it over. */
  readonly state: "works" | "slow" | "lacks";
  readonly text: string;
  /** One command, for the shell. */
  readonly mend?: string;
}

export function findingsOf(facts: Facts): readonly Finding[] {
  return [
    nodeFinding(facts),
    memoryFinding(facts),
    driverFinding(facts),
    ...cudaFindings(facts),
    ...vulkanFindings(facts),
    adapterFinding(facts),
    ...backends.map((name) => backendFinding(name, facts)),
  ];
}

/** The backend that a run without `--backend` takes: the first that starts and is no software adapter. */
export function automaticChoice(facts: Facts): string | undefined {
  return backends.find(
    (name) =>
      facts.backends[name].description !== undefined && !(name === "webgpu" && facts.adapter.software),
  );
}

const oldestNode = [20, 19] as const;

function nodeFinding({ node }: Facts): Finding {
  const [major = 0, minor = 0] = node.split(".").map(Number);
  const isNew = major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
  if (isNew) return { subject: "Node", state: "works", text: node };
  const text = `${node}; ${oldestNode.join(".")} is the oldest that serves`;
  return { subject: "Node", state: "lacks", text, mend: "nvm install 22" };
}

const littleMemory = 2 * 2 ** 30; // bytes: the embedded backbone trains in less

function memoryFinding({ memory }: Facts): Finding {
  const text = `${gigabytes(memory.free)} free of ${gigabytes(memory.total)}; wasm can use 4 GB of it`;
  const isLittle = memory.total < littleMemory;
  return { subject: "memory", state: isLittle ? "lacks" : "works", text };
}

function gigabytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GB`;
}

function driverFinding({ machine }: Facts): Finding {
  const subject = "NVIDIA driver";
  if (machine.reason !== undefined) return { subject, state: "lacks", text: machine.reason };
  const [first, ...others] = machine.gpus ?? [];
  if (!first) return { subject, state: "lacks", text: "nvidia-smi finds none" };
  const more = others.length > 0 ? ` and ${others.length} more` : "";
  return { subject, state: "works", text: `${first.driver}, ${first.name}${more}` };
}

function cudaFindings({ machine }: Facts): readonly Finding[] {
  const [gpu] = machine.gpus ?? [];
  if (!gpu) return [];
  const subject = "CUDA and cuDNN";
  const missing = machine.cuda?.missing ?? [];
  if (missing.length > 0) {
    const text = `node-gpu needs CUDA 11.2 and cuDNN 8.1; not found: ${missing.join(", ")}`;
    const mend = "conda install -c conda-forge cudatoolkit=11.2 cudnn=8.1";
    return [{ subject, state: "lacks", text, mend }];
  }
  const first = gpu.capability >= 9 ? "; the first start on this GPU compiles for minutes" : "";
  return [{ subject, state: "works", text: `CUDA 11.2 and cuDNN 8.1 are found${first}` }];
}

function vulkanFindings({ machine }: Facts): readonly Finding[] {
  const { vulkan, gpus = [] } = machine;
  if (!vulkan) return [];
  const subject = "Vulkan";
  if (!vulkan.loader) {
    return [{ subject, state: "lacks", text: "no libvulkan.so.1", mend: "sudo apt-get install libvulkan1" }];
  }
  if (vulkan.manifests.length === 0) {
    const series = gpus[0]?.driver.split(".", 1)[0];
    const mend = `sudo apt-get install ${series === undefined ? "mesa-vulkan-drivers" : `libnvidia-gl-${series}`}`;
    return [{ subject, state: "lacks", text: "the loader is there, and no driver for it", mend }];
  }
  const drivers = vulkan.manifests.map((file) => basename(file, ".json"));
  return [{ subject, state: "works", text: `drivers: ${drivers.join(", ")}` }];
}

function adapterFinding({ adapter }: Facts): Finding {
  const subject = "WebGPU adapter";
  const { name, software, reason } = adapter;
  if (reason?.includes("not installed")) {
    return { subject, state: "lacks", text: reason, mend: "npm install webgpu" };
  }
  if (name === undefined) return { subject, state: "lacks", text: reason ?? "no driver offers one" };
  if (!software) return { subject, state: "works", text: name };
  return { subject, state: "slow", text: `${name}, which computes on the processor: only for tests` };
}

function backendFinding(name: (typeof backends)[number], facts: Facts): Finding {
  const subject = `backend ${name}`;
  const { description, reason } = facts.backends[name];
  if (description !== undefined) {
    const isSoftware = name === "webgpu" && facts.adapter.software === true;
    const text = description.replace(`${name}: `, "");
    return { subject, state: isSoftware || name === "cpu" ? "slow" : "works", text };
  }
  const text = (reason ?? "").replace(`backend ${name} cannot be used: `, "");
  const mend = mendPackage(name, text, facts);
  return { subject, state: "lacks", text, ...(mend === undefined ? {} : { mend }) };
}

/** A package that the user may install; the one for a GPU only where there is a GPU. */
function mendPackage(name: string, reason: string, { machine }: Facts): string | undefined {
  if (name !== "node" && name !== "node-gpu") return undefined;
  if (name === "node-gpu" && (machine.gpus ?? []).length === 0) return undefined;
  const packageName = `@tensorflow/tfjs-${name}`;
  if (reason.includes("is not installed")) return `npm install ${packageName}`;
  return reason.includes("without its native library") ? `npm rebuild ${packageName}` : undefined;
}
