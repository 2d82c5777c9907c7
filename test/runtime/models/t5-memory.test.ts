import { expect, test } from "vitest";
import { tf, type Tensor3D } from "../../../src/runtime/tf.ts";
import { inputOf, loadTinyT5, readGolden, targetsOf, tensorOf } from "../../support/tiny-t5.ts";

const golden = readGolden();
const input = inputOf(golden.batch);
const targets = targetsOf(golden.batch);

for (const backend of ["wasm", "cpu"] as const) {
  test(`no call leaves a tensor behind but what it answers, on ${backend}`, async () => {
    const t5 = await loadTinyT5(backend);
    const embeddings = tensorOf<Tensor3D>(golden.embeddings);
    const calls = {
      lossAndGradient: async () => {
        const { loss, gradient } = t5.lossAndGradient(embeddings, input, targets);
        await loss.data();
        tf.dispose([loss, gradient]);
      },
      loss: async () => t5.loss(embeddings, input, targets).dispose(),
      scores: async () => t5.scores(embeddings, input, targets).dispose(),
      embed: async () => t5.embed(input).dispose(),
      choices: () => t5.choiceLogLikelihoods(embeddings, input, golden.choices),
    };
    for (const call of Object.values(calls)) await call(); // position biases are made at their first use
    for (const [name, call] of Object.entries(calls)) {
      const before = tf.memory();
      await call();
      const { numTensors, numDataBuffers } = tf.memory();
      expect([name, numTensors, numDataBuffers]).toEqual([name, before.numTensors, before.numDataBuffers]);
    }
  });
}

test("the embeddings stay the caller's", async () => {
  const t5 = await loadTinyT5("wasm");
  const embeddings = tensorOf<Tensor3D>(golden.embeddings);
  t5.lossAndGradient(embeddings, input, targets);
  t5.loss(embeddings, input, targets);
  await t5.choiceLogLikelihoods(embeddings, input, golden.choices);
  expect(Array.from(await embeddings.data())).toEqual(golden.embeddings.data.map(Math.fround));
});

test("disposing frees every tensor of the backbone, position biases included", async () => {
  await loadTinyT5("wasm");
  const before = tf.memory().numTensors;
  const t5 = await loadTinyT5("wasm");
  const words = t5.embed(input);
  t5.loss(words, input, targets).dispose();
  words.dispose();
  expect(tf.memory().numTensors).toBeGreaterThan(before);
  t5.dispose();
  expect(tf.memory().numTensors).toBe(before);
});

test("embeddings that do not fit the batch are refused", async () => {
  const t5 = await loadTinyT5("wasm");
  expect(() => t5.loss(tf.zeros([4, 3, 32]), input, targets)).toThrow(
    /\[4, 3, 32\].*\[4, prompt \+ 16, 32\]/,
  );
  expect(() => t5.loss(tf.zeros([3, 16, 32]), input, targets)).toThrow(/\[3, 16, 32\]/);
});

test("token ids outside the vocabulary are refused", async () => {
  const t5 = await loadTinyT5("wasm");
  expect(() => t5.embeddingRows([128])).toThrow(/token 128 is outside the vocabulary of 128/);
});

test("targets without a token are refused", async () => {
  const t5 = await loadTinyT5("wasm");
  const none = { ...targets, ids: targets.ids.map(() => -100) };
  expect(() => t5.loss(t5.embed(input), input, none)).toThrow(/targets without a token/);
});
