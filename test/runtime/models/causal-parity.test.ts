// Against transformers: numbers made by test/fixtures/tiny-causal/make.py.

import { describe, expect, test } from "vitest";
import type { BackendName } from "../../../src/runtime/backends/backend-choice.ts";
import type { CausalLanguageModel } from "../../../src/runtime/models/load-causal.ts";
import { tf, type Tensor3D } from "../../../src/runtime/tf.ts";
import {
  causalInput,
  causalTargets,
  loadTinyCausal,
  readCausalGolden,
  tinyCausal,
  type CausalGolden,
} from "../../support/tiny-causal.ts";
import { measuredAll } from "../../support/measured.ts";
import { largestDifference, tensorOf } from "../../support/tiny-t5.ts";

const backends = (process.env["DEPT_TEST_BACKENDS"]?.split(",") ?? ["wasm", "cpu"]) as BackendName[];
const cases = backends.flatMap((backend) => tinyCausal.map((name) => [name, backend] as const));
const ways = ["prompted", "plain"] as const;

/** The embeddings of a golden run: with prompt and offsets, or the words alone. */
function embeddingsOf(
  model: CausalLanguageModel,
  golden: CausalGolden,
  way: (typeof ways)[number],
): Tensor3D {
  return way === "prompted" ? tensorOf(golden.embeddings) : model.embed(causalInput(golden));
}

const values = async (tensor: { data(): Promise<unknown> }) => (await tensor.data()) as Float32Array;

describe.each(cases)("%s on %s", (name, backend) => {
  const golden = readCausalGolden(name);
  const input = causalInput(golden);
  const targets = causalTargets(golden);

  test.each(ways)("scores, loss, gradient and choices are those of transformers, %s", async (way) => {
    const model = await loadTinyCausal(name, backend);
    expect(model.identity.parameters).toBe(golden.parameters);
    const embeddings = embeddingsOf(model, golden, way);
    const expected = golden[way];

    const scores = await values(model.scores(embeddings, input, targets));
    const isCounted = (_: number, i: number) =>
      (targets.ids[Math.floor(i / model.vocabularySize)] ?? -1) >= 0;
    const counted = (all: ArrayLike<number>) => Array.from(all).filter(isCounted);
    const { loss, gradient } = model.lossAndGradient(embeddings, input, targets);
    const found = {
      logits: largestDifference(counted(scores), counted(expected.scores.data)),
      loss: largestDifference(await values(loss), [expected.loss]),
      "loss alone": largestDifference(await values(model.loss(embeddings, input, targets)), [expected.loss]),
      "gradient of the embeddings": largestDifference(await values(gradient), expected.gradient.data),
      "log-likelihoods of texts": largestDifference(
        await model.choiceLogLikelihoods(embeddings, input, golden.choices),
        expected.choices.data,
      ),
    };
    expect(gradient.shape).toEqual(expected.gradient.shape);
    measuredAll(`${name} ${way}`, backend, "transformers", 1e-4, found);
  });

  test.each(ways)("greedy texts are those of transformers, %s", async (way) => {
    const model = await loadTinyCausal(name, backend);
    const embeddings = embeddingsOf(model, golden, way);
    const { greedy } = golden[way];
    const written = await model.generate(embeddings, input, { maxNewTokens: 8, stopId: -1 });
    expect(written).toEqual(greedy);
    const stopId = greedy[0]?.[3] ?? -1;
    const stopped = greedy.map((text) =>
      text.includes(stopId) ? text.slice(0, text.indexOf(stopId)) : text,
    );
    expect(await model.generate(embeddings, input, { maxNewTokens: 8, stopId })).toEqual(stopped);
    expect(await model.generate(embeddings, input, { maxNewTokens: 0, stopId })).toEqual([[], [], []]);
  });

  test("no call leaves a tensor behind, and dispose leaves none at all", async () => {
    const before = tf.memory().numTensors;
    const model = await loadTinyCausal(name, backend);
    const embeddings = embeddingsOf(model, golden, "prompted");
    const loaded = tf.memory().numTensors;
    const { loss, gradient } = model.lossAndGradient(embeddings, input, targets);
    tf.dispose([loss, gradient, model.loss(embeddings, input, targets)]);
    expect(tf.memory().numTensors).toBe(loaded);
    model.scores(embeddings, input, targets).dispose();
    await model.choiceLogLikelihoods(embeddings, input, golden.choices);
    await model.choiceLogLikelihoods(embeddings, input, [[4], [5]]);
    expect(tf.memory().numTensors).toBe(loaded);
    await model.generate(embeddings, input, { maxNewTokens: 4, stopId: -1 });
    await model.generate(embeddings, input, {
      maxNewTokens: 4,
      stopId: golden.prompted.greedy[0]?.[1] ?? -1,
    });
    await model.generate(embeddings, input, { maxNewTokens: 0, stopId: -1 });
    expect(tf.memory().numTensors).toBe(loaded);
    embeddings.dispose();
    model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
});

test("positions that a GPT-2 does not have are refused with what to lower", async () => {
  const model = await loadTinyCausal("gpt2", "wasm");
  const rows = 70;
  const input = { ids: new Int32Array(rows), batch: 1, rows, lengths: Int32Array.of(rows) };
  const embeddings = model.embed(input);
  const loss = () => model.loss(embeddings, input, { ids: Int32Array.of(5, 1), batch: 1, columns: 2 });
  expect(loss).toThrow("take 71 positions, but the backbone has 64; lower max_tokens or the prompt's length");
});
