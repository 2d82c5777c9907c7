// Backbones whose checkpoint is in 16 bits keep their matrices so, and compute to the last bit what the same numbers in 32 bits do.

import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { saveModel } from "../../../src/runtime/adapters/save-model.ts";
import type { BackendName } from "../../../src/runtime/backends/backend-choice.ts";
import { installedSimd } from "../../../src/runtime/kernels/install-kernels.ts";
import type { Backbone, InputBatch, TargetBatch } from "../../../src/runtime/models/backbone.ts";
import { loadBert } from "../../../src/runtime/models/bert.ts";
import { loadGpt2 } from "../../../src/runtime/models/gpt2.ts";
import { lowRank, type Inside } from "../../../src/runtime/models/inside.ts";
import { loadLlama } from "../../../src/runtime/models/llama.ts";
import { loadT5 } from "../../../src/runtime/models/t5.ts";
import { takesHalves, widened } from "../../../src/runtime/primitives/half-matrix.ts";
import { setKernel } from "../../../src/runtime/primitives/primitive.ts";
import { startBackend, tf, type Tensor, type Tensor3D } from "../../../src/runtime/tf.ts";
import { createParameters, disposeParameters } from "../../../src/runtime/train/parameters.ts";
import { readPretrained } from "../../../src/runtime/train/pretrained.ts";
import { insideOf, type Method } from "../../../src/runtime/train/step.ts";
import { readSafetensors } from "../../../src/runtime/weights/safetensors.ts";
import { temporaryFolder } from "../../support/damaged-file.ts";
import { allWeights, everyWeight } from "../../support/full-fine-tuning.ts";
import { writeTwins } from "../../support/half-checkpoints.ts";
import { hasSoftwareAdapter, startSoftwareWebgpu } from "../../support/software-adapter.ts";
import { causalInput, causalTargets, readCausalGolden, tinyCausalFolder } from "../../support/tiny-causal.ts";
import {
  inputOf,
  readGolden,
  targetsOf,
  tensorOf,
  tinyT511Folder,
  tinyT5Folder,
  type GoldenTensor,
} from "../../support/tiny-t5.ts";

const threads = 3;
const dtypes = ["F16", "BF16"] as const;
const embeddedT5 = "stdlib/data/wordnet-t5";

interface Case {
  readonly folder: string;
  readonly load: (folder: string, backend: BackendName) => Promise<Backbone>;
  readonly input: InputBatch;
  readonly targets: TargetBatch;
  readonly choices: readonly (readonly number[])[];
  /** Of a prompt and the words; without it, the words alone. */
  readonly embeddings?: GoldenTensor;
}

function t5Case(folder: string, dimensions: Parameters<typeof loadT5>[1] = {}): Case {
  const { batch, choices, embeddings } = readGolden(folder);
  const load: Case["load"] = (from, backend) => loadT5(from, dimensions, { backend, threads });
  return { folder, load, input: inputOf(batch), targets: targetsOf(batch), choices, embeddings };
}

function causalCase(name: "gpt2" | "llama" | "qwen"): Case {
  const golden = readCausalGolden(name);
  const load: Case["load"] = (folder, backend) =>
    name === "gpt2"
      ? loadGpt2(folder, {}, { backend, threads })
      : loadLlama(folder, { biases: name === "qwen" ? "qkv" : "none" }, { backend, threads });
  const { choices, embeddings } = golden;
  return {
    folder: tinyCausalFolder(name),
    load,
    input: causalInput(golden),
    targets: causalTargets(golden),
    choices,
    embeddings,
  };
}

function bertCase(kind: string): Case {
  const folder = fileURLToPath(new URL(`../../fixtures/tiny-bert/${kind}`, import.meta.url));
  const { batch, targets, withPrompt } = JSON.parse(
    readFileSync(path.join(folder, "golden.json"), "utf8"),
  ) as {
    batch: { ids: number[]; batch: number; rows: number; lengths: number[] };
    targets: number[];
    withPrompt: { embeddings: GoldenTensor };
  };
  return {
    folder,
    load: (from, backend) => loadBert(from, {}, { backend, threads }),
    input: { ...batch, ids: Int32Array.from(batch.ids), lengths: Int32Array.from(batch.lengths) },
    targets: { ids: Int32Array.from(targets), batch: batch.batch, columns: 1 },
    choices: [[5], [6], [7], [8]],
    embeddings: withPrompt.embeddings,
  };
}

