// Against peft: test/fixtures/peft/make.py loaded what is exported here.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { memoryHost } from "../../src/host.ts";
import { fold } from "../../src/runtime/adapters/fold.ts";
import { loadBert } from "../../src/runtime/models/bert.ts";
import { startBackend, tf, type Tensor2D, type Tensor3D } from "../../src/runtime/tf.ts";
import type { Method } from "../../src/runtime/train/step.ts";
import { readSafetensors } from "../../src/runtime/weights/safetensors.ts";
import { exportedRuns, exportedTensors, tinyRun } from "../support/exported.ts";
import { causalInput, loadTinyCausal, readCausalGolden } from "../support/tiny-causal.ts";
import { measured } from "../support/measured.ts";
import {
  type GoldenTensor,
  inputOf,
  largestDifference,
  loadTinyT5,
  readGolden,
  targetsOf,
  tensorOf,
} from "../support/tiny-t5.ts";

const fixtures = "test/fixtures/peft";
const ofT5 = ["plain", "pair"] as const;

interface Loaded {
  readonly loss: number;
  readonly logits: GoldenTensor;
}
const loadedByPeft = (): Readonly<
  Record<"plain" | "pair", Loaded> & Record<"gpt2" | "llama" | "bert", GoldenTensor>
> => JSON.parse(readFileSync(`${fixtures}/golden.json`, "utf8"));

beforeAll(async () => {
  await startBackend("cpu");
});

async function dept(...args: readonly string[]) {
  const written = { out: "", err: "" };
  const code = await main(args, {
    host: memoryHost({}),
    out: (text) => void (written.out += text),
    err: (text) => void (written.err += text),
    color: false,
  });
  return { code, ...written };
}

const folder = () => mkdtempSync(join(tmpdir(), "dept-export-"));

test.each(exportedRuns)("--peft writes of a run %s the files that peft loaded", async (name) => {
  const to = join(folder(), "peft");
  const { code, err } = await dept("export", (await tinyRun(folder(), name)).path, "--peft", to);
  expect(code).toBe(0);
  expect(err.includes("load.py adds the offsets")).toBe(name !== "plain");
  const files = readdirSync(to).sort();
  expect(files).toEqual(readdirSync(`${fixtures}/${name}`).sort());
  for (const file of files.filter((each) => !each.endsWith(".safetensors"))) {
    expect(readFileSync(join(to, file), "utf8")).toBe(readFileSync(`${fixtures}/${name}/${file}`, "utf8"));
  }
  for (const file of files.filter((each) => each.endsWith(".safetensors"))) {
    const [own, loaded] = [to, `${fixtures}/${name}`].map(
      (each) => readSafetensors(join(each, file)).tensors,
    );
    for (const [tensor, { shape, data }] of Object.entries(loaded ?? {})) {
      expect(own?.[tensor]?.shape).toEqual(shape);
      expect(largestDifference(own?.[tensor]?.data ?? [], data)).toBeLessThan(1e-6);
    }
  }
  expect((await dept("verify", to)).code).toBe(0);
});

test.each(ofT5)("what peft computes with %s is what our own forward computes", async (name) => {
  const t5 = await loadTinyT5("cpu");
  const golden = readGolden();
  const [input, targets] = [inputOf(golden.batch), targetsOf(golden.batch)];
  const P = tensorOf<Tensor2D>(golden.P);
  const words = t5.embed(input);
  const pair = tf.matMul(tensorOf<Tensor2D>(golden.A), tensorOf<Tensor2D>(golden.B));
  const moved = name === "plain" ? words : tf.add(words, tf.slice(pair, [0, 0], [words.shape[1], -1]));
  const prompt = tf.add(tf.zeros([words.shape[0], ...P.shape]), P);
  const embeddings = tf.concat([prompt, moved], 1) as Tensor3D;
  const { loss, logits } = loadedByPeft()[name];
  const difference = largestDifference(await t5.scores(embeddings, input, targets).data(), logits.data);
  measured(
    { what: `exported to peft: ${name}, logits of a T5, cpu`, against: "PEFT", tolerance: 1e-4 },
    difference,
  );
  expect(largestDifference(await t5.loss(embeddings, input, targets).data(), [loss])).toBeLessThan(1e-5);
});

