// Activations made again give the same loss and the same gradients to the bit, on every architecture, and leave nothing behind.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Backbone, InputBatch, TargetBatch } from "../../../src/runtime/models/backbone.ts";
import { loadBert } from "../../../src/runtime/models/bert.ts";
import { lowRank, prefix, tensorsIn, type Inside } from "../../../src/runtime/models/inside.ts";
import type { LayerMemory } from "../../../src/runtime/models/layer-memory.ts";
import { loadT5 } from "../../../src/runtime/models/t5.ts";
import { tf, type Tensor, type Tensor3D } from "../../../src/runtime/tf.ts";
import {
  causalInput,
  causalTargets,
  loadTinyCausal,
  readCausalGolden,
  tinyCausal,
} from "../../support/tiny-causal.ts";
import {
  inputOf,
  loadTinyT5,
  readGolden,
  targetsOf,
  tensorOf,
  tinyT511Folder,
  tinyT5Folder,
  type GoldenTensor,
} from "../../support/tiny-t5.ts";

interface Case {
  readonly backbone: Backbone;
  readonly embeddings: Tensor3D;
  readonly input: InputBatch;
  readonly targets: TargetBatch;
  readonly inside?: Inside;
}

/** Loss, gradient of the embeddings and gradients inside, as numbers; and the tensors that are left. */
async function answerOf({ backbone, embeddings, input, targets, inside }: Case, memory: LayerMemory) {
  const before = tf.memory().numTensors;
  const { loss, gradient, inner } = backbone.lossAndGradient(embeddings, input, targets, inside, memory);
  const found: readonly Tensor[] = [loss, gradient, ...(inner?.values() ?? [])];
  const numbers = await Promise.all(found.map(async (tensor) => Array.from(await tensor.data())));
  tf.dispose([...found]);
  return { numbers, left: tf.memory().numTensors - before };
}

/** Runs once unmeasured, for what is made at a first use. */
async function expectSame(run: Case, gradients: number) {
  await answerOf(run, "keep");
  const kept = await answerOf(run, "keep");
  const remade = await answerOf(run, "recompute");
  expect(kept.numbers.flat().some((value) => value !== 0)).toBe(true);
  expect(remade.numbers).toHaveLength(gradients);
  expect(remade).toEqual(kept);
  expect(remade.left).toBe(0);
  run.backbone.dispose();
}

/** The golden batch of a tiny T5. */
function t5Batch(folder: string) {
  const golden = readGolden(folder);
  const embeddings = tensorOf<Tensor3D>(golden.embeddings);
  return { embeddings, input: inputOf(golden.batch), targets: targetsOf(golden.batch) };
}

for (const backend of ["wasm", "cpu"] as const) {
  test(`a T5 on ${backend}`, async () => {
    await expectSame({ backbone: await loadTinyT5(backend), ...t5Batch(tinyT5Folder) }, 2);
  });
}

test("a T5 1.1", async () => {
  const dimensions = { activation: "gated_gelu", head: "untied" } as const;
  const backbone = await loadT5(tinyT511Folder, dimensions, { backend: "wasm" });
  await expectSame({ backbone, ...t5Batch(tinyT511Folder) }, 2);
});

test("a T5 with tensors inside its blocks", async () => {
  const backbone = await loadTinyT5("wasm");
  const file = new URL("../../fixtures/inside/golden.json", import.meta.url);
  const { methods } = JSON.parse(readFileSync(file, "utf8")) as {
    methods: Record<string, { tensors: Record<string, GoldenTensor> }>;
  };
  const take = (method: string, name: string): Tensor3D => {
    const tensor = methods[method]?.tensors[name];
    if (!tensor) throw new Error(`the fixture has no ${name} of ${method}`);
    return tensorOf<Tensor3D>(tensor);
  };
  const inside: Inside = {
    query: lowRank(take("lora", "query_A"), take("lora", "query_B"), 2),
    memory: prefix(take("prefix_tuning", "prefix_keys"), take("prefix_tuning", "prefix_values")),
  };
  await expectSame({ backbone, ...t5Batch(tinyT5Folder), inside }, 2 + tensorsIn(inside).length);
});

test.each(tinyCausal)("a %s", async (name) => {
  const golden = readCausalGolden(name);
  const embeddings = tensorOf<Tensor3D>(golden.embeddings);
  const backbone = await loadTinyCausal(name, "wasm");
  await expectSame({ backbone, embeddings, input: causalInput(golden), targets: causalTargets(golden) }, 2);
});

test("a BERT", async () => {
  const folder = fileURLToPath(new URL("../../fixtures/tiny-bert/bert", import.meta.url));
  const golden = JSON.parse(readFileSync(`${folder}/golden.json`, "utf8")) as {
    batch: { ids: number[]; batch: number; rows: number; lengths: number[] };
    targets: number[];
    withPrompt: { embeddings: GoldenTensor };
  };
  const { batch } = golden;
  const input = { ...batch, ids: Int32Array.from(batch.ids), lengths: Int32Array.from(batch.lengths) };
  const targets = { ids: Int32Array.from(golden.targets), batch: batch.batch, columns: 1 };
  const embeddings = tensorOf<Tensor3D>(golden.withPrompt.embeddings);
  const backbone = await loadBert(folder, { width: 32 }, { backend: "wasm" });
  await expectSame({ backbone, embeddings, input, targets }, 2);
});
