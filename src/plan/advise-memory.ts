// What to change so that a run fits on a device.

import type { LayerMemory } from "../program/program.ts";
import { type Device, estimateMemory, largestBatch } from "./memory.ts";
import type { Plan } from "./plan.ts";
import { grouped } from "./render-plan.ts";

/** Another `memory`, a smaller batch, both, or neither where nothing helps. */
export interface MemoryAdvice {
  readonly memory: LayerMemory | undefined;
  readonly batch: number | undefined;
  readonly text: string;
}

/** Less memory for more time, in this order. */
const memories: readonly LayerMemory[] = ["keep", "recompute_attention", "recompute"];

/** For a plan that does not fit: the `memory` with which it does and that costs least time, or else the largest batch. */
export function adviseMemory(plan: Plan, device: Device): MemoryAdvice {
  const { batch, memory } = plan.tune.train;
  const slower = memories.slice(memories.indexOf(memory.value) + 1);
  for (const other of slower) {
    const { total } = estimateMemory(plan, batch.value, other);
    if (total > device.bytes) continue;
    const text = `with memory = ${other} it takes ${megabytes(total)}`;
    return { memory: other, batch: undefined, text };
  }
  const own = largestBatch(plan, device);
  if (own > 0) return { memory: undefined, batch: own, text: `a batch of ${own} would fit` };
  for (const other of slower) {
    const most = largestBatch(plan, device, other);
    if (most === 0) continue;
    return { memory: other, batch: most, text: `with memory = ${other} a batch of ${most} would fit` };
  }
  return {
    memory: undefined,
    batch: undefined,
    text: "not even a batch of 1 would fit: take a smaller backbone",
  };
}

/** Millions of bytes, as devices are sold. */
export function megabytes(bytes: number): string {
  const amount = bytes / 1e6;
  return `${amount < 10 ? amount.toFixed(1) : grouped(Math.round(amount))} MB`;
}