/** P in front of the words, and AB added to them. */
function tuned(name: "gpt2" | "llama" | "bert", words: Tensor3D): Tensor3D {
  const [P, A, B] = exportedTensors(name).map(([, { shape, data }]) => tf.tensor(data, [...shape]));
  const offset = tf.slice(tf.matMul(A as Tensor2D, B as Tensor2D), [0, 0], [words.shape[1], -1]);
  const prompt = tf.add(tf.zeros([words.shape[0], ...(P?.shape ?? [])]), P as Tensor2D);
  return tf.concat([prompt, tf.add(words, offset)], 1) as Tensor3D;
}

test.each(["gpt2", "llama"] as const)(
  "what peft computes with a %s's export is what ours computes",
  async (name) => {
    const model = await loadTinyCausal(name, "cpu");
    const input = causalInput(readCausalGolden(name));
    const anyWord = { ids: new Int32Array(input.batch).fill(5), batch: input.batch, columns: 1 };
    const scores = model.scores(tuned(name, model.embed(input)), input, anyWord); // at each input's last word
    const { data } = loadedByPeft()[name];
    const difference = largestDifference(await tf.logSoftmax(scores).data(), data);
    const what = `exported to peft: DePT on a ${name}, log-likelihoods, cpu`;
    measured({ what, against: "PEFT", tolerance: 1e-4 }, difference);
  },
);

test("what peft computes with a bert's export is what ours computes at the mask", async () => {
  const folder = "test/fixtures/tiny-bert/bert";
  const bert = await loadBert(`${process.cwd()}/${folder}`, {}, { backend: "cpu" });
  const { batch } = JSON.parse(readFileSync(`${folder}/golden.json`, "utf8"));
  const input = { ...batch, ids: Int32Array.from(batch.ids), lengths: Int32Array.from(batch.lengths) };
  const found = await bert.logLikelihoods(tuned("bert", bert.embed(input)), input).data();
  const what = "exported to peft: DePT on a bert, log-likelihoods, cpu";
  measured({ what, against: "PEFT", tolerance: 1e-4 }, largestDifference(found, loadedByPeft().bert.data));
});

test("--folded writes the prompt and scale·AB for every position", async () => {
  const run = await tinyRun(folder(), "pair");
  const file = join(folder(), "server.safetensors");
  expect((await dept("export", run.adapter, "--folded", file)).code).toBe(0);
  const { tensors, metadata } = readSafetensors(file);
  expect(metadata).toMatchObject({ format: "dept-folded/1", name: "pair" });
  const { P, A, B } = readGolden();
  const product = tf.matMul(tensorOf<Tensor2D>(A), tensorOf<Tensor2D>(B));
  expect(tensors["prompt"]?.shape).toEqual(P.shape);
  expect(tensors["offset"]?.shape).toEqual(product.shape);
  expect(largestDifference(tensors["prompt"]?.data ?? [], P.data)).toBeLessThan(1e-7);
  const difference = largestDifference(tensors["offset"]?.data ?? [], await product.data());
  const what = "folded for inference: scale·AB of every position, cpu";
  measured({ what, against: "the product itself", tolerance: 1e-6 }, difference);
});

test("a method whose offset depends on the words cannot be folded, and folding frees what it made", async () => {
  const values = new Map([["W", { shape: [2, 2], data: Float32Array.of(1, 0.5, 0.5, 1) }]]);
  const before = tf.memory().numTensors;
  const perToken: Method = ({ W }, x) =>
    tf.add(x, tf.reshape(tf.matMul(tf.reshape(x, [-1, 2]), W as Tensor2D), x.shape));
  const fixed: Method = ({ W }, x) => tf.concat([tf.expandDims(W as Tensor2D, 0), x], 1) as Tensor3D;
  expect(await fold(perToken, values, 3, 2)).toBeUndefined();
  expect((await fold(fixed, values, 3, 2))?.prompt.shape).toEqual([2, 2]);
  expect(tf.memory().numTensors).toBe(before);
});

test("what cannot be exported is said in one line", async () => {
  expect(await dept("export", "nowhere", "--peft", "x")).toMatchObject({
    code: 1,
    err: "error: nowhere: no such file\n",
  });
  expect((await dept("export", "nowhere")).code).toBe(2);
  const run = await tinyRun(folder(), "pair");
  rmSync(run.folded);
  const { code, err } = await dept("export", run.path, "--folded", join(folder(), "f"));
  expect([code, err]).toEqual([
    1,
    expect.stringContaining("folded.safetensors: no such file; a run leaves it"),
  ]);
});
