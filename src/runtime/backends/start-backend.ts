// Picks the backend once per process and starts it.

import { messageOf, OperationalError } from "../operational-error.ts";
import { backendNames, type BackendChoice, type BackendName } from "./backend-choice.ts";
import { startCpu } from "./cpu.ts";
import { startTfjsNode } from "./tfjs-node.ts";
import { startWasm } from "./wasm.ts";
import { startWebgpu } from "./webgpu.ts";

export interface StartedBackend {
  readonly name: BackendName;
  /** One line for people: "wasm: TensorFlow.js 4.22.0 with SIMD matrix kernels on 2 threads". */
  readonly description: string;
  /** Backends tried before this one, and why each could not be used. */
  readonly passedOver: readonly { readonly name: BackendName; readonly reason: string }[];
}

/**
 * Starts one backend and describes it, or throws an Error whose message is the reason it cannot be used. One that was
 * named may be slow, one that is looked for may not. The number of threads is for wasm.
 */
const starters: Record<BackendName, (wasNamed: boolean, threads?: number) => Promise<string>> = {
  "node-gpu": () => startTfjsNode("gpu"),
  webgpu: startWebgpu,
  node: () => startTfjsNode("cpu"),
  wasm: startWasm,
  cpu: startCpu,
};

/** Lines for people: which backend, and why not those that would have come before it. */
export function describeStart({ description, passedOver }: StartedBackend): string {
  return [`backend ${description}`, ...passedOver.map(({ name, reason }) => `  not ${name}: ${reason}`)].join(
    "\n",
  );
}

let current: Promise<StartedBackend | undefined> = Promise.resolve(undefined);

/**
 * Starts the chosen backend and makes it the current one. Asked again for the same one, or without a choice, it
 * answers the backend already started. A named backend that cannot start is an OperationalError that says why. wasm computes
 * on so many threads from its first start on; by default, on all there are.
 */
export async function startBackend(
  choice: BackendChoice = "auto",
  threads?: number,
): Promise<StartedBackend> {
  const running = await current;
  if (running && (choice === "auto" || choice === running.name)) return running;
  const starting = start(choice, threads);
  current = starting.catch(() => running);
  return starting;
}

async function start(choice: BackendChoice, threads?: number): Promise<StartedBackend> {
  const passedOver: { name: BackendName; reason: string }[] = [];
  for (const name of choice === "auto" ? backendNames : [choice]) {
    try {
      return { name, description: await starters[name](choice !== "auto", threads), passedOver };
    } catch (error) {
      passedOver.push({ name, reason: messageOf(error) });
    }
  }
  const reasons = passedOver.map(({ name, reason }) => `backend ${name} cannot be used: ${reason}`);
  throw new OperationalError(reasons.join("\n"));
}
