// BERT and RoBERTa against transformers: numbers made by test/fixtures/tiny-bert/make.py.

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { BackendName } from "../../../src/runtime/backends/backend-choice.ts";
import type { InputBatch, TargetBatch } from "../../../src/runtime/models/backbone.ts";
import { loadBert } from "../../../src/runtime/models/bert.ts";
import { tf, type Tensor3D } from "../../../src/runtime/tf.ts";
import { readSafetensors } from "../../../src/runtime/weights/safetensors.ts";
import { writeSafetensors } from "../../../src/runtime/weights/write-safetensors.ts";
import { temporaryFolder } from "../../support/damaged-file.ts";
import { measured, measuredAll } from "../../support/measured.ts";
import { largestDifference, relativeDifference, tensorOf, type GoldenTensor } from "../../support/tiny-t5.ts";

interface Case {
  readonly embeddings: GoldenTensor;
  readonly logLikelihoods: GoldenTensor;
  readonly loss: number;
  readonly gradient: GoldenTensor;
}

interface Golden {
  readonly parameters: number;
  readonly batch: {
    readonly ids: number[];
    readonly batch: number;
    readonly rows: number;
    readonly lengths: number[];
  };
  readonly targets: number[];
  readonly withPrompt: Case;
  readonly withoutPrompt: Case;
  readonly texts: Readonly<Record<string, number[]>>;
  readonly mask: number;
}

const folderOf = (kind: string) =>
  fileURLToPath(new URL(`../../fixtures/tiny-bert/${kind}`, import.meta.url));
const goldenOf = (kind: string) =>
  JSON.parse(readFileSync(path.join(folderOf(kind), "golden.json"), "utf8")) as Golden;

function batchOf({ batch, targets }: Golden): { readonly input: InputBatch; readonly target: TargetBatch } {
  const input = { ...batch, ids: Int32Array.from(batch.ids), lengths: Int32Array.from(batch.lengths) };
  return { input, target: { ids: Int32Array.from(targets), batch: batch.batch, columns: 1 } };
}

const kinds = ["bert", "roberta"] as const;
const backends = (process.env["DEPT_TEST_BACKENDS"]?.split(",") ?? ["wasm", "cpu"]) as BackendName[];

for (const kind of kinds) {
  const golden = goldenOf(kind);
  const { input, target } = batchOf(golden);

  for (const backend of backends) {
    test(`a ${kind} computes what transformers computes on ${backend}`, async () => {
      const bert = await loadBert(folderOf(kind), { width: 32 }, { backend });
      expect(bert.identity).toMatchObject({ architecture: kind, parameters: golden.parameters });
      const words = await bert.embed(input).data();
      const differences: Record<string, number> = {
        words: largestDifference(words, golden.withoutPrompt.embeddings.data),
      };
      for (const [prompt, wanted] of [
        ["with a prompt", golden.withPrompt],
        ["without", golden.withoutPrompt],
      ] as const) {
        const embeddings = tensorOf<Tensor3D>(wanted.embeddings);
        const all = bert.logLikelihoods(embeddings, input);
        const { loss, gradient } = bert.lossAndGradient(embeddings, input, target);
        const alone = bert.loss(embeddings, input, target);
        Object.assign(differences, {
          [`log-likelihoods of all words ${prompt}`]: largestDifference(
            await all.data(),
            wanted.logLikelihoods.data,
          ),
          [`loss ${prompt}`]: largestDifference(await loss.data(), [wanted.loss]),
          [`loss alone ${prompt}`]: largestDifference(await alone.data(), [wanted.loss]),
          [`gradient of the embeddings ${prompt}`]: relativeDifference(
            await gradient.data(),
            wanted.gradient.data,
          ),
        });
        expect(gradient.shape).toEqual(wanted.gradient.shape);
      }
      measuredAll(kind, backend, "transformers", 1e-4, differences);
    });

    test(`choices are the masked words' log-likelihoods, and nothing of a ${kind} is left behind on ${backend}`, async () => {
      const bert = await loadBert(folderOf(kind), {}, { backend });
      const { embeddings: stored, logLikelihoods } = golden.withPrompt;
      const embeddings = tensorOf<Tensor3D>(stored);
      const before = tf.memory().numTensors;
      const found = await bert.choiceLogLikelihoods(embeddings, input, [[7], [11]]);
      const [, vocabulary = 0] = logLikelihoods.shape;
      const wanted = golden.targets.flatMap((_, row) =>
        [7, 11].map((id) => logLikelihoods.data[row * vocabulary + id]),
      );
      expect(largestDifference(found, wanted as number[])).toBeLessThan(1e-4);
      const { loss, gradient } = bert.lossAndGradient(embeddings, input, target);
      tf.dispose([loss, gradient, bert.loss(embeddings, input, target), bert.embed(input)]);
      expect(tf.memory().numTensors).toBe(before);
      const loaded = tf.memory().numTensors;
      bert.dispose();
      expect(tf.memory().numTensors).toBeLessThan(loaded - 30);
    });
  }

  test(`texts become the tokens of the tokenizers library for ${kind}, with one mask`, async () => {
    const { tokenizer } = await loadBert(folderOf(kind), {}, { backend: "wasm" });
    let differing = 0;
    for (const [text, ids] of Object.entries(golden.texts)) {
      const masked = ids.includes(golden.mask) ? ids : [...ids.slice(0, -1), golden.mask, ...ids.slice(-1)];
      const found = tokenizer.encode(text);
      expect([text, found.fullLength]).toEqual([text, masked.length]);
      if (found.ids.join() !== masked.join()) differing++;
    }
    const what = `${kind}, tokens with one mask, texts that differ`;
    measured({ what, against: "tokenizers", tolerance: 0 }, differing);
  });

  test(`a text of ${kind} that is cut keeps its mask`, async () => {
    const { tokenizer } = await loadBert(folderOf(kind), {}, { backend: "wasm" });
    const mask = tokenizer.maskId;
    const texts = Object.keys(golden.texts);
    for (const text of [
      ...texts,
      texts.at(-1) + " " + "the film ".repeat(9),
      "the film ".repeat(9) + texts.at(-1),
    ]) {
      const whole = tokenizer.encode(text).ids;
      for (const maxTokens of [3, 4, 7]) {
        const { ids, fullLength } = tokenizer.encode(text, { maxTokens });
        expect(fullLength).toBe(whole.length);
        expect(ids).toHaveLength(Math.min(maxTokens, whole.length));
        expect([ids[0], ids.at(-1)]).toEqual([whole[0], whole.at(-1)]);
        expect(ids.filter((id) => id === mask)).toHaveLength(1);
      }
    }
  });

  test(`a class of ${kind} is one token, or it is refused`, async () => {
    const { tokenizer } = await loadBert(folderOf(kind), {}, { backend: "wasm" });
    expect(tokenizer.encodeTarget("great").ids).toEqual([
      tokenizer.idOf(kind === "bert" ? "great" : "Ġgreat"),
    ]);
    expect(() => tokenizer.encodeTarget("great film")).toThrow(/"great film" is 2 tokens to this backbone/);
  });
}

