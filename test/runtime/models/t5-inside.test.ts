// Methods inside the tiny T5's blocks against PEFT and torch, on a padded batch; and what they leave on the device.

import { readFileSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Tensor } from "../../../src/runtime/tf.ts";
import { tf } from "../../../src/runtime/tf.ts";
import { measured } from "../../support/measured.ts";
import type { T5 } from "../../../src/runtime/models/t5.ts";
import { insideMethods } from "../../support/inside-methods.ts";
import {
  type GoldenTensor,
  inputOf,
  largestDifference,
  loadTinyT5,
  readGolden,
  targetsOf,
  tensorOf,
} from "../../support/tiny-t5.ts";

interface GoldenMethod {
  readonly loss: number;
  readonly scale?: number;
  readonly tensors: Readonly<Record<string, GoldenTensor>>;
  readonly gradients: Readonly<Record<string, GoldenTensor>>;
  readonly choiceLogLikelihoods: GoldenTensor;
}

const file = new URL("../../fixtures/inside/golden.json", import.meta.url);
const golden = JSON.parse(readFileSync(file, "utf8")) as { readonly methods: Record<string, GoldenMethod> };
const { batch, choices } = readGolden();

let t5: T5;
beforeAll(async () => {
  t5 = await loadTinyT5("wasm");
});
afterAll(() => t5.dispose());

test.each(Object.keys(insideMethods))(
  "%s has the reference's loss, gradients and log-likelihoods",
  async (name) => {
    const expected = golden.methods[name];
    if (!expected) throw new Error(`no numbers for ${name}`);
    const input = inputOf(batch);
    const embeddings = t5.embed(input);
    const tensors = new Map(
      Object.entries(expected.tensors).map(([tensor, values]) => [tensor, tensorOf(values)]),
    );
    const inside = insideMethods[name]?.(
      <T extends Tensor>(tensor: string) => tensors.get(tensor) as T,
      expected.scale ?? 1,
    );
    t5.loss(embeddings, input, targetsOf(batch)).dispose();
    await t5.choiceLogLikelihoods(embeddings, input, choices); // the position biases of these sizes stay
    const before = tf.memory().numTensors;

    const { loss, gradient, inner } = t5.lossAndGradient(embeddings, input, targetsOf(batch), inside);
    const check = (what: string, difference: number, tolerance = 1e-4) =>
      measured(
        { what: `T5 1.0 with ${name}, ${what}, wasm`, against: "PEFT and torch", tolerance },
        difference,
      );
    check("loss", Math.abs((loss.dataSync()[0] ?? NaN) - expected.loss));
    let worst = 0;
    expect([...(inner?.keys() ?? [])]).toHaveLength(tensors.size);
    for (const [tensorName, tensor] of tensors) {
      const found = inner?.get(tensor);
      expect(found?.shape, tensorName).toEqual(tensor.shape);
      const difference = largestDifference(
        found?.dataSync() ?? [],
        expected.gradients[tensorName]?.data ?? [NaN],
      );
      expect(difference, tensorName).toBeLessThan(1e-4);
      worst = Math.max(worst, difference);
    }
    check("gradients of its tensors", worst);
    tf.dispose([loss, gradient, ...(inner?.values() ?? [])]);

    const plain = t5.loss(embeddings, input, targetsOf(batch), inside);
    expect(Math.abs((plain.dataSync()[0] ?? NaN) - expected.loss)).toBeLessThan(1e-4);
    plain.dispose();
    const scores = await t5.choiceLogLikelihoods(embeddings, input, choices, inside);
    check("log-likelihoods of texts", largestDifference(scores, expected.choiceLogLikelihoods.data), 1e-3);

    expect(tf.memory().numTensors).toBe(before);

    const maxNewTokens = 3;
    await t5.generate(embeddings, input, { maxNewTokens, stopId: -1 }); // the bias of this length stays
    const settled = tf.memory().numTensors;
    const [text = []] = await t5.generate(embeddings, input, { maxNewTokens, stopId: -1 }, inside);
    expect(tf.memory().numTensors).toBe(settled);
    expect(text).toHaveLength(maxNewTokens);
    for (const [place, token] of text.entries()) {
      const every = Array.from({ length: t5.vocabularySize }, (_, id) => [...text.slice(0, place), id]);
      const all = await t5.choiceLogLikelihoods(embeddings, input, every, inside);
      const ofFirst = all.subarray(0, t5.vocabularySize);
      expect(ofFirst.indexOf(Math.max(...ofFirst)), `token ${place}`).toBe(token);
    }
    tf.dispose([embeddings, ...tensors.values()]);
  },
);
