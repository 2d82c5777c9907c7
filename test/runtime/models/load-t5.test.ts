import { cpSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { readT5Config } from "../../../src/runtime/models/t5-config.ts";
import { T5Backbone } from "../../../src/runtime/models/t5-backbone.ts";
import { loadT5Weights } from "../../../src/runtime/models/t5-weights.ts";
import { loadT5 } from "../../../src/runtime/models/t5.ts";
import { OperationalError } from "../../../src/runtime/operational-error.ts";
import { startBackend, tf } from "../../../src/runtime/tf.ts";
import { modelName, openCheckpoint } from "../../../src/runtime/weights/checkpoint.ts";
import { readSafetensors, type TensorValues } from "../../../src/runtime/weights/safetensors.ts";
import { writeSafetensors } from "../../../src/runtime/weights/write-safetensors.ts";
import { temporaryFolder } from "../../support/damaged-file.ts";
import { measured } from "../../support/measured.ts";
import { inputOf, largestDifference, readGolden, targetsOf, tinyT5Folder } from "../../support/tiny-t5.ts";

const golden = readGolden();

/** A copy of the tiny T5's folder to damage. */
function copyOfTinyT5(): string {
  const folder = temporaryFolder();
  for (const file of ["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"]) {
    cpSync(path.join(tinyT5Folder, file), path.join(folder, file));
  }
  return folder;
}

function editConfig(folder: string, change: Record<string, unknown>): void {
  const file = path.join(folder, "config.json");
  const config = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  writeFileSync(file, JSON.stringify({ ...config, ...change }));
}

function editWeights(folder: string, change: (tensors: Record<string, TensorValues>) => void): void {
  const file = path.join(folder, "model.safetensors");
  const tensors = { ...readSafetensors(file).tensors };
  change(tensors);
  writeSafetensors(file, tensors);
}

const load = (folder: string | URL, width = 32) => loadT5(folder, { width }, { backend: "wasm" });

/** What `loadT5` says about a folder it must refuse. */
async function refusal(folder: string, width = 32): Promise<string> {
  const outcome = await load(folder, width).catch((error: unknown) => error);
  expect(outcome).toBeInstanceOf(OperationalError);
  return (outcome as OperationalError).message;
}

test("a folder is loaded by path or URL, with its tokenizer and its identity", async () => {
  const t5 = await load(pathToFileURL(tinyT5Folder));
  expect(t5.identity).toMatchObject({
    name: "tiny-t5",
    architecture: "t5",
    width: 32,
    parameters: golden.parameters,
  });
  expect(t5.identity.sha256).toMatch(/^[0-9a-f]{64}$/);
  expect([t5.width, t5.vocabularySize, t5.padId, t5.endId]).toEqual([32, 128, 0, 1]);
  expect(t5.tokenizer.decode(t5.tokenizer.encode("a plant").ids)).toBe("a plant");
});

test("a model of the Hub is called by its repository, not by the commit in its path", async () => {
  const snapshot = path.join(temporaryFolder(), "models--google-t5--t5-base", "snapshots", "0a1b2c");
  cpSync(copyOfTinyT5(), snapshot, { recursive: true });
  expect((await load(pathToFileURL(`${snapshot}/`))).identity.name).toBe("google-t5/t5-base");
  expect(modelName(snapshot)).toBe("google-t5/t5-base");
  expect(modelName(`${tinyT5Folder}/`)).toBe("tiny-t5");
  expect(modelName("models--gpt2/snapshots/0a1b2c")).toBe("gpt2");
});

for (const variant of ["fp16", "bf16"] as const) {
  test(`weights in ${variant} give the loss that transformers gives with them`, async () => {
    for (const backend of ["wasm", "cpu"] as const) {
      await startBackend(backend);
      const folder = path.join(tinyT5Folder, variant);
      const config = readT5Config(folder);
      const file = openCheckpoint(folder);
      const identity = { name: variant, architecture: "t5", width: 32, parameters: 0, sha256: "" };
      const t5 = new T5Backbone(config, loadT5Weights(file, config), identity);
      file.close();
      const input = inputOf(golden.batch);
      const words = t5.embed(input);
      const [A, B, P] = [golden.A, golden.B, golden.P].map(({ shape, data }) =>
        tf.tensor2d([...data], shape as [number, number]),
      );
      if (!A || !B || !P) throw new Error("unreachable");
      const moved = tf.add(words, tf.slice(tf.matMul(A, B), [0, 0], [golden.batch.rows, -1]));
      const prompt = tf.add(tf.zeros([golden.batch.batch, ...P.shape]), P);
      const loss = t5.loss(tf.concat([prompt, moved], 1) as never, input, targetsOf(golden.batch));
      const difference = largestDifference(await loss.data(), [golden.roundedLosses[variant]]);
      const what = `T5 1.0 of a file in ${variant}, loss, ${backend}`;
      measured({ what, against: "transformers", tolerance: 1e-5 }, difference);
    }
  });
}

test("rows of the embedding table are those of the file", async () => {
  const t5 = await load(tinyT5Folder);
  const table = readSafetensors(path.join(tinyT5Folder, "model.safetensors")).tensors["shared.weight"]?.data;
  expect(t5.embeddingRows([7, 0])).toEqual(
    Float32Array.of(...(table?.slice(224, 256) ?? []), ...(table?.slice(0, 32) ?? [])),
  );
});

test("another width than the script was compiled for is refused with both", async () => {
  expect(await refusal(tinyT5Folder, 768)).toMatch(
    /config\.json: .*another backbone: d_model is 32, not 768\. /,
  );
});

test("every dimension of the plan is compared with config.json, and all that differ are named", async () => {
  const { width, heads, headWidth, feedForwardWidth, ...rest } = readT5Config(tinyT5Folder);
  const { encoderLayers, decoderLayers, vocabularySize: vocabulary } = rest;
  const right = {
    width,
    heads,
    headWidth,
    feedForward: feedForwardWidth,
    encoderLayers,
    decoderLayers,
    vocabulary,
  };
  await loadT5(tinyT5Folder, right, { backend: "wasm" });
  const fields = ["d_model", "num_heads", "d_kv", "d_ff", "num_layers", "num_decoder_layers", "vocab_size"];
  for (const [index, [dimension, value]] of Object.entries(right).entries()) {
    const loading = loadT5(tinyT5Folder, { ...right, [dimension]: value + 1 }, { backend: "wasm" });
    await expect(loading).rejects.toThrow(`backbone: ${fields[index]} is ${value}, not ${value + 1}. `);
  }
  const two = loadT5(tinyT5Folder, { heads: heads + 1, encoderLayers: 9 }, { backend: "wasm" });
  await expect(two).rejects.toThrow(
    `num_heads is ${heads}, not ${heads + 1}; num_layers is ${encoderLayers}, not 9`,
  );
});

test("every missing file is named", async () => {
  for (const file of ["config.json", "tokenizer.json", "model.safetensors"]) {
    const folder = copyOfTinyT5();
    rmSync(path.join(folder, file));
    const message = await refusal(folder);
    expect(message).toContain(folder);
    expect(message).toContain(file);
  }
  expect(await refusal("/nowhere/t5")).toContain("/nowhere/t5/config.json: no such file");
});

/** A copy of the tiny T5 in two files and an index, which `change` may damage. */
function shardedCopy(change: (places: Record<string, string>) => void = () => undefined): string {
  const folder = copyOfTinyT5();
  const file = path.join(folder, "model.safetensors");
  const tensors = Object.entries(readSafetensors(file).tensors);
  const names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"] as const;
  writeSafetensors(path.join(folder, names[0]), Object.fromEntries(tensors.slice(0, 20)));
  writeSafetensors(path.join(folder, names[1]), Object.fromEntries(tensors.slice(20)));
  const places = Object.fromEntries(tensors.map(([name], i) => [name, names[i < 20 ? 0 : 1]]));
  change(places);
  writeFileSync(path.join(folder, "model.safetensors.index.json"), JSON.stringify({ weight_map: places }));
  rmSync(file);
  return folder;
}

test("weights split over several files are those of the one file", async () => {
  const [one, several] = [await load(tinyT5Folder), await load(shardedCopy())];
  expect(several.identity.parameters).toBe(one.identity.parameters);
  expect(several.identity.sha256).toMatch(/^[0-9a-f]{64}$/);
  const input = inputOf(golden.batch);
  const [loss, expected] = [several, one].map((t5) =>
    t5.loss(t5.embed(input), input, targetsOf(golden.batch)),
  );
  expect(await loss?.data()).toEqual(await expected?.data());
});

const second = "model-00002-of-00002.safetensors";

test("shards that are missing, cut off or not as the index says are named", async () => {
  const missing = shardedCopy();
  rmSync(path.join(missing, second));
  expect(await refusal(missing)).toContain(`${path.join(missing, second)}: no such file`);
  const cut = shardedCopy();
  truncateSync(path.join(cut, second), 20_000);
  expect(await refusal(cut)).toMatch(/model-00002-of-00002\.safetensors is truncated: .*the file has 20000/);
  const empty = shardedCopy();
  writeFileSync(path.join(empty, "model.safetensors.index.json"), "{}");
  expect(await refusal(empty)).toMatch(/index\.json: weight_map is missing/);
});

test("tensors in no shard, in another shard and unknown to the index are named", async () => {
  const absent = shardedCopy((places) => (places["extra.weight"] = second));
  expect(await refusal(absent)).toMatch(
    /model-00002-of-00002\.safetensors has no tensor extra\.weight, which/,
  );
  const unknown = shardedCopy((places) => delete places["shared.weight"]);
  expect(await refusal(unknown)).toMatch(
    /holds tensor shared\.weight, which .*index\.json places in no file/,
  );
  const outside = shardedCopy((places) => (places["shared.weight"] = "../model.safetensors"));
  expect(await refusal(outside)).toMatch(
    /shared\.weight is placed in "\.\.\/model\.safetensors", which is no/,
  );
});

test("a truncated weights file is refused", async () => {
  const folder = copyOfTinyT5();
  truncateSync(path.join(folder, "model.safetensors"), 100_000);
  expect(await refusal(folder)).toMatch(/model\.safetensors is truncated: .*the file has 100000/);
});

test("a missing tensor is named, and how many there should be", async () => {
  const folder = copyOfTinyT5();
  editWeights(folder, (tensors) => delete tensors["decoder.block.1.layer.2.DenseReluDense.wo.weight"]);
  expect(await refusal(folder)).toMatch(
    /missing tensor decoder\.block\.1\.layer\.2\.DenseReluDense\.wo\.weight; .* has 47 tensors, the file 46/,
  );
});

test("an unexpected tensor is named", async () => {
  const folder = copyOfTinyT5();
  editWeights(
    folder,
    (tensors) => (tensors["encoder.block.2.extra"] = { shape: [1], data: new Float32Array(1) }),
  );
  expect(await refusal(folder)).toMatch(
    /unexpected tensor encoder\.block\.2\.extra; .* has 47 tensors, the file 48/,
  );
});

test("a tensor in another shape is named with both shapes", async () => {
  const folder = copyOfTinyT5();
  const name = "encoder.block.0.layer.1.DenseReluDense.wi.weight";
  editWeights(folder, (tensors) => (tensors[name] = { shape: [32, 64], data: new Float32Array(2048) }));
  expect(await refusal(folder)).toContain(`tensor ${name} is [32, 64], config.json makes it [64, 32]`);
});

test("copies of the tied table may be in the file, but must be copies", async () => {
  const folder = copyOfTinyT5();
  const shared = "shared.weight";
  editWeights(folder, (tensors) => {
    const table = tensors[shared];
    if (table) tensors["lm_head.weight"] = { shape: table.shape, data: table.data.slice() };
  });
  expect((await load(folder)).identity.parameters).toBe(golden.parameters);
  editWeights(folder, (tensors) => tensors["lm_head.weight"]?.data.fill(1, 0, 1));
  expect(await refusal(folder)).toMatch(/lm_head\.weight differs from shared\.weight/);
});

test.each([
  [{ d_kv: undefined }, /config\.json: field d_kv is missing \(a whole number of at least 1\)/],
  [
    { num_heads: "four" },
    /config\.json: field num_heads is "four", but must be a whole number of at least 1/,
  ],
  [{ num_layers: 0 }, /field num_layers is 0/],
  [{ layer_norm_epsilon: -1 }, /field layer_norm_epsilon is -1, but must be a number above 0/],
  [{ model_type: "bert" }, /config\.json: model_type is bert; only t5 and mt5/],
  [{ feed_forward_proj: "gated-silu" }, /feed_forward_proj is gated-silu; only relu and gated-gelu/],
  [{ feed_forward_proj: "gated-gelu" }, /another backbone: activation is gated_gelu, not relu/],
  [{ tie_word_embeddings: false }, /another backbone: head is untied, not tied/],
  [{ vocab_size: 100 }, /tokenizer\.json has 128 tokens, but vocab_size in config\.json is 100/],
  [{ eos_token_id: 2 }, /tokens 1 and 0, but config\.json says eos_token_id 2 and pad_token_id 0/],
  [{ d_ff: 32 }, /wi\.weight is \[64, 32\], config\.json makes it \[32, 32\]/],
])("config.json with %j is refused", async (change, message) => {
  const folder = copyOfTinyT5();
  editConfig(folder, change);
  expect(await refusal(folder)).toMatch(message);
});

test("a config.json that is not JSON is named", async () => {
  const folder = copyOfTinyT5();
  writeFileSync(path.join(folder, "config.json"), "{,}");
  expect(await refusal(folder)).toMatch(/config\.json is not JSON/);
});
