// Full fine-tuning of the tiny T5 from its first step to the files of its run.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findAdapters } from "../../../src/adapters/find-adapters.ts";
import { verifyAdapter } from "../../../src/adapters/verify-adapter.ts";
import { choice } from "../../../src/runtime/data/choice.ts";
import { jsonl } from "../../../src/runtime/data/jsonl.ts";
import { loadTask, type Task } from "../../../src/runtime/data/load-task.ts";
import type { WeightPlace } from "../../../src/runtime/models/inside.ts";
import { loadT5, type T5 } from "../../../src/runtime/models/t5.ts";
import type { Pretrained } from "../../../src/runtime/prompts/initialisers.ts";
import { renderReport } from "../../../src/runtime/report/report.ts";
import { tf } from "../../../src/runtime/tf.ts";
import { adamW } from "../../../src/runtime/train/adamw.ts";
import { runFit } from "../../../src/runtime/train/fit.ts";
import type { AnySettings } from "../../../src/runtime/train/run.ts";
import { linear } from "../../../src/runtime/train/schedules.ts";
import { evaluateAdapter } from "../../../src/runtime/train/use-adapter.ts";
import { openSafetensors, readSafetensors } from "../../../src/runtime/weights/safetensors.ts";
import { allWeights, everyWeight } from "../../support/full-fine-tuning.ts";
import { MemoryStream } from "../../support/memory-stream.ts";
import { loadTinyT5, tinyT5Folder } from "../../support/tiny-t5.ts";

const folder = mkdtempSync(path.join(tmpdir(), "dept-fit-full-"));
const spec = `sha256:${"0f".repeat(32)}`;
let backbone: T5;
let task: Task;
let weights: Readonly<Partial<Record<WeightPlace, Pretrained>>>;

beforeAll(async () => {
  backbone = await loadTinyT5("wasm");
  weights = await allWeights(backbone);
  const file = path.join(folder, "rows.jsonl");
  const texts = { animal: ["a dog that is", "of cat with"], place: ["the town in", "to land on the", "any"] };
  const rows = Object.entries(texts).flatMap(([label, all]) => all.map((text) => ({ text, label })));
  writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
  const source = jsonl(file);
  const target = choice("label", { animal: "animal", place: "the place" });
  const splits = { train: source, validation: source, test: source };
  task = await loadTask(backbone, { ...splits, input: "is {text}", target, maxTokens: 16 });
});
afterAll(() => {
  backbone.dispose();
  rmSync(folder, { recursive: true, force: true });
});

function settingsOf(
  name: string,
  changes: Partial<AnySettings> = {},
  of: TextBackbone = backbone,
): AnySettings {
  return {
    name,
    spec,
    backbone: of,
    task,
    parameters: weights,
    inside: everyWeight,
    groups: { weights: { tensors: Object.keys(weights), learningRate: 1e-3, weightDecay: 0.01 } },
    trained: backbone.identity.parameters,
    optimizer: adamW(),
    schedule: linear({ warmup: 2 }),
    steps: 12,
    batch: 3,
    clip: 1,
    evaluateEvery: 4,
    seed: 42,
    ...changes,
  };
}

type TextBackbone = AnySettings["backbone"];

async function fit(settings: AnySettings, resume = false) {
  const streams = { out: new MemoryStream(), log: new MemoryStream() };
  const surroundings = { runs: folder, steps: undefined, resume, ...streams };
  const record = await runFit(settings as Parameters<typeof runFit>[0], surroundings);
  return { record, run: path.join(folder, settings.name, "1"), out: streams.out.text };
}

test("it learns, the same twice over, and no tensor is left", async () => {
  const first = await fit(settingsOf("first"));
  const losses = first.record.steps.map(({ loss }) => loss);
  expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
  // The first run also made what the backbone keeps for each length it met.
  const before = tf.memory().numTensors;
  const second = await fit(settingsOf("second"));
  expect(second.record.steps.map(({ loss }) => loss)).toEqual(losses);
  expect(tf.memory().numTensors).toBe(before);
});

test("the adapter has the checkpoint's names, is sound, and is evaluated as it was saved", async () => {
  const { record, run } = await fit(settingsOf("sound"));
  const checkpoint = openSafetensors(path.join(tinyT5Folder, "model.safetensors"));
  const { tensors } = readSafetensors(path.join(run, "adapter.safetensors"));
  expect(Object.keys(tensors).sort()).toEqual([...checkpoint.tensors.keys()].sort());
  const moved = Object.entries(tensors).filter(([name, { data }]) => {
    const { data: began } = checkpoint.read(name);
    return data.some((value, at) => value !== began[at]);
  });
  expect(moved).toHaveLength(checkpoint.tensors.size);
  checkpoint.close();
  expect(findAdapters(run).map(verifyAdapter)).toMatchObject([
    { trained: backbone.identity.parameters, findings: [] },
  ]);
  const before = tf.memory().numTensors;
  expect(await evaluateAdapter(settingsOf("sound"), run, "test")).toMatchObject({
    accuracy: record.after?.accuracy,
  });
  expect(tf.memory().numTensors).toBe(before);
});

