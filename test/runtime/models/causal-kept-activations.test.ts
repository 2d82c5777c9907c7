// The plan's prediction and the runtime's own tensors, of decoder-only backbones.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { check } from "../../../src/compile.ts";
import { nodeHost } from "../../../src/host.ts";
import { keptActivations } from "../../../src/plan/activations.ts";
import { runLayers, type CausalLayer } from "../../../src/runtime/models/causal-layers.ts";
import { startBackend, tf, type Tensor } from "../../../src/runtime/tf.ts";

const program = "test/scenarios/causal/main.dept";
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
  await startBackend("cpu");
  const [heads, keyHeads, feedForward] = name === "gpt2" ? [4, 4, 96] : [6, 2, 40];
  const layers = [0, 1].map(() => layerOf(24, heads, keyHeads, feedForward, name === "llama"));
  const context = {
    batch,
    bias: tf.zeros([1, 1, (heads / keyHeads) * rows, rows]) as never,
    rotation: undefined,
  };
  const { saved } = runLayers(layers, tf.ones([batch * rows, 24]), context);
  expect(floatsIn(saved)).toBe(batch * keptActivations(backbone, rows));
});

/** Entries of every tensor in a structure; the same tensor counts once. */
function floatsIn(value: unknown, seen = new Set<unknown>()): number {
  if (typeof value !== "object" || value === null || seen.has(value)) return 0;
  seen.add(value);
  if (value instanceof tf.Tensor) return (value as Tensor).size;
  return Object.values(value).reduce((sum: number, each) => sum + floatsIn(each, seen), 0);
}
