// What is known about the machine: by Node itself, and by probes that run in processes of their own.

import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { freemem, totalmem } from "node:os";
import { packageVersion } from "../package-version.ts";

/** In the order in which the automatic choice tries them. */
export const backends = ["node-gpu", "webgpu", "node", "wasm", "cpu"] as const;

type Backend = (typeof backends)[number];

/** What a probe found; `reason` instead of everything else where it failed. */
export interface Facts {
  readonly dept: string;
  readonly node: string;
  readonly platform: string;
  /** Bytes. */
  readonly memory: { readonly total: number; readonly free: number };
  readonly machine: {
    readonly gpus?: readonly {
      readonly name: string;
      readonly driver: string;
      readonly capability: number;
    }[];
    readonly cuda?: { readonly missing: readonly string[] };
    /** Null where WebGPU does not stand on Vulkan. */
    readonly vulkan?: { readonly loader: boolean; readonly manifests: readonly string[] } | null;
    readonly reason?: string;
  };
  readonly adapter: { readonly name?: string; readonly software?: boolean; readonly reason?: string };
  readonly backends: Readonly<Record<Backend, { readonly description?: string; readonly reason?: string }>>;
}

export async function gatherFacts(): Promise<Facts> {
  const [machine, adapter, ...started] = await Promise.all([
    probe<Facts["machine"]>("machine"),
    probe<Facts["adapter"]>("adapter"),
    ...backends.map((name) => probe<Facts["backends"][Backend]>("backend", name)),
  ]);
  const unanswered = { reason: "the probe gave no answer" };
  const [nodeGpu, webgpu, node, wasm, cpu] = started;
  return {
    dept: packageVersion(),
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    memory: { total: totalmem(), free: freemem() },
    machine,
    adapter,
    backends: {
      "node-gpu": nodeGpu ?? unanswered,
      webgpu: webgpu ?? unanswered,
      node: node ?? unanswered,
      wasm: wasm ?? unanswered,
      cpu: cpu ?? unanswered,
    },
  };
}

const longest = 600_000; // milliseconds: libtensorflow's first start on a new GPU takes minutes

/** One probe's answer. A process that dies has died of something worth telling. */
function probe<Answer extends { readonly reason?: string }>(...args: readonly string[]) {
  const program = createRequire(import.meta.url).resolve("#probe");
  return new Promise<Answer | { readonly reason: string }>((resolve) => {
    execFile(process.execPath, [program, ...args], { timeout: longest }, (error, stdout) => {
      const answer = stdout.trim().split("\n").at(-1) ?? "";
      if (answer.startsWith("{")) resolve(JSON.parse(answer) as Answer);
      else resolve({ reason: `its process ended with ${error?.signal ?? `code ${error?.code}`}` });
    });
  });
}
