// Real weights that others trained: run where they lie in ../shared/data (or $DEPT_SHARED_DATA), skipped aloud elsewhere.

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { causalAttention } from "../../../src/runtime/models/causal-attention.ts";
import { CausalBackbone } from "../../../src/runtime/models/causal-backbone.ts";
import { causalFeedForward } from "../../../src/runtime/models/causal-feed-forward.ts";
import type { CausalLayer } from "../../../src/runtime/models/causal-layers.ts";
import { attentionBias } from "../../../src/runtime/models/causal-layout.ts";
import { project } from "../../../src/runtime/models/changed-linear.ts";
import { makeTokenTable } from "../../../src/runtime/models/token-table.ts";
import { activate } from "../../../src/runtime/primitives/activations.ts";
import { mergeHeads } from "../../../src/runtime/primitives/attention.ts";
import { norm } from "../../../src/runtime/primitives/norm.ts";
import { startBackend, tf, type Tensor, type Tensor2D, type Tensor4D } from "../../../src/runtime/tf.ts";
import { measuredAll } from "../../support/measured.ts";
import { largestDifference } from "../../support/tiny-t5.ts";

const data = process.env["DEPT_SHARED_DATA"] ?? "../shared/data";
const isThere = existsSync(data);
if (!isThere) console.warn(`skipped: no ${path.resolve(data)}, so no real weights of GPT-2 and Llama`);

const identity = { name: "real", architecture: "", width: 0, parameters: 0, sha256: "" };
const values = async (tensor: Tensor) => (await tensor.data()) as Float32Array;

test.skipIf(!isThere)(
  "Llama stories260K: log-likelihoods, last scores and the greedy text of llama2.c",
  async () => {
    await startBackend("wasm");
    const folder = path.join(data, "llama-stories260k");
    const golden = JSON.parse(readFileSync(path.join(folder, "golden.json"), "utf8")) as {
      readonly ids: readonly number[];
      readonly last_logits: readonly number[];
      readonly nll: readonly number[];
      readonly greedy_from_bos_text: string;
    };
    const model = storiesModel(readFileSync(path.join(folder, "stories260K.bin")));
    const llama = new CausalBackbone({ ...model, padId: 0, endId: 1, tensors: [] }, identity);
    const [start = 1, ...rest] = golden.ids;
    const first = { ids: Int32Array.of(start), batch: 1, rows: 1, lengths: Int32Array.of(1) };
    const targets = { ids: Int32Array.from([...rest, 0]), batch: 1, columns: rest.length + 1 };
    const scores = llama.scores(llama.embed(first), first, targets); // [1, 16, 512]
    const logLikelihoods = await values(tf.logSoftmax(scores));
    const nll = rest.map((id, i) => -(logLikelihoods[i * 512 + id] ?? NaN));
    const last = (await values(scores)).subarray(-512);
    measuredAll("stories260K (released weights)", "wasm", "llama2.c's author", 1e-4, {
      "log-likelihoods": largestDifference(nll, golden.nll),
      logits: largestDifference(last, golden.last_logits),
    });

    const [text = []] = await llama.generate(llama.embed(first), first, { maxNewTokens: 255, stopId: 1 });
    const pieces = readPieces(readFileSync(path.join(folder, "tok512.bin")));
    const written = text
      .map((id) => pieces[id] ?? "")
      .join("")
      .trim();
    expect(written.length).toBeGreaterThan(200);
    expect(golden.greedy_from_bos_text.trim().startsWith(written) || written.startsWith(golden.greedy_from_bos_text.trim())).toBe(true); // prettier-ignore
  },
);