/** Products large enough to be divided among threads. */
function embeddedCase(): Case {
  const [batch, rows, columns] = [8, 40, 4];
  return {
    folder: embeddedT5,
    load: (folder, backend) => loadT5(folder, {}, { backend, threads }),
    input: {
      ids: Int32Array.from({ length: batch * rows }, (_, i) => (i * 37) % 4000),
      batch,
      rows,
      lengths: new Int32Array(batch).fill(rows),
    },
    targets: { ids: new Int32Array(batch * columns).fill(9), batch, columns },
    choices: [[5, 6], [7]],
  };
}

const cases: Readonly<Record<string, () => Case>> = {
  "T5 1.0": () => t5Case(tinyT5Folder),
  "T5 1.1": () => t5Case(tinyT511Folder, { activation: "gated_gelu", head: "untied" }),
  "GPT-2": () => causalCase("gpt2"),
  Llama: () => causalCase("llama"),
  "Qwen, with biases": () => causalCase("qwen"),
  BERT: () => bertCase("bert"),
  RoBERTa: () => bertCase("roberta"),
  "the embedded T5": embeddedCase,
};

/** Everything that a backbone computes, as numbers. */
async function answersOf(backbone: Backbone, { input, targets, choices, embeddings }: Case) {
  const words = backbone.embed(input);
  const entered = embeddings ? tensorOf<Tensor3D>(embeddings) : words;
  const { loss, gradient } = backbone.lossAndGradient(entered, input, targets);
  const alone = backbone.loss(entered, input, targets);
  const options = { maxNewTokens: 4, stopId: backbone.endId };
  const tensors = { words, loss, gradient, alone };
  const read = Object.entries(tensors).map(async ([name, tensor]: [string, Tensor]) => {
    return [name, Float32Array.from(await tensor.data<"float32">())] as const;
  });
  expect(Math.abs((await loss.data())[0] ?? NaN)).toBeLessThan(100); // and no NaN
  const answers = {
    ...Object.fromEntries(await Promise.all(read)),
    rows: backbone.embeddingRows([3, 0, 2]),
    choices: await backbone.choiceLogLikelihoods(entered, input, choices),
    texts: await backbone.generate?.(entered, input, options),
  };
  tf.dispose([words, entered, loss, gradient, alone]);
  return answers;
}

/** Bytes that loading takes on the device. */
async function loaded({ load }: Case, folder: string, backend: BackendName) {
  const before = tf.memory().numBytes;
  const backbone = await load(folder, backend);
  return { backbone, bytes: tf.memory().numBytes - before };
}

for (const [name, make] of Object.entries(cases)) {
  for (const dtype of dtypes) {
    test(`${name} in ${dtype} computes the same bits as in 32 bits on wasm, on 1 to ${threads} threads`, async () => {
      const given = make();
      await startBackend("wasm", threads);
      const { half, wide } = writeTwins(given.folder, dtype);
      const narrow = await loaded(given, half, "wasm");
      const full = await loaded(given, wide, "wasm");
      expect(narrow.bytes / full.bytes).toBeLessThan(0.58); // norms, biases and what is read by rows are in 32 bits
      const simd = installedSimd();
      if (simd === undefined) throw new Error("the SIMD kernels are not installed");
      for (let count = 1; count <= threads; count++) {
        simd.threads = count;
        expect(await answersOf(narrow.backbone, given)).toEqual(await answersOf(full.backbone, given));
      }
      for (const { backbone } of [narrow, full]) backbone.dispose();
    });
  }
}

describe.skipIf(!hasSoftwareAdapter)("on a software adapter", () => {
  const some = ["T5 1.0", "T5 1.1", "GPT-2", "Qwen, with biases", "BERT"] as const;
  test.each(
    some.flatMap((name, at) => dtypes.slice(0, at < 1 ? 2 : 1).map((dtype) => [name, dtype] as const)),
  )(
    "%s in %s computes the same bits as in 32 bits on webgpu",
    async (name, dtype) => {
      const given = cases[name]?.();
      if (!given) throw new Error(`no case ${name}`);
      await startSoftwareWebgpu();
      const { half, wide } = writeTwins(given.folder, dtype);
      const narrow = await loaded(given, half, "webgpu");
      const full = await loaded(given, wide, "webgpu");
      expect(narrow.bytes / full.bytes).toBeLessThan(0.58);
      expect(await answersOf(narrow.backbone, given)).toEqual(await answersOf(full.backbone, given));
      for (const { backbone } of [narrow, full]) backbone.dispose();
    },
    120_000,
  );
});

