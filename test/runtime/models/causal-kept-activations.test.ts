// The plan's prediction and the runtime's own tensors, of decoder-only backbones.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { check } from "../../../src/compile.ts";
import { nodeHost } from "../../../src/host.ts";
import { keptActivations } from "../../../src/plan/activations.ts";
import { runLayers, type CausalLayer } from "../../../src/runtime/models/causal-layers.ts";
import { memoryRows } from "../../../src/plan/bill.ts";
import { insideRun, type Inside } from "../../../src/runtime/models/inside.ts";
import { startBackend, tf, type Tensor } from "../../../src/runtime/tf.ts";
import { insideMethods } from "../../support/inside-methods.ts";

const program = "test/scenarios/causal/main.dept";
const changed = "test/scenarios/inside-causal/main.dept";
const batch = 2;

/** One layer of zeros; `kin` makes it Llama's. */
function layerOf(d: number, heads: number, keyHeads: number, feedForward: number, kin: boolean): CausalLayer {
  const norm = { weight: tf.ones([d]), shift: kin ? undefined : tf.zeros([d]), epsilon: 1e-5 } as never;
  const map = (out: number, into: number) => ({ weight: tf.zeros([out, into]), bias: undefined }) as never;
  const inner = (d / heads) * keyHeads;
  const [query, key, value, output] = [map(d, d), map(inner, d), map(inner, d), map(d, d)];
  const gate = kin ? map(feedForward, d) : undefined;
  return {
    attention: { norm, query, key, value, output, heads, keyHeads },
    feedForward: { norm, input: map(feedForward, d), gate, output: map(d, feedForward) },
  };
}

test.each([
  ["gpt2", 7],
  ["gpt2", 30],
  ["llama", 7],
  ["llama", 30],
] as const)("the layers of a %s keep exactly what the plan predicts at %i positions", async (name, rows) => {
  expect(readFileSync(program, "utf8")).toContain(`tune ${name}`);
  const { plans } = await check(program, nodeHost());
  const backbone = plans.find(({ tune }) => tune.name === name)?.tune.backbone;
  if (!backbone) throw new Error("no plan");
  expect(await keptBy(name === "llama", rows)).toBe(batch * keptActivations(backbone, rows));
});

test.each([
  ["gpt2", "lora"],
  ["grouped/low_rank", "lora"],
  ["grouped/scales", "ia3"],
  ["grouped/biases", "bitfit"],
  ["grouped/bottlenecks", "adapter"],
  ["grouped/keys_and_values", "prefix_tuning"],
] as const)("the layers keep exactly what the plan of %s predicts with %s inside", async (name, method) => {
  const { plans } = await check(changed, nodeHost());
  const plan = plans.find(({ tune }) => tune.name === name);
  if (!plan) throw new Error("no plan");
  const shapes = new Map(plan.tensors.map((tensor) => [tensor.name, tensor.shape]));
  const inside = insideMethods[method]?.(
    <T extends Tensor>(tensor: string) => tf.zeros([...(shapes.get(tensor) ?? [])]) as T,
    1,
  );
  const rows = 7;
  const prefix = memoryRows(plan.graph, plan.arguments);
  expect(prefix > 0).toBe(method === "prefix_tuning");
  const kept = await keptBy(name !== "gpt2", rows, inside);
  expect(kept).toBe(batch * keptActivations(plan.tune.backbone, rows, prefix));
});

/** Entries that the two layers of a Llama or a GPT-2 keep. */
async function keptBy(kin: boolean, rows: number, inside?: Inside): Promise<number> {
  await startBackend("cpu");
  const [heads, keyHeads, feedForward] = kin ? [6, 2, 40] : [4, 4, 96];
  const layers = [0, 1].map(() => layerOf(24, heads, keyHeads, feedForward, kin));
  const context = {
    batch,
    bias: tf.zeros([1, 1, (heads / keyHeads) * rows, rows]) as never,
    rotation: undefined,
    run: insideRun(inside),
  };
  const { saved } = runLayers(layers, tf.ones([batch * rows, 24]), context);
  return floatsIn(saved);
}

/** Entries of every tensor in a structure; the same tensor counts once. */
function floatsIn(value: unknown, seen = new Set<unknown>()): number {
  if (typeof value !== "object" || value === null || seen.has(value)) return 0;
  seen.add(value);
  if (value instanceof tf.Tensor) return (value as Tensor).size;
  return Object.values(value).reduce((sum: number, each) => sum + floatsIn(each, seen), 0);
}
