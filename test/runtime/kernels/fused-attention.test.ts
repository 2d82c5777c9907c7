// Attention in one dispatch on webgpu, on a software adapter: against slices on cpu, and whole models against those that keep their
// probabilities.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, test } from "vitest";
import { backwardForm, forwardForm } from "../../../src/runtime/kernels/webgpu/attention-programs.ts";
import { bytesOf } from "../../../src/runtime/kernels/webgpu/attention-tiles.ts";
import type { Backbone, InputBatch, TargetBatch } from "../../../src/runtime/models/backbone.ts";
import { loadBert } from "../../../src/runtime/models/bert.ts";
import type { LayerMemory } from "../../../src/runtime/models/layer-memory.ts";
import { hasKernel } from "../../../src/runtime/primitives/primitive.ts";
import {
  attendInSlices,
  attendInSlicesBackward,
  mixedInSlices,
  mixInSlices,
} from "../../../src/runtime/primitives/sliced-attention.ts";
import { startBackend, tf, type Tensor3D, type Tensor4D } from "../../../src/runtime/tf.ts";
import { hasSoftwareAdapter, startSoftwareWebgpu } from "../../support/software-adapter.ts";
import { causalInput, causalTargets, loadTinyCausal, readCausalGolden } from "../../support/tiny-causal.ts";
import {
  inputOf,
  loadTinyT5,
  readGolden,
  relativeDifference,
  targetsOf,
  tensorOf,
  type GoldenTensor,
} from "../../support/tiny-t5.ts";

type Shape = readonly [number, number, number, number];

interface Case {
  readonly batch: number;
  readonly heads: number;
  readonly rows: number;
  readonly keyRows: number;
  readonly headWidth: number;
  /** Of each part of the bias, over the rows' own keys. */
  readonly parts: readonly Shape[];
  /** Keys at the end that are hidden from all rows, in the part that has one number for each example and key; of one example all are. */
  readonly hidden?: number;
}

const cases: Readonly<Record<string, Case>> = {
  "T5's encoder": {
    ...{ batch: 2, heads: 2, rows: 37, keyRows: 37, headWidth: 64 },
    parts: [
      [1, 2, 37, 37],
      [2, 1, 1, 37],
    ],
    hidden: 9,
  },
  "a prefix in front": {
    ...{ batch: 2, heads: 2, rows: 17, keyRows: 22, headWidth: 64 },
    parts: [
      [1, 2, 17, 17],
      [2, 1, 1, 17],
    ],
    hidden: 3,
  },
  "few rows over many keys": {
    ...{ batch: 3, heads: 2, rows: 3, keyRows: 45, headWidth: 8 },
    parts: [[3, 1, 1, 45]],
    hidden: 20,
  },
  "one row and one key": { batch: 1, heads: 1, rows: 1, keyRows: 1, headWidth: 8, parts: [[1, 1, 1, 1]] },
  "whole tiles": { batch: 1, heads: 3, rows: 64, keyRows: 64, headWidth: 8, parts: [[1, 1, 64, 64]] },
  "heads of 4, a bias for each example": {
    ...{ batch: 2, heads: 2, rows: 33, keyRows: 35, headWidth: 4 },
    parts: [[2, 2, 33, 35]],
  },
  "heads of 128, grouped": {
    ...{ batch: 2, heads: 1, rows: 26, keyRows: 13, headWidth: 128 },
    parts: [[2, 1, 26, 13]],
  },
};

function wave([a, b, c, d]: Shape, phase: number): Tensor4D {
  const values = Float32Array.from({ length: a * b * c * d }, (_, i) => Math.sin(phase + i * i * 0.21));
  return tf.tensor4d(values, [a, b, c, d]);
}

/** A part of the bias; the keys that are hidden have -1e9, as the models have it. */
function biasOf(shape: Shape, phase: number, hidden: number): Tensor4D {
  const [examples, heads, rows, keys] = shape;
  const part = wave(shape, phase);
  if (hidden === 0 || rows > 1) return part;
  const values = Float32Array.from({ length: examples * heads * keys }, (_, i) =>
    i % keys >= keys - hidden || i < keys ? -1e9 : 0,
  );
  part.dispose();
  return tf.tensor4d(values, [...shape]);
}

/** What the forward pass gives, that once more, and the gradients, on the backend that runs. */
async function answersOf({ batch, heads, rows, keyRows, headWidth, parts, hidden = 0 }: Case) {
  const before = tf.memory().numTensors;
  const [ofRows, ofKeys]: Shape[] = [
    [batch, heads, rows, headWidth],
    [batch, heads, keyRows, headWidth],
  ];
  if (!ofRows || !ofKeys) throw new Error("no shapes");
  const [query, key, value] = [wave(ofRows, 1), wave(ofKeys, 2), wave(ofKeys, 3)];
  const bias = parts.map((shape, index) => biasOf(shape, 4 + index, hidden));
  const dMixed = wave(ofRows, 6);
  const { mixed, state } = attendInSlices(query, key, value, bias);
  const { dQuery, dKey, dValue } = attendInSlicesBackward(dMixed, state, false);
  const found = { mixed, again: mixedInSlices(state), dQuery, dKey, dValue };
  tf.dispose([dMixed, ...bias, ...Object.values(state).flat()]);
  const answers = await Promise.all(Object.values(found).map((tensor) => tensor.data<"float32">()));
  tf.dispose(Object.values(found));
  expect(tf.memory().numTensors).toBe(before);
  return Object.keys(found).map((name, index) => [name, answers[index] ?? new Float32Array()] as const);
}