/** The `.bin` of llama2.c, version 0: seven numbers, then the tensors of all layers one kind after the other. */
function storiesModel(file: Buffer) {
  const header = new Int32Array(file.buffer.slice(file.byteOffset, file.byteOffset + 28));
  const [d = 0, feedForward = 0, layers = 0, heads = 0, keyHeads = 0, vocabulary = 0] = header;
  const headWidth = d / heads;
  let at = 28;
  const take = (count: number) => {
    const from = file.byteOffset + at;
    at += count * 4;
    return new Float32Array(file.buffer.slice(from, from + count * 4));
  };
  const each = (count: number) => Array.from({ length: layers }, () => take(count));
  const embeddings = take(vocabulary * d);
  const [norms, q, k, v, o] = [d, d * d, keyHeads * headWidth * d, keyHeads * headWidth * d, d * d].map(each);
  const [norms2, gate, down, up] = [d, feedForward * d, d * feedForward, feedForward * d].map(each);
  const last = take(d);
  const map = (numbers: Float32Array | undefined, out: number) => ({
    weight: tf.tensor2d(numbers ?? [], [out, (numbers?.length ?? 0) / out]),
    bias: undefined,
  });
  const rms = (numbers: Float32Array | undefined) => ({ weight: tf.tensor1d(numbers ?? []), shift: undefined, epsilon: 1e-5 }); // prettier-ignore
  const table = makeTokenTable(tf.tensor2d(embeddings, [vocabulary, d]), () => embeddings);
  return {
    table,
    head: table,
    positions: {
      kind: "rotary",
      frequencies: Float32Array.from({ length: headWidth / 2 }, (_, i) => 10_000 ** ((-2 * i) / headWidth)),
    },
    layers: Array.from({ length: layers }, (_, i): CausalLayer => ({
      attention: {
        norm: rms(norms?.[i]),
        query: map(halves(q?.[i], headWidth, d), d),
        key: map(halves(k?.[i], headWidth, d), keyHeads * headWidth),
        value: map(v?.[i], keyHeads * headWidth),
        output: map(o?.[i], d),
        heads,
        keyHeads,
      },
      feedForward: {
        norm: rms(norms2?.[i]),
        gate: map(gate?.[i], feedForward),
        input: map(up?.[i], feedForward),
        output: map(down?.[i], d),
      },
    })),
    norm: rms(last),
    window: Infinity,
  } as const;
}

/** llama2.c turns neighbours, Hugging Face's layout value i with value i + headWidth/2: the rows of each head in that order. */
function halves(matrix: Float32Array | undefined, headWidth: number, d: number): Float32Array {
  const moved = new Float32Array(matrix?.length ?? 0);
  for (let row = 0; row < moved.length / d; row++) {
    const within = row % headWidth;
    const to = row - within + (within % 2) * (headWidth / 2) + (within >> 1);
    moved.set(matrix?.subarray(row * d, (row + 1) * d) ?? [], to * d);
  }
  return moved;
}

/** The tokens' texts: a length, then for each token a score, its bytes' count and its bytes. */
function readPieces(file: Buffer): string[] {
  const pieces: string[] = [];
  for (let at = 4; at < file.length;) {
    const length = file.readInt32LE(at + 4);
    pieces.push(file.toString("utf8", at + 8, at + 8 + length));
    at += 8 + length;
  }
  return pieces;
}

type Stored = Readonly<Record<string, { readonly shape: readonly number[]; readonly data: string }>>;

