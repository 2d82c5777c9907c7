// Methods inside the blocks of tiny decoder-only models and tiny BERTs against PEFT and torch, with a prompt and padding: numbers
// made by test/fixtures/inside/make_others.py. And what they leave on the device.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { loadBert } from "../../../src/runtime/models/bert.ts";
import type { Backbone, InputBatch, TargetBatch } from "../../../src/runtime/models/backbone.ts";
import type { Inside } from "../../../src/runtime/models/inside.ts";
import { tf, type Tensor, type Tensor3D } from "../../../src/runtime/tf.ts";
import { methodOf, tensorValues } from "../../support/inside-methods.ts";
import {
  causalInput,
  causalTargets,
  loadTinyCausal,
  readCausalGolden,
  type TinyCausal,
} from "../../support/tiny-causal.ts";
import { type GoldenTensor, largestDifference, relativeDifference, tensorOf } from "../../support/tiny-t5.ts";

interface GoldenMethod {
  readonly loss: number;
  readonly shapes: Readonly<Record<string, number[]>>;
  readonly gradients: Readonly<Record<string, number[]>>;
  readonly gradientAlong: number[];
  readonly scores: number[];
  readonly written?: number[][];
}

const others = new URL("../../fixtures/inside/others.json", import.meta.url);
const { models } = JSON.parse(readFileSync(others, "utf8")) as {
  readonly models: Readonly<Record<string, Readonly<Record<string, GoldenMethod>>>>;
};
const tolerance = 1e-4; // of the largest entry

interface Case {
  readonly backbone: Backbone;
  readonly input: InputBatch;
  readonly targets: TargetBatch;
  readonly embeddings: Tensor3D;
  readonly choices: readonly (readonly number[])[];
}

async function causalCase(name: TinyCausal): Promise<Case> {
  const golden = readCausalGolden(name);
  const backbone = await loadTinyCausal(name, "wasm");
  const { choices } = golden;
  const [input, targets] = [causalInput(golden), causalTargets(golden)];
  return { backbone, input, targets, choices, embeddings: tensorOf<Tensor3D>(golden.embeddings) };
}

async function maskedCase(kind: string): Promise<Case> {
  const folder = fileURLToPath(new URL(`../../fixtures/tiny-bert/${kind}`, import.meta.url));
  const golden = JSON.parse(readFileSync(`${folder}/golden.json`, "utf8")) as {
    batch: { ids: number[]; batch: number; rows: number; lengths: number[] };
    targets: number[];
    withPrompt: { embeddings: GoldenTensor };
  };
  const { ids, lengths, ...sizes } = golden.batch;
  return {
    backbone: await loadBert(folder, {}, { backend: "wasm" }),
    input: { ...sizes, ids: Int32Array.from(ids), lengths: Int32Array.from(lengths) },
    targets: { ids: Int32Array.from(golden.targets), batch: sizes.batch, columns: 1 },
    embeddings: tensorOf<Tensor3D>(golden.withPrompt.embeddings),
    choices: [[5], [6], [7], [8]],
  };
}

/** Those of make_others.py: each from its own seed, scales around 1, prefixes wider. */
function tensorsOf({ shapes }: GoldenMethod): ReadonlyMap<string, Tensor> {
  return new Map(
    Object.entries(shapes).map(([name, shape], index): [string, Tensor] => {
      const [mean, spread] = name.endsWith("_scale") ? [1, 0.3] : [0, name.startsWith("prefix") ? 0.8 : 0.4];
      const count = shape.reduce((product, size) => product * size, 1);
      const values = Float32Array.from(tensorValues(7 + 11 * index, count), (each) => mean + spread * each);
      return [name, tf.tensor(values, shape)];
    }),
  );
}

function insideOf(method: string, tensors: ReadonlyMap<string, Tensor>): Inside {
  return methodOf(method)(<T extends Tensor>(name: string) => tensors.get(name) as T, 3);
}

const cases = Object.entries(models).flatMap(([model, methods]) =>
  Object.keys(methods).flatMap((method) =>
    (["keep", "recompute_attention", "recompute"] as const).map((memory) => [method, model, memory] as const),
  ),
);

test.each(cases)(
  "%s in a %s has the reference's loss, gradients, scores and words, %s",
  async (method, model, memory) => {
    const golden = models[model]?.[method];
    if (!golden) throw new Error(`no numbers for ${method} in ${model}`);
    const isMasked = model === "bert" || model === "roberta";
    const made = await (isMasked ? maskedCase(model) : causalCase(model as TinyCausal));
    const { backbone, input, targets, embeddings, choices } = made;
    const tensors = tensorsOf(golden);
    const inside = insideOf(method, tensors);
    const direction = tf.tensor2d(Float32Array.from(tensorValues(3, backbone.width)), [backbone.width, 1]);
    const before = tf.memory().numTensors;

    const { loss, gradient, inner } = backbone.lossAndGradient(embeddings, input, targets, inside, memory);
    const alone = backbone.loss(embeddings, input, targets, inside);
    const along = tf.tidy(() => tf.matMul(tf.reshape(gradient, [-1, backbone.width]), direction));
    const found: Record<string, number> = {
      loss: relativeDifference(loss.dataSync(), [golden.loss]),
      "loss alone": relativeDifference(alone.dataSync(), [golden.loss]),
      embeddings: relativeDifference(along.dataSync(), golden.gradientAlong),
    };
    expect([...(inner?.keys() ?? [])]).toHaveLength(tensors.size);
    for (const [name, tensor] of tensors) {
      const own = inner?.get(tensor);
      expect(own?.shape, name).toEqual(tensor.shape);
      const expected = golden.gradients[name] ?? [NaN];
      // A shift of all keys adds the same to every score of a row where nothing turns them: its gradient is 0 and noise.
      const scale = Math.max(...expected.map(Math.abs), 1e-2);
      found[name] = largestDifference(own?.dataSync() ?? [], expected) / scale;
    }
    tf.dispose([loss, alone, gradient, along, ...(inner?.values() ?? [])]);
    const scores = await backbone.choiceLogLikelihoods(embeddings, input, choices, inside);
    found["scores"] = relativeDifference(scores, golden.scores);
    console.log(`${method} in ${model}, largest differences:`, Math.max(...Object.values(found)));
    for (const [what, difference] of Object.entries(found)) {
      expect([what, difference < tolerance]).toEqual([what, true]);
    }
    expect(tf.memory().numTensors).toBe(before);

    if (golden.written) {
      const options = { maxNewTokens: golden.written[0]?.length ?? 0, stopId: -1 };
      expect(await backbone.generate?.(embeddings, input, options, inside)).toEqual(golden.written);
      const beams = await backbone.generate?.(embeddings, input, { ...options, beams: { count: 2 } }, inside);
      expect(beams).toHaveLength(input.batch);
      expect(tf.memory().numTensors).toBe(before);
    }
    tf.dispose([embeddings, direction, ...tensors.values()]);
    backbone.dispose();
  },
);