test("the report has a row for each kind of weight, not one for each block", async () => {
  const { record } = await fit(settingsOf("report"));
  const page = renderReport(record);
  expect(page).toContain("<td><code>query</code></td><td>6 × 32 × 32</td>");
  expect(page).not.toContain("SelfAttention");
});

test("the model folder is a backbone: it scores as the run did", async () => {
  const { record, run, out } = await fit(settingsOf("model"));
  expect(out).toContain("model.safetensors");
  const model = await loadT5(path.join(run, "model"), {}, { backend: "wasm" });
  const text = task.test.map(({ ids }) => ids);
  const scores = new Float32Array(text.length * task.classes.length);
  for (const [row, ids] of text.entries()) {
    const input = { ids, batch: 1, rows: ids.length, lengths: Int32Array.of(ids.length) };
    const embeddings = model.embed(input);
    const classes = task.classes.map((each) => each.ids);
    scores.set(await model.choiceLogLikelihoods(embeddings, input, classes), row * classes.length);
    embeddings.dispose();
  }
  model.dispose();
  const expected = record.after?.logLikelihoods ?? new Float32Array();
  const difference = Math.max(...scores.map((score, at) => Math.abs(score - (expected[at] ?? NaN))));
  expect(difference).toBeLessThan(1e-4);
});

test("where some weights are trained the others stay in the model as they were", async () => {
  const { attentionNorm, finalNorm } = weights;
  if (!attentionNorm || !finalNorm) throw new Error("the tiny T5 has norms");
  const { run } = await fit(
    settingsOf("norms", {
      parameters: { attentionNorm, finalNorm },
      groups: { norms: { tensors: ["attentionNorm", "finalNorm"], learningRate: 1e-3 } },
      trained: 6 * 32 + 2 * 32,
    }),
  );
  const read = (place: string) => readSafetensors(path.join(place, "model.safetensors")).tensors;
  const [began, ended] = [read(tinyT5Folder), read(path.join(run, "model"))];
  const changed = Object.keys(began).filter((name) =>
    began[name]?.data.some((value, at) => value !== ended[name]?.data[at]),
  );
  const isNorm = (name: string) => /(layer\.[01]|final)_?\.?layer_norm/.test(name);
  const kinds = new Set(changed.map((name) => name.replace(/\d+/g, "N")));
  expect(Object.keys(ended).sort()).toEqual(Object.keys(began).sort());
  expect(changed.filter((name) => !isNorm(name))).toEqual([]);
  expect(changed).toHaveLength(6 + 2);
  expect(kinds.size).toBe(4);
});

/** The backbone, sending this process SIGINT when a step asks it for the `at`-th gradient. */
function interrupted(at: number): TextBackbone {
  let calls = 0;
  return new Proxy<TextBackbone>(backbone, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key, target);
      if (key === "lossAndGradient" && ++calls === at) process.emit("SIGINT");
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

test.each([2, 7, 11])("interrupted in step %i, it goes on to the very bytes of a whole run", async (at) => {
  const whole = await fit(settingsOf(`whole ${at}`));
  const half = await fit(settingsOf(`half ${at}`, {}, interrupted(at)));
  expect(half.record.ending.kind).toBe("interrupted");
  const rest = await fit(settingsOf(`half ${at}`), true);
  expect(rest.record.steps.map(({ loss }) => loss)).toEqual(whole.record.steps.map(({ loss }) => loss));
  const tensors = ({ run }: typeof rest) => readSafetensors(path.join(run, "adapter.safetensors")).tensors;
  expect(tensors(rest)).toEqual(tensors(whole));
  const model = ({ run }: typeof rest) => readFileSync(path.join(run, "model/model.safetensors"));
  expect(model(rest).equals(model(whole))).toBe(true);
  expect(existsSync(path.join(rest.run, "checkpoint.safetensors"))).toBe(false);
});

test("when the numbers run away the weights of the last good step are kept", async () => {
  const groups = { weights: { tensors: Object.keys(weights), learningRate: 1e30 } };
  const { clip: _, ...settings } = settingsOf("runaway", { groups, schedule: linear({ warmup: 0 }) });
  await expect(fit(settings)).rejects.toThrow(
    /after step 1: the gradient of shared\.weight in step 2 holds NaN/,
  );
  const { tensors } = readSafetensors(path.join(folder, "runaway/1/adapter.safetensors"));
  const { tensors: began } = readSafetensors(path.join(tinyT5Folder, "model.safetensors"));
  expect(tensors["shared.weight"]).toEqual(began["shared.weight"]);
  expect(existsSync(path.join(folder, "runaway/1/model"))).toBe(false);
});

test("a shape that is not the backbone's is refused by name before anything is made", async () => {
  const before = tf.memory().numTensors;
  const parameters = { query: { kind: "pretrained", shape: [6, 16, 32], place: "query" } } as const;
  const groups = { weights: { tensors: ["query"], learningRate: 1e-3 } };
  await expect(fit(settingsOf("shape", { parameters, groups, trained: 6 * 16 * 32 }))).rejects.toThrow(
    /query was planned as \[6, 16, 32\], but encoder\.block\.0\.layer\.0\.SelfAttention\.q\.weight is \[32, 32\]/,
  );
  expect(tf.memory().numTensors).toBe(before);
});