describe.skipIf(!hasSoftwareAdapter)("on a software adapter", () => {
  beforeAll(startSoftwareWebgpu);

  test.each(Object.keys(cases))("%s: as slices on cpu have it, and the same bits twice", async (name) => {
    const given = cases[name];
    if (!given) throw new Error(`no case ${name}`);
    await startBackend("cpu");
    const expected = await answersOf(given);
    await startSoftwareWebgpu();
    expect([mixInSlices, attendInSlicesBackward].map((each) => hasKernel(each as never, "webgpu"))).toEqual([
      true,
      true,
    ]);
    const found = await answersOf(given);
    expect(found.map(([name]) => name)).toEqual(expected.map(([name]) => name));
    for (const [index, [name, values]] of found.entries()) {
      const [, right = []] = expected[index] ?? [];
      const largest = Array.from(right).reduce((most, each) => Math.max(most, Math.abs(each)), 0);
      // Over a single key no score has a gradient: what is 0 there has nothing to be relative to.
      const difference =
        largest === 0 ? Math.max(...values.map(Math.abs)) : relativeDifference(values, right);
      expect([name, difference < 1e-5, difference]).toEqual([name, true, difference]);
    }
    expect(await answersOf(given)).toEqual(found);
  });

  test("what the programs do not take goes in slices", async () => {
    await startSoftwareWebgpu();
    for (const headWidth of [6, 132]) {
      const query = wave([1, 2, 5, headWidth], 1);
      const bias = wave([1, 1, 1, 5], 2);
      const { mixed, state } = attendInSlices(query, query, query, [bias]);
      expect(state.statistics).toBeUndefined();
      tf.dispose([query, bias, mixed, ...state.bias]);
    }
  });

  test("with the gradient of the scores the backward pass goes in slices, from the same state", async () => {
    await startSoftwareWebgpu();
    const query = wave([2, 2, 20, 8], 1);
    const bias = [wave([1, 2, 20, 20], 2)];
    const { state } = attendInSlices(query, query, query, bias);
    expect(state.statistics?.shape).toEqual([2, 2, 20, 2]);
    const whole = attendInSlicesBackward(query, state, true);
    const fused = attendInSlicesBackward(query, state, false);
    expect(whole.dScores?.shape).toEqual([2, 20, 20]);
    expect(fused.dScores).toBeUndefined();
    for (const name of ["dQuery", "dKey", "dValue"] as const)
      expect(relativeDifference(await fused[name].data(), await whole[name].data())).toBeLessThan(1e-5);
  });

  test.each(["t5", "gpt2", "llama", "bert"] as const)(
    "a %s that makes its probabilities again learns as one that keeps them",
    async (name) => {
      await startSoftwareWebgpu();
      const run = await modelOf(name);
      const kept = await learnt(run, "keep");
      const again = await learnt(run, "recompute_attention");
      expect(kept.some((values) => values.some((value) => value !== 0))).toBe(true);
      for (const [index, values] of again.entries())
        expect(relativeDifference(values, kept[index] ?? [])).toBeLessThan(1e-5);
      expect(await learnt(run, "recompute_attention")).toEqual(again);
      run.backbone.dispose();
    },
  );
});

test("the tiles of every head fit the memory and the threads that every device gives a workgroup", () => {
  for (let headWidth = 4; headWidth <= 128; headWidth += 4) {
    expect(bytesOf(forwardForm(headWidth), 1)).toBeLessThanOrEqual(16_384);
    expect(bytesOf(backwardForm(headWidth), 2)).toBeLessThanOrEqual(16_384);
  }
});

interface Run {
  readonly backbone: Backbone;
  readonly embeddings: Tensor3D;
  readonly input: InputBatch;
  readonly targets: TargetBatch;
}

async function modelOf(name: "t5" | "gpt2" | "llama" | "bert"): Promise<Run> {
  if (name === "t5") {
    const { batch, embeddings } = readGolden();
    const backbone = await loadTinyT5("webgpu");
    return { backbone, embeddings: tensorOf(embeddings), input: inputOf(batch), targets: targetsOf(batch) };
  }
  if (name !== "bert") {
    const golden = readCausalGolden(name);
    const backbone = await loadTinyCausal(name, "webgpu");
    const embeddings = tensorOf<Tensor3D>(golden.embeddings);
    return { backbone, embeddings, input: causalInput(golden), targets: causalTargets(golden) };
  }
  const folder = fileURLToPath(new URL("../../fixtures/tiny-bert/bert", import.meta.url));
  const golden = JSON.parse(readFileSync(`${folder}/golden.json`, "utf8")) as {
    batch: { ids: number[]; batch: number; rows: number; lengths: number[] };
    targets: number[];
    withPrompt: { embeddings: GoldenTensor };
  };
  const { batch, targets, withPrompt } = golden;
  return {
    backbone: await loadBert(folder, { width: 32 }, { backend: "webgpu" }),
    embeddings: tensorOf(withPrompt.embeddings),
    input: { ...batch, ids: Int32Array.from(batch.ids), lengths: Int32Array.from(batch.lengths) },
    targets: { ids: Int32Array.from(targets), batch: batch.batch, columns: 1 },
  };
}

/** Loss and gradient, and the loss alone, which keeps nothing. */
async function learnt({ backbone, embeddings, input, targets }: Run, memory: LayerMemory) {
  const { loss, gradient } = backbone.lossAndGradient(embeddings, input, targets, undefined, memory);
  const alone = backbone.loss(embeddings, input, targets);
  const found = [loss, gradient, alone];
  const numbers = await Promise.all(found.map((tensor) => tensor.data<"float32">()));
  tf.dispose(found);
  return numbers;
}
