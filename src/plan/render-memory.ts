// The memory of a run as text: what `dept plan --device` prints below the bill.

import { backboneParameters } from "../program/architectures.ts";
import type { LayerMemory } from "../program/program.ts";
import { adviseMemory, megabytes } from "./advise-memory.ts";
import { type Device, estimateMemory } from "./memory.ts";
import type { Plan } from "./plan.ts";
import { columns, grouped } from "./render-plan.ts";

/** A plan is made before anyone has looked into the checkpoint. */
const ofHalves =
  "frozen weights that the checkpoint has in 16 bits take half of what is said here on wasm and webgpu";

/** What stands beside activations and working memory. */
const described: Readonly<Record<LayerMemory, readonly [kept: string, worked: string]>> = {
  keep: ["kept for the backward pass", "of one layer's backward pass"],
  recompute_attention: [
    "kept for the backward pass, without attention's probabilities",
    "of one layer's backward pass, attention in slices",
  ],
  recompute: ["inputs of the layers", "of one layer, made again, and its backward pass"],
};

/** The estimate by kind, its total beside the device's memory, and what would fit if it does not. */
export function renderMemory(plan: Plan, device: Device): string {
  const estimate = estimateMemory(plan);
  const { batch, positions, targetTokens, weights, activations, working, logits, training, total } = estimate;
  const { backbone, train } = plan.tune;
  const [kept, worked] = described[train.memory.value];
  const rows = [
    [
      "weights",
      megabytes(weights),
      `${grouped(backboneParameters(backbone))} parameters of ${backbone.name}`,
    ],
    ["activations", megabytes(activations), kept],
    ["working memory", megabytes(working), worked],
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
  return `does not fit on ${name}, which has ${megabytes(bytes)}; ${adviseMemory(plan, device).text}`;
}
