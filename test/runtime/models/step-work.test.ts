// The plan's count of multiply-adds beside the matrix products that a training step makes.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { check } from "../../../src/compile.ts";
import { memoryHost, nodeHost } from "../../../src/host.ts";
import { stepWork } from "../../../src/plan/work.ts";
import type { Backbone as Declared } from "../../../src/program/program.ts";
import type { Backbone } from "../../../src/runtime/models/backbone.ts";
import { loadBert } from "../../../src/runtime/models/bert.ts";
import { loadT5 } from "../../../src/runtime/models/t5.ts";
import { tf, type Tensor, type Tensor3D } from "../../../src/runtime/tf.ts";
import { tuneText } from "../../support/check-text.ts";
import { loadTinyCausal } from "../../support/tiny-causal.ts";

const [batch, words, prompt] = [2, 12, 5];
const wordnet = "stdlib/data/wordnet-t5";
const bertFolder = "test/fixtures/tiny-bert/bert";
const bertMask = (JSON.parse(readFileSync(`${bertFolder}/golden.json`, "utf8")) as { mask: number }).mask;

async function declared(file: string, tune: string): Promise<Declared> {
  const text = tuneText({ method: "prompt_tuning(length = 2)", groups: "group prompt { lr = 0.3 }" });
  const host = file === "main.dept" ? memoryHost({ "main.dept": text }, nodeHost()) : nodeHost();
  const { plans } = await check(file, host);
  const plan = plans.find(({ tune: { name } }) => name === tune);
  if (!plan) throw new Error(`no plan of ${tune} among ${plans.map((each) => each.tune.name).join(", ")}`);
  return plan.tune.backbone;
}

test.each<[string, () => Promise<Backbone>, string, string, number]>([
  ["t5", () => loadT5(wordnet, {}, { backend: "cpu" }), "main.dept", "it", 3],
  ["gpt2", () => loadTinyCausal("gpt2", "cpu"), "test/scenarios/causal/main.dept", "gpt2", 3],
  ["llama", () => loadTinyCausal("llama", "cpu"), "test/scenarios/causal/main.dept", "llama", 3],
  [
    "bert",
    () => loadBert(bertFolder, { width: 32 }, { backend: "cpu" }),
    "test/scenarios/masked-word/main.dept",
    "masked",
    1,
  ],
])(
  "a step of a %s makes the products that the plan counts, within 1%",
  async (_, load, file, tune, tokens) => {
    const backbone = await load();
    const ids = Int32Array.from({ length: batch * words }, (_, at) =>
      at % words === 4 ? bertMask : 10 + (at % 20),
    );
    const input = { ids, batch, rows: words, lengths: new Int32Array(batch).fill(words) };
    const targets = { ids: new Int32Array(batch * tokens).fill(7), batch, columns: tokens };
    const embeddings: Tensor3D = tf.randomNormal([batch, prompt + words, backbone.width]);
    const counted = countProducts(() => backbone.lossAndGradient(embeddings, input, targets));
    const predicted = batch * stepWork(await declared(file, tune), prompt + words, tokens);
    // A T5 leaves out what lies below its first cross-attention, where nothing learns; the others select the rows of the head by a product.
    expect(Math.abs(counted / predicted - 1)).toBeLessThan(0.01);
  },
);

/** Multiply-adds of the matrix products that `run` asks for. */
function countProducts(run: () => unknown): number {
  const engine = tf.engine();
  const { runKernel } = engine;
  let count = 0;
  engine.runKernel = ((name: string, inputs: Record<string, Tensor>, attrs: Record<string, unknown>) => {
    const result = runKernel.call(engine, name, inputs as never, attrs as never) as Tensor;
    if (name === "BatchMatMul") {
      const { a } = inputs;
      const inner = a?.shape.at(attrs["transposeA"] === true ? -2 : -1) ?? NaN;
      count += result.size * inner;
    }
    return result;
  }) as typeof engine.runKernel;
  try {
    run();
    return count;
  } finally {
    engine.runKernel = runKernel;
  }
}
