// What the loaders of decoder-only models take, and what they refuse in which words.

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { loadTask } from "../../../src/runtime/data/load-task.ts";
import { choice } from "../../../src/runtime/data/choice.ts";
import { jsonl } from "../../../src/runtime/data/jsonl.ts";
import { loadGpt2 } from "../../../src/runtime/models/gpt2.ts";
import { loadLlama } from "../../../src/runtime/models/llama.ts";
import { OperationalError } from "../../../src/runtime/operational-error.ts";
import { readSafetensors } from "../../../src/runtime/weights/safetensors.ts";
import { writeSafetensors } from "../../../src/runtime/weights/write-safetensors.ts";
import { temporaryFolder } from "../../support/damaged-file.ts";
import {
  causalInput,
  causalTargets,
  loadTinyCausal,
  readCausalGolden,
  tinyCausalFolder,
  type TinyCausal,
} from "../../support/tiny-causal.ts";

const wasm = { backend: "wasm" } as const;

function copyOf(name: TinyCausal, change: Record<string, unknown> = {}): string {
  const folder = temporaryFolder();
  cpSync(tinyCausalFolder(name), folder, { recursive: true });
  const file = path.join(folder, "config.json");
  const config = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  writeFileSync(file, JSON.stringify({ ...config, ...change }));
  return folder;
}

const gpt2 = { width: 24, layers: 2, heads: 4, feedForward: 96, positions: 64, vocabulary: 64 };
const llama = { width: 24, layers: 2, heads: 6, kvHeads: 2, headWidth: 4, feedForward: 40, vocabulary: 64 };

test("every dimension of the plan is compared with config.json", async () => {
  await loadGpt2(tinyCausalFolder("gpt2"), gpt2, wasm);
  for (const [name, value] of Object.entries(gpt2)) {
    const loading = loadGpt2(tinyCausalFolder("gpt2"), { ...gpt2, [name]: value + 1 }, wasm);
    await expect(loading, name).rejects.toThrow(`is ${value}, not ${value + 1}. Use that backbone`);
  }
  await loadLlama(tinyCausalFolder("llama"), { ...llama, head: "untied" }, wasm);
  for (const [name, value] of Object.entries(llama)) {
    const loading = loadLlama(tinyCausalFolder("llama"), { ...llama, [name]: value + 1 }, wasm);
    await expect(loading, name).rejects.toThrow(`is ${value}, not ${value + 1}. Use that backbone`);
  }
  await expect(loadLlama(tinyCausalFolder("llama"), { head: "tied" }, wasm)).rejects.toThrow(
    "the head (tie_word_embeddings) is untied, not tied",
  );
  await expect(loadLlama(tinyCausalFolder("qwen"), {}, wasm)).rejects.toThrow(
    "the biases (model_type) is qkv, not none",
  );
});

test.each([
  ["gpt2", { model_type: "opt" }, /config\.json: model_type is opt; only gpt2 can be run/],
  ["gpt2", { activation_function: "relu" }, /activation_function is relu; only gelu_new/],
  ["gpt2", { vocab_size: 60 }, /wte\.weight is \[64, 24\], config\.json makes it \[60, 24\]/],
  ["llama", { model_type: "gemma" }, /model_type is gemma; only llama, mistral and qwen2/],
  ["llama", { hidden_act: "gelu" }, /hidden_act is gelu; only silu/],
  ["llama", { attention_bias: true }, /attention_bias is true; only false/],
  [
    "llama",
    { rope_parameters: { rope_type: "yarn", factor: 2 } },
    /rope scaling is yarn; only default, linear/,
  ],
  ["llama", { rope_parameters: { rope_type: "llama3" } }, /field factor is missing/],
  ["llama", { tie_word_embeddings: true }, /lm_head\.weight differs from embed_tokens\.weight/],
] as const)("a %s whose config.json says %j is refused", async (name, change, message) => {
  const load = name === "gpt2" ? loadGpt2 : loadLlama;
  const outcome = await load(copyOf(name, change), {}, wasm).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(OperationalError);
  expect((outcome as OperationalError).message).toMatch(message);
});

test("rope_scaling and rope_theta of Llama 3's own files are rope_parameters", async () => {
  const parameters = JSON.parse(
    readFileSync(`${tinyCausalFolder("llama")}/config.json`, "utf8"),
  ).rope_parameters;
  const { rope_theta, ...rope_scaling } = parameters;
  expect(rope_scaling.rope_type).toBe("llama3");
  const golden = readCausalGolden("llama");
  const lossOf = async (change: Record<string, unknown>) => {
    const model = await loadLlama(copyOf("llama", { rope_parameters: undefined, ...change }), {}, wasm);
    const input = causalInput(golden);
    const loss = model.loss(model.embed(input), input, causalTargets(golden));
    model.dispose();
    return Math.abs((loss.dataSync()[0] ?? NaN) - golden.plain.loss);
  };
  expect(await lossOf({ rope_scaling, rope_theta })).toBeLessThan(1e-5);
  expect(await lossOf({ rope_theta })).toBeGreaterThan(1e-3); // not scaled, the numbers are others
  expect(await lossOf({ rope_scaling, rope_theta: 500_000 })).toBeGreaterThan(1e-3);
});

test("a GPT-2 file without the prefix of its tensors' names, and with the causal masks of old files, is the same model", async () => {
  const folder = copyOf("gpt2");
  const file = path.join(folder, "model.safetensors");
  const tensors = Object.entries(readSafetensors(file).tensors).map(
    ([name, tensor]) => [name.replace(/^transformer\./, ""), tensor] as const,
  );
  const mask = { shape: [1, 1, 64, 64], data: new Float32Array(64 * 64) };
  writeSafetensors(file, { ...Object.fromEntries(tensors), "h.0.attn.bias": mask });
  const [old, now] = [await loadGpt2(folder, gpt2, wasm), await loadTinyCausal("gpt2", "wasm")];
  expect(old.embeddingRows([3, 60])).toEqual(now.embeddingRows([3, 60]));
  expect(old.identity.parameters).toBe(now.identity.parameters);
});

test("inputs begin as the tokenizer's file says and are not ended; targets are", async () => {
  const model = await loadTinyCausal("llama", "wasm");
  const file = path.join(temporaryFolder(), "rows.jsonl");
  writeFileSync(file, '{"text":"w4 w5 w6 w7 w8","label":"a"}\n');
  const source = jsonl(file);
  const target = choice("label", { a: "w9", b: "w10 w11" });
  const options = { train: source, validation: source, test: source, input: "{text}", target };
  const task = await loadTask(model, { ...options, maxTokens: 10 });
  expect([...(task.train[0]?.ids ?? [])]).toEqual([2, 4, 5, 6, 7, 8]);
  expect(task.classes.map(({ ids }) => ids)).toEqual([[9, 1], [10, 11, 1]]); // prettier-ignore
  const cut = await loadTask(model, { ...options, maxTokens: 4 });
  expect([...(cut.train[0]?.ids ?? [])]).toEqual([2, 4, 5, 6]);
});