test.each(["T5 1.0", "GPT-2", "BERT"] as const)(
  "disposing a %s in 16 bits frees everything, and so does every call",
  async (name) => {
    const given = cases[name]?.();
    if (!given) throw new Error(`no case ${name}`);
    const { half } = writeTwins(given.folder, "F16");
    await startBackend("wasm", threads);
    const before = tf.memory().numTensors;
    const backbone = await given.load(half, "wasm");
    await answersOf(backbone, given); // position biases are made at their first use
    const between = tf.memory().numTensors;
    await answersOf(backbone, given);
    expect(tf.memory().numTensors).toBe(between);
    backbone.dispose();
    expect(tf.memory().numTensors).toBe(before);
  },
);

test("low-rank changes beside matrices in 16 bits have the gradients that they have beside 32", async () => {
  const given = t5Case(tinyT5Folder);
  const { half, wide } = writeTwins(given.folder, "BF16");
  const found: unknown[] = [];
  for (const folder of [half, wide]) {
    const backbone = await given.load(folder, "wasm");
    const of = () => lowRank(tf.fill([6, 4, 32], 0.1), tf.fill([6, 32, 4], 0.2), 2);
    const [query, attentionOutput] = [of(), of()];
    const inside: Inside = { query, attentionOutput };
    const words = backbone.embed(given.input);
    const { loss, gradient, inner } = backbone.lossAndGradient(words, given.input, given.targets, inside);
    const learned = [query, attentionOutput].flatMap(({ down, up }) => [inner?.get(down), inner?.get(up)]);
    found.push([loss, gradient, ...learned].map((tensor) => tensor?.dataSync()));
    backbone.dispose();
  }
  expect(found[0]).toEqual(found[1]);
  expect(found[0]).not.toContain(undefined);
});

test("weights of a checkpoint in 16 bits learn in 32, and are saved so", async () => {
  const given = t5Case(tinyT5Folder);
  const { half, wide } = writeTwins(given.folder, "F16");
  const method: Method = Object.assign((_: unknown, x: Tensor3D) => x, { inside: everyWeight });
  const found: unknown[] = [];
  for (const folder of [half, wide]) {
    const backbone = await loadT5(folder, {}, { backend: "wasm", threads });
    const initialisers = await allWeights(backbone);
    const groups = { weights: { tensors: Object.keys(initialisers), learningRate: 1e-3 } };
    const weights = await readPretrained(initialisers, backbone);
    const parameters = createParameters(initialisers, groups, backbone, 1, {}, undefined, weights);
    expect(parameters.map(({ variable }) => variable.dtype)).not.toContain("int32");
    const inside = insideOf(method, parameters);
    const words = backbone.embed(given.input, inside);
    const { loss, inner } = backbone.lossAndGradient(words, given.input, given.targets, inside);
    const gradients = parameters.map(({ variable }) => inner?.get(variable)?.dataSync());
    expect(gradients.filter((each) => each !== undefined).length).toBeGreaterThan(30);
    const place = temporaryFolder();
    await saveModel(place, backbone, new Map());
    found.push([
      loss.dataSync(),
      gradients,
      parameters.map(({ values }) => values),
      readSafetensors(path.join(place, "model.safetensors")).tensors,
    ]);
    disposeParameters(parameters);
    backbone.dispose();
  }
  expect(found[0]).toEqual(found[1]);
  const { tensors } = readSafetensors(path.join(wide, "model.safetensors"));
  expect((found[0] as unknown[])[3]).toEqual(tensors);
});

test("a backend that does not multiply by 16 bits gets the weights in 32", async () => {
  const given = t5Case(tinyT5Folder);
  const { half, wide } = writeTwins(given.folder, "F16");
  for (const backend of ["cpu", "wasm"] as const) {
    await startBackend(backend, threads);
    if (backend === "wasm") setKernel(widened, backend, undefined);
    expect(takesHalves(backend)).toBe(false);
    const narrow = await loaded(given, half, backend);
    const full = await loaded(given, wide, backend);
    expect(narrow.bytes).toBe(full.bytes);
    expect(await answersOf(narrow.backbone, given)).toEqual(await answersOf(full.backbone, given));
  }
});