test.skipIf(!isThere)("GPT-2 nano-sort: its author's tensors inside and behind three blocks", async () => {
  await startBackend("wasm");
  const read = (name: string) =>
    JSON.parse(readFileSync(path.join(data, "gpt2-nano-sort", name), "utf8")) as Stored;
  const [weights, golden] = [read("gpt-nano-sort-model.json"), read("gpt-nano-sort-t0-partials.json")];
  const numbers = (from: Stored, name: string) => {
    const bytes = Buffer.from(from[name]?.data ?? "", "base64");
    return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  };
  const load = (name: string) => tf.tensor(numbers(weights, name), [...(weights[name]?.shape ?? [])]);
  const [batch, rows, d, heads] = [3, 11, 48, 3];
  const layer = (i: number): CausalLayer => {
    const at = `transformer.h.${i}`;
    const normed = (name: string) => ({ weight: load(`${name}.weight`) as never, shift: load(`${name}.bias`) as never, epsilon: 1e-5 }); // prettier-ignore
    const map = (name: string) => ({ weight: load(`${name}.weight`) as Tensor2D, bias: load(`${name}.bias`) as never }); // prettier-ignore
    const all = map(`${at}.attn.c_attn`);
    const [query, key, value] = [0, 1, 2].map((part) => ({
      weight: tf.slice(all.weight, [part * d, 0], [d, d]) as Tensor2D,
      bias: tf.slice(all.bias as Tensor, [part * d], [d]) as never,
    }));
    if (!query || !key || !value) throw new Error("unreachable");
    const output = map(`${at}.attn.c_proj`);
    return {
      attention: { norm: normed(`${at}.ln_1`), query, key, value, output, heads, keyHeads: heads },
      feedForward: { norm: normed(`${at}.ln_2`), input: map(`${at}.mlp.c_fc`), gate: undefined, output: map(`${at}.mlp.c_proj`) }, // prettier-ignore
    };
  };
  const isVisible = (_: number, row: number, seen: number) => seen <= row;
  const bias = tf.tensor4d(attentionBias({ batch: 1, rows, keys: rows, group: 1, isVisible }), [
    1,
    1,
    rows,
    rows,
  ]);
  const context = { batch, bias, rotation: undefined };
  const different: Record<string, number> = {};
  const compare = async (name: string, found: Tensor) =>
    (different[name] = largestDifference(await values(found), numbers(golden, name)));

  const ids = Int32Array.from(numbers(golden, "idx"));
  expect(ids).toHaveLength(batch * rows);
  const words = tf.gather(load("transformer.wte.weight") as Tensor2D, tf.tensor1d(ids, "int32"));
  const places = load("transformer.wpe.weight") as Tensor2D;
  await compare("tok_emb", words);
  await compare("pos_emb", places);
  let x = tf.add(words, tf.tile(places, [batch, 1])) as Tensor2D; // [batch × rows, d]
  await compare("x", x);
  for (let i = 0; i < 3; i++) {
    const weights = layer(i);
    const { y: normal } = norm(weights.attention.norm, x);
    const attention = causalAttention(weights.attention, x, context);
    const residual = tf.clone(attention.y);
    const forward = causalFeedForward(weights.feedForward, attention.y);
    if (i === 0) {
      const { saved } = attention;
      if (!("probabilities" in saved)) throw new Error("the probabilities were not kept");
      const { query, key, value, probabilities } = saved;
      await compare("q", tf.mul(query, Math.sqrt(d / heads)));
      await compare("k", key);
      await compare("v", value);
      await compare("attSm", probabilities);
      await compare("ln1", normal);
      const parts = [weights.attention.query, weights.attention.key, weights.attention.value];
      await compare(
        "qkv",
        tf.concat(
          parts.map((part) => project(normal, part)),
          1,
        ),
      );
      // Of keys that are hidden the author has −Infinity and we a large number below 0.
      const scored = await values(tf.matMul(query, key, false, true));
      const theirs = numbers(golden, "att");
      const seen = (all: Float32Array) => all.filter((_, at) => Number.isFinite(theirs[at] ?? NaN));
      different["att"] = largestDifference(seen(scored), seen(theirs));
      const mixed = mergeHeads(tf.matMul(probabilities, value) as Tensor4D);
      await compare("y", mixed);
      await compare("yProj", project(mixed, weights.attention.output));
      await compare("attnResid", residual);
      await compare("ln2", norm(weights.feedForward.norm, residual).y);
      const [hidden] = forward.saved.hidden;
      if (!hidden) throw new Error("unreachable");
      await compare("fc", hidden);
      const active = activate("gelu", hidden);
      await compare("gelu", active);
      await compare("mlp", project(active, weights.feedForward.output));
      await compare("mlpResid", forward.y);
    }
    await compare(`block${i}`, forward.y);
    x = forward.y;
  }
  const last = { weight: load("transformer.ln_f.weight") as never, shift: load("transformer.ln_f.bias") as never, epsilon: 1e-5 }; // prettier-ignore
  const { y } = norm(last, x);
  await compare("ln_f", y);
  const scores = tf.matMul(y, load("lm_head.weight") as Tensor2D, false, true);
  await compare("lm_head", scores);
  await compare("probs", tf.softmax(scores));
  expect(Object.keys(different).sort()).toEqual(
    Object.keys(golden)
      .filter((name) => !["config", "idx"].includes(name))
      .sort(),
  );
  measuredAll("nano-sort (released weights)", "wasm", "its author's intermediate tensors", 1e-4, different);
});