const refusal = (folder: string, expected: Parameters<typeof loadBert>[1] = {}) =>
  loadBert(folder, expected, { backend: "wasm" });

/** A copy of the tiny BERT's folder to change. */
function copyOfTinyBert(): string {
  const folder = path.join(temporaryFolder(), "bert");
  cpSync(folderOf("bert"), folder, { recursive: true });
  return folder;
}

test("every dimension of a script is compared with config.json", async () => {
  const right = { width: 32, layers: 2, heads: 4, feedForward: 48, positions: 24 };
  const vocabulary = goldenOf("bert").withPrompt.logLikelihoods.shape[1] ?? 0;
  await refusal(folderOf("bert"), { ...right, vocabulary });
  await expect(
    refusal(folderOf("bert"), { ...right, vocabulary, layers: 12, positions: 512 }),
  ).rejects.toThrow("num_hidden_layers is 2, not 12; max_position_embeddings is 24, not 512. ");
});

test("a norm's gamma and beta of 2018 are its weight and bias, and a checkpoint without the head is refused", async () => {
  const folder = copyOfTinyBert();
  const file = path.join(folder, "model.safetensors");
  const { tensors } = readSafetensors(file);
  const old = (name: string) =>
    name.replace(/(LayerNorm)\.weight$/, "$1.gamma").replace(/(LayerNorm)\.bias$/, "$1.beta");
  writeSafetensors(
    file,
    Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [old(name), tensor])),
  );
  const { input, target } = batchOf(goldenOf("bert"));
  const bert = await refusal(folder);
  const loss = bert.loss(tensorOf(goldenOf("bert").withPrompt.embeddings), input, target);
  expect(largestDifference(await loss.data(), [goldenOf("bert").withPrompt.loss])).toBeLessThan(1e-5);

  writeSafetensors(
    file,
    Object.fromEntries(Object.entries(tensors).filter(([name]) => !name.startsWith("cls."))),
  );
  await expect(refusal(folder)).rejects.toThrow(/missing tensors cls\.predictions\.transform\.dense\.weight/);
});

test("inputs and prompts longer than the positions are refused with both", async () => {
  const bert = await refusal(folderOf("bert"));
  const { input, target } = batchOf(goldenOf("bert"));
  expect(() => bert.loss(tf.zeros([4, 25, 32]), input, target)).toThrow(
    /bert has 24 positions; an input of 16 tokens and a prompt of 9 rows need 25/,
  );
});

test.each([
  [{ hidden_act: "relu" }, /hidden_act is relu; only gelu can be run/],
  [{ model_type: "t5" }, /model_type is t5; only bert and roberta can be run/],
  [{ position_embedding_type: "relative_key" }, /position_embedding_type is relative_key; only absolute/],
  [{ num_attention_heads: 5 }, /hidden_size 32 is not divisible by num_attention_heads 5/],
  [{ pad_token_id: 3 }, /the padding is token 0, but config\.json says pad_token_id 3/],
])("config.json with %j is refused", async (change, message) => {
  const folder = copyOfTinyBert();
  const file = path.join(folder, "config.json");
  const config = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  writeFileSync(file, JSON.stringify({ ...config, ...change }));
  await expect(refusal(folder)).rejects.toThrow(message);
});
