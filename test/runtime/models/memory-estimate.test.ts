// What `dept plan --device` predicts and what a step really takes, byte for byte from the allocator.

import { expect, test } from "vitest";
import { check } from "../../../src/compile.ts";
import { memoryHost, nodeHost } from "../../../src/host.ts";
import { estimateMemory, largestBatch, readDevice } from "../../../src/plan/memory.ts";
import { wasmBackend } from "../../../src/runtime/backends/wasm-heap.ts";
import type { LayerMemory } from "../../../src/runtime/models/layer-memory.ts";
import { loadT5 } from "../../../src/runtime/models/t5.ts";
import { tf, type Tensor3D } from "../../../src/runtime/tf.ts";
import { createParameters, disposeParameters } from "../../../src/runtime/train/parameters.ts";
import { readPretrained } from "../../../src/runtime/train/pretrained.ts";
import { lossAndGradients, type Method } from "../../../src/runtime/train/step.ts";
import { allWeights, everyWeight } from "../../support/full-fine-tuning.ts";
import { tuneText } from "../../support/check-text.ts";

/** Largest sum of what was allocated and not freed, in bytes, from now on. */
function watchHeap(): { readonly peak: () => number } {
  const { wasm } = wasmBackend();
  const [allocate, release] = [wasm._malloc, wasm._free];
  const sizes = new Map<number, number>();
  let held = 0;
  let peak = 0;
  wasm._malloc = (bytes) => {
    const address = allocate(bytes);
    sizes.set(address, bytes);
    held += bytes;
    peak = Math.max(peak, held);
    return address;
  };
  wasm._free = (address) => {
    held -= sizes.get(address) ?? 0;
    sizes.delete(address);
    release(address);
  };
  return {
    peak: () => {
      [wasm._malloc, wasm._free] = [allocate, release];
      return peak;
    },
  };
}

async function planOf(prompt: number, batch: number, memory: LayerMemory = "keep") {
  const text = tuneText({
    method: `prompt_tuning(length = ${prompt})`,
    groups: "group prompt { lr = 0.3 }",
  }).replace(/steps\s*=\s*\d+/, (steps) => `${steps}\n    batch = ${batch}\n    memory = ${memory}`);
  const { plans, diagnostics } = await check("main.dept", memoryHost({ "main.dept": text }, nodeHost()));
  const [plan] = plans;
  if (!plan || plan.tune.train.batch.value !== batch) throw new Error(JSON.stringify(diagnostics));
  return plan;
}

// The first three are within one slice of attention. In the others the matrices of scores decide, 32 to 39 MB each; they are cut into
// several examples, single ones and heads.
const shapes = [
  [2, 16],
  [10, 8],
  [200, 2],
  [400, 10],
  [700, 4],
  [1_050, 2],
] as const;
const memories = ["keep", "recompute_attention", "recompute"] as const;

test.each(shapes.flatMap(([prompt, batch]) => memories.map((memory) => [prompt, batch, memory] as const)))(
  "a prompt of %i and a batch of %i take the memory that the plan says, within a tenth: %s",
  async (prompt, batch, memory) => {
    const plan = await planOf(prompt, batch, memory);
    const estimate = estimateMemory(plan);
    const backbone = await loadT5("stdlib/data/wordnet-t5", {}, { backend: "wasm" });
    const rows = plan.tune.task.maxTokens.value;
    const columns = estimate.targetTokens;
    const input = {
      ids: new Int32Array(batch * rows).fill(7),
      batch,
      rows,
      lengths: new Int32Array(batch).fill(rows),
    };
    const targets = { ids: new Int32Array(batch * columns).fill(9), batch, columns };
    const step = () => {
      const words = backbone.embed(input);
      const rowsInFront: Tensor3D = tf.zeros([batch, prompt, backbone.width]);
      const embeddings = tf.concat([rowsInFront, words], 1);
      rowsInFront.dispose();
      const { loss, gradient } = backbone.lossAndGradient(embeddings, input, targets, undefined, memory);
      tf.dispose([words, embeddings, loss, gradient]);
    };
    step(); // position biases are made at their first use and stay
    const heap = watchHeap();
    step();
    const measured = heap.peak();
    backbone.dispose();
    const predicted = estimate.activations + Math.max(estimate.working, estimate.logits);
    expect(Math.abs(predicted / measured - 1)).toBeLessThan(0.1);
  },
);

test.each([1, 4, 16, 40])(
  "with every weight trained and a batch of %i the plan's memory is enough",
  async (batch) => {
    const plan = await planOf(10, batch);
    const estimate = estimateMemory({ ...plan, trained: 1_837_312, addedPositions: 0 });
    const backbone = await loadT5("stdlib/data/wordnet-t5", {}, { backend: "wasm" });
    const rows = plan.tune.task.maxTokens.value;
    const columns = estimate.targetTokens;
    const ids = Int32Array.from({ length: batch * rows }, (_, at) => at % 4_000);
    const input = { ids, batch, rows, lengths: new Int32Array(batch).fill(rows) };
    const targets = { ids: new Int32Array(batch * columns).fill(9), batch, columns };
    const initialisers = await allWeights(backbone);
    const groups = { weights: { tensors: Object.keys(initialisers), learningRate: 1e-3 } };
    const pretrained = await readPretrained(initialisers, backbone);
    const parameters = createParameters(initialisers, groups, backbone, 1, {}, undefined, pretrained);
    const method: Method = Object.assign((_: unknown, x: Tensor3D) => x, { inside: everyWeight });
    const step = () => lossAndGradients(backbone, method, parameters, input, targets);
    await step();
    const heap = watchHeap();
    await step();
    const measured = heap.peak();
    disposeParameters(parameters);
    backbone.dispose();
    const gradients = estimate.training / 4;
    const predicted = estimate.activations + Math.max(estimate.working, estimate.logits) + gradients;
    // While the gradients grow, the activations shrink: both whole at once is more than there ever is.
    expect(measured / predicted).toBeLessThan(1);
    expect(measured / predicted).toBeGreaterThan(0.8);
  },
);

test.each(memories)("the largest batch is the last that fits: %s", async (memory) => {
  const plan = await planOf(10, 8, memory);
  for (const bytes of [3e7, 1e8, 1.5e9]) {
    const batch = largestBatch(plan, { name: "gpu", bytes });
    expect(estimateMemory(plan, batch).total).toBeLessThanOrEqual(bytes);
    for (const more of [1, 2, 10, 100])
      expect(estimateMemory(plan, batch + more).total).toBeGreaterThan(bytes);
  }
  expect(largestBatch(plan, { name: "small", bytes: 1e6 })).toBe(0);
});

test.each([
  ["gpu:16GB", { name: "gpu", bytes: 16e9 }],
  ["gpu:1.5 GiB", { name: "gpu", bytes: 1.5 * 2 ** 30 }],
  ["wasm", { name: "wasm", bytes: 2 ** 32 }],
  ["gpu", undefined],
  ["gpu:16", undefined],
  ["gpu:0GB", undefined],
  ["gpu:16TB of memory", undefined],
])("%s is read as a device or refused", (text, device) => {
  expect(readDevice(text)).toEqual(device);
});
