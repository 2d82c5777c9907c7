// Activations and attention made again, in slices or whole, give the same loss and the same gradients to the bit, on every
// architecture, and leave nothing behind.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Backbone, InputBatch, TargetBatch } from "../../../src/runtime/models/backbone.ts";
import { loadBert } from "../../../src/runtime/models/bert.ts";
import { lowRank, prefix, tensorsIn, type Inside } from "../../../src/runtime/models/inside.ts";
import type { LayerMemory } from "../../../src/runtime/models/layer-memory.ts";
import { loadT5 } from "../../../src/runtime/models/t5.ts";
import { withSliceBytes } from "../../../src/runtime/primitives/slices.ts";
import { tf, type Tensor, type Tensor3D } from "../../../src/runtime/tf.ts";
import { createParameters, disposeParameters } from "../../../src/runtime/train/parameters.ts";
import { readPretrained } from "../../../src/runtime/train/pretrained.ts";
import { lossAndGradients, type Method } from "../../../src/runtime/train/step.ts";
import { allWeights, everyWeight } from "../../support/full-fine-tuning.ts";
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
  relativeDifference,
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

/** Loss, gradient of the embeddings, gradients inside and the loss alone, as numbers; and the tensors that are left. */
async function answerOf(
  { backbone, embeddings, input, targets, inside }: Case,
  memory: LayerMemory,
  bytes: number,
) {
  const before = tf.memory().numTensors;
  const { loss, gradient, inner, alone } = withSliceBytes(bytes, () => ({
    ...backbone.lossAndGradient(embeddings, input, targets, inside, memory),
    alone: backbone.loss(embeddings, input, targets, inside),
  }));
  const found: readonly Tensor[] = [loss, gradient, alone, ...(inner?.values() ?? [])];
  const numbers = await Promise.all(found.map(async (tensor) => Array.from(await tensor.data())));
  tf.dispose([...found]);
  return { numbers, left: tf.memory().numTensors - before };
}

interface Heads {
  readonly keyHeads: number;
  /** Query heads that share a head of keys. */
  readonly group: number;
}

const four: Heads = { keyHeads: 4, group: 1 };

/** Bounds of which some examples are a slice, and some heads of one. */
function smallSlices(
  { embeddings, targets }: Pick<Case, "embeddings" | "targets">,
  { keyHeads, group }: Heads,
) {
  const rows = embeddings.shape[1] + targets.columns; // a decoder-only model reads its targets, too
  const ofHead = 4 * group * rows * rows;
  return [2.2 * keyHeads * ofHead, 1.1 * ofHead];
}

/**
 * With every matrix of scores in one slice, a slice of some examples and one of some heads. Runs once unmeasured, for what is made
 * at a first use. `gradients` are those beside that of the embeddings.
 */
async function expectSame(run: Case, heads: Heads, gradients = 0) {
  const whole = 2 ** 24;
  await answerOf(run, "keep", whole);
  const kept = await answerOf(run, "keep", whole);
  expect(kept.numbers.flat().some((value) => value !== 0)).toBe(true);
  expect(kept.numbers).toHaveLength(3 + gradients);
  expect(kept.left).toBe(0);
  for (const bytes of [whole, ...smallSlices(run, heads)]) {
    for (const memory of ["recompute_attention", "recompute"] as const) {
      expect([memory, bytes, await answerOf(run, memory, bytes)]).toEqual([memory, bytes, kept]);
    }
  }
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
    await expectSame({ backbone: await loadTinyT5(backend), ...t5Batch(tinyT5Folder) }, four);
  });
}

test("a T5 1.1", async () => {
  const dimensions = { activation: "gated_gelu", head: "untied" } as const;
  const backbone = await loadT5(tinyT511Folder, dimensions, { backend: "wasm" });
  await expectSame({ backbone, ...t5Batch(tinyT511Folder) }, four);
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
  await expectSame({ backbone, ...t5Batch(tinyT5Folder), inside }, four, tensorsIn(inside).length);
});

for (const backend of ["wasm", "cpu"] as const) {
  test(`a T5 whose every weight learns, its position biases among them, on ${backend}`, async () => {
    const backbone = await loadTinyT5(backend);
    const { embeddings, input, targets } = t5Batch(tinyT5Folder);
    const initialisers = await allWeights(backbone);
    const groups = { weights: { tensors: Object.keys(initialisers), learningRate: 1e-3 } };
    const pretrained = await readPretrained(initialisers, backbone);
    const parameters = createParameters(initialisers, groups, backbone, 1, {}, undefined, pretrained);
    const gradientsOf = (memory: LayerMemory, bytes: number) => {
      const method: Method = Object.assign((_: unknown, x: Tensor3D) => x, { inside: everyWeight });
      return withSliceBytes(bytes, () =>
        lossAndGradients(backbone, method, parameters, input, targets, memory),
      );
    };
    const kept = await gradientsOf("keep", 2 ** 24);
    const before = tf.memory().numTensors;
    for (const bytes of smallSlices({ embeddings, targets }, four)) {
      for (const memory of ["recompute_attention", "recompute"] as const) {
        const { gradients } = await gradientsOf(memory, bytes);
        const others = parameters.flatMap(({ name }, index) => {
          const [found, expected] = [gradients[index] ?? [], kept.gradients[index] ?? []];
          // One sum over the batch is kept in 64 bits by cpu, in 32 between two slices.
          const difference = relativeDifference(found, expected);
          const isRounded = backend === "cpu" && name.includes("relative_attention_bias");
          return difference <= (isRounded ? 1e-6 : 0) ? [] : [{ name, difference }];
        });
        expect([memory, bytes, others]).toEqual([memory, bytes, []]);
      }
    }
    expect(tf.memory().numTensors).toBe(before);
    disposeParameters(parameters);
    backbone.dispose();
  });
}

test.each(tinyCausal)("a %s", async (name) => {
  const golden = readCausalGolden(name);
  const embeddings = tensorOf<Tensor3D>(golden.embeddings);
  const backbone = await loadTinyCausal(name, "wasm");
  const heads = name === "gpt2" ? four : { keyHeads: 2, group: 3 };
  await expectSame(
    { backbone, embeddings, input: causalInput(golden), targets: causalTargets(golden) },
    heads,
  );
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
  await expectSame({ backbone, embeddings, input, targets }, four);
});
