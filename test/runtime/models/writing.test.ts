// Against transformers' `generate`: texts made by test/fixtures/writing/make.py.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { BackendName } from "../../../src/runtime/backends/backend-choice.ts";
import { inputBatch } from "../../../src/runtime/data/batches.ts";
import type { GeneratingBackbone, InputBatch } from "../../../src/runtime/models/backbone.ts";
import { loadT5 } from "../../../src/runtime/models/t5.ts";
import { stdlib } from "../../../src/runtime/stdlib.ts";
import { measured } from "../../support/measured.ts";
import { startBackend, tf, type Tensor3D } from "../../../src/runtime/tf.ts";
import { causalInput, loadTinyCausal, readCausalGolden } from "../../support/tiny-causal.ts";
import { inputOf, loadTinyT5, readGolden, tensorOf, tinyT511Folder } from "../../support/tiny-t5.ts";

interface Texts {
  readonly greedy: number[][];
  readonly stopId: number;
  readonly stopped: number[][];
  readonly beams: readonly {
    readonly beams: number;
    readonly lengthPenalty: number;
    readonly early: boolean;
    readonly stopId: number;
    readonly texts: number[][];
  }[];
}

const golden = JSON.parse(readFileSync("test/fixtures/writing/golden.json", "utf8"));
const maxNewTokens: number = golden.maxNewTokens;
const backends = (process.env["DEPT_TEST_BACKENDS"]?.split(",") ?? ["wasm"]) as BackendName[];

interface Loaded {
  readonly model: GeneratingBackbone;
  readonly input: InputBatch;
  readonly prompted: Tensor3D;
}

const models: Readonly<Record<string, (backend: BackendName) => Promise<Loaded>>> = {
  "tiny-t5": async (backend) => t5(await loadTinyT5(backend), readGolden()),
  "tiny-t5-1.1": async (backend) =>
    t5(
      await loadT5(tinyT511Folder, { width: 32, activation: "gated_gelu", head: "untied" }, { backend }),
      readGolden(tinyT511Folder),
    ),
  gpt2: (backend) => causal("gpt2", backend),
  llama: (backend) => causal("llama", backend),
  mistral: (backend) => causal("mistral", backend),
  qwen: (backend) => causal("qwen", backend),
  "llama-tied": (backend) => causal("llama-tied", backend),
  embedded,
};

function t5(model: GeneratingBackbone, known: ReturnType<typeof readGolden>): Loaded {
  return { model, input: inputOf(known.batch), prompted: tensorOf(known.embeddings) };
}

/** The embedded backbone, which was trained and so writes words; its inputs have no prompt. */
async function embedded(backend: BackendName): Promise<Loaded> {
  const model = await loadT5(stdlib("data/wordnet-t5"), {}, { backend });
  const inputs: readonly (readonly number[])[] = golden.embeddedInputs;
  const examples = inputs.map((ids) => ({ text: "", ids: Int32Array.from(ids), label: 0 }));
  const input = inputBatch(examples, model.padId);
  return { model, input, prompted: model.embed(input) };
}

async function causal(name: Parameters<typeof readCausalGolden>[0], backend: BackendName): Promise<Loaded> {
  const known = readCausalGolden(name);
  const model = await loadTinyCausal(name, backend);
  return { model, input: causalInput(known), prompted: tensorOf(known.embeddings) };
}

const cases = Object.keys(models).flatMap((name) =>
  backends.flatMap((backend) => Object.keys(golden[name]).map((way) => [name, way, backend] as const)),
);

describe.each(cases)("%s, %s, on %s", (name, way, backend) => {
  const expected: Texts = golden[name][way];

  test("greedy texts and those of beams are those of transformers, and no tensor is left", async () => {
    await startBackend(backend);
    const before = tf.memory().numTensors;
    const load = models[name];
    if (!load) throw new Error(`no model ${name}`);
    const { model, input, prompted } = await load(backend);
    const embeddings = way === "prompted" ? prompted : model.embed(input);
    const apart = (found: number[][], texts: number[][]) =>
      found.filter((text, index) => text.join() !== texts[index]?.join()).length;
    const write = (options: Omit<Parameters<typeof model.generate>[2], "maxNewTokens">) =>
      model.generate(embeddings, input, { maxNewTokens, ...options });
    let differing = apart(await write({ stopId: -1 }), expected.greedy);
    let searched = 0;
    const loaded = tf.memory().numTensors;
    differing += apart(await write({ stopId: expected.stopId }), expected.stopped);
    for (const { beams: count, lengthPenalty, early: earlyStopping, stopId, texts } of expected.beams) {
      const beams = { count, lengthPenalty, earlyStopping };
      searched += apart(await write({ stopId, beams }), texts);
    }
    const of = (how: string) => ({
      what: `${name} ${way}, texts that differ, ${how}, cached keys and values, ${backend}`,
      against: "transformers",
      tolerance: 0,
    });
    measured(of("greedy"), differing);
    measured(of("beams"), searched);
    expect(tf.memory().numTensors).toBe(loaded);
    tf.dispose([prompted, embeddings]);
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

test("no model but the random T5 1.0 writes one word over and over", () => {
  const ways = (name: string) => Object.values<Texts>(golden[name]);
  const words = (name: string) => new Set(ways(name).flatMap(({ greedy }) => greedy.flat())).size;
  expect(Object.keys(models).filter((name) => words(name) < 4)).toEqual(["tiny-t5"]);
});

test("the settings of beams make a difference somewhere", () => {
  const found = Object.keys(models).flatMap(
    (name): Texts["beams"] => (golden[name].prompted ?? golden[name].plain).beams,
  );
  const byStop = (stopId: number) =>
    new Set(found.filter((each) => each.stopId === stopId).map(({ texts }) => JSON.stringify(texts)));
  expect(found.some(({ stopId }) => byStop(stopId).size > 2)).toBe(true);
});
