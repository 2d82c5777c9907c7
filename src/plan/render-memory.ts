// The memory of a run as text: what `dept plan --device` prints below the bill.

import { backboneParameters } from "../program/architectures.ts";
import { type Device, estimateMemory, largestBatch } from "./memory.ts";
import type { Plan } from "./plan.ts";
import { columns, grouped } from "./render-plan.ts";

/** A plan is made before anyone has looked into the checkpoint. */
const ofHalves =
  "frozen weights that the checkpoint has in 16 bits take half of what is said here on wasm and webgpu";

/** The estimate by kind, its total beside the device's memory, and what would fit if it does not. */
export function renderMemory(plan: Plan, device: Device): string {
  const estimate = estimateMemory(plan);
  const { batch, positions, targetTokens, weights, activations, working, logits, training, total } = estimate;
  const { backbone, train } = plan.tune;
  const isRemade = train.memory.value === "recompute";
  const rows = [
    [
      "weights",
      megabytes(weights),
      `${grouped(backboneParameters(backbone))} parameters of ${backbone.name}`,
    ],
    ["activations", megabytes(activations), isRemade ? "inputs of the layers" : "kept for the backward pass"],
    [
      "working memory",
      megabytes(working),
      isRemade ? "of one layer, made again, and its backward pass" : "of one layer's backward pass",
    ],
    [
      "logits",
      megabytes(logits),
      `of targets of about ${targetTokens} tokens; not held with the working memory`,
    ],
    ["training", megabytes(training), "trained tensors, gradients and the optimizer's moments"],
    ["total", megabytes(total), verdict(plan, device, total)],
  ];
  const head = `  memory in float32, a batch of ${batch} at ${grouped(positions)} positions, estimated`;
  const lines = columns(rows, ["left", "right", "left"]).map((line) => `    ${line}`);
  return [head, ...lines, `    ${ofHalves}`, ""].join("\n");
}

function verdict(plan: Plan, device: Device, total: number): string {
  const { name, bytes } = device;
  if (total <= bytes) return `fits on ${name}: ${megabytes(bytes - total)} of ${megabytes(bytes)} left`;
  const batch = largestBatch(plan, device);
  const remade = estimateMemory(plan, plan.tune.train.batch.value, "recompute").total;
  if (remade <= bytes && remade < total)
    return `does not fit on ${name}, which has ${megabytes(bytes)}; with memory = recompute it takes ${megabytes(remade)}`;
  const instead =
    batch > 0 ? `a batch of ${batch} would fit` : "not even a batch of 1 would fit: take a smaller backbone";
  return `does not fit on ${name}, which has ${megabytes(bytes)}; ${instead}`;
}

/** Millions of bytes, as devices are sold. */
export function megabytes(bytes: number): string {
  const amount = bytes / 1e6;
  return `${amount < 10 ? amount.toFixed(1) : grouped(Math.round(amount))} MB`;
}
