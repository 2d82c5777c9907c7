// Weights that have moved act wherever the backbone computes: as a checkpoint that holds them would.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, test } from "vitest";
import { saveModel } from "../../../src/runtime/adapters/save-model.ts";
import { loadT5 } from "../../../src/runtime/models/t5.ts";
import { pretrained } from "../../../src/runtime/prompts/initialisers.ts";
import { randomStream } from "../../../src/runtime/random.ts";
import { startBackend, tf, type Tensor3D } from "../../../src/runtime/tf.ts";
import {
  copyValues,
  createParameters,
  disposeParameters,
  upload,
} from "../../../src/runtime/train/parameters.ts";
import { readPretrained } from "../../../src/runtime/train/pretrained.ts";
import { insideOf, type Method } from "../../../src/runtime/train/step.ts";
import { allWeights, everyWeight } from "../../support/full-fine-tuning.ts";
import { stubBackbone } from "../../support/stub-backbone.ts";
import {
  inputOf,
  largestDifference,
  readGolden,
  targetsOf,
  tinyT511Folder,
  tinyT5Folder,
} from "../../support/tiny-t5.ts";

const folder = mkdtempSync(path.join(tmpdir(), "dept-trained-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const method: Method = Object.assign((_: unknown, x: Tensor3D) => x, { inside: everyWeight });

test.each([
  ["tied, with relu", tinyT5Folder, {}],
  ["untied, gated", tinyT511Folder, { activation: "gated_gelu", head: "untied" }],
] as const)(
  "%s: loss, log-likelihoods and texts are those of the model that was saved",
  async (name, of, dimensions) => {
    const backbone = await loadT5(of, dimensions, { backend: "wasm" });
    const { batch, choices } = readGolden(of);
    const [input, targets] = [inputOf(batch), targetsOf(batch)];
    const initialisers = await allWeights(backbone);
    const groups = { weights: { tensors: Object.keys(initialisers), learningRate: 1e-3 } };
    const weights = await readPretrained(initialisers, backbone);
    const parameters = createParameters(initialisers, groups, backbone, 1, {}, undefined, weights);
    const random = randomStream(5, name);
    for (const parameter of parameters) {
      parameter.values.forEach((value, at) => (parameter.values[at] = value + 0.05 * random.normal()));
      upload(parameter);
    }
    const place = path.join(folder, path.basename(of));
    await saveModel(place, backbone, copyValues(parameters));
    const saved = await loadT5(place, dimensions, { backend: "wasm" });

    const inside = insideOf(method, parameters);
    const words = backbone.embed(input, inside);
    const itsWords = saved.embed(input);
    expect(words.dataSync()).toEqual(itsWords.dataSync());
    const [loss, itsLoss] = [
      backbone.loss(words, input, targets, inside),
      saved.loss(itsWords, input, targets),
    ];
    expect(loss.dataSync()).toEqual(itsLoss.dataSync());
    const plain = backbone.loss(words, input, targets);
    expect(Math.abs((plain.dataSync()[0] ?? NaN) - (loss.dataSync()[0] ?? NaN))).toBeGreaterThan(1e-3);
    const scores = await backbone.choiceLogLikelihoods(words, input, choices, inside);
    expect(largestDifference(scores, await saved.choiceLogLikelihoods(itsWords, input, choices))).toBe(0);
    for (const beams of [undefined, { count: 3 }]) {
      const options = { maxNewTokens: 6, stopId: saved.endId, ...(beams ? { beams } : {}) };
      const texts = await backbone.generate(words, input, options, inside);
      expect(texts).toEqual(await saved.generate(itsWords, input, options));
    }
    tf.dispose([words, itsWords, loss, itsLoss, plain]);
    saved.dispose();

    const before = tf.memory().numTensors;
    const again = backbone.embed(input, inside);
    await backbone.choiceLogLikelihoods(again, input, choices, inside);
    await backbone.generate(again, input, { maxNewTokens: 4, stopId: -1 }, inside);
    again.dispose();
    expect(tf.memory().numTensors).toBe(before);
    disposeParameters(parameters);
    backbone.dispose();
  },
);

test("a backbone whose weights cannot be trained says so before anything is made", async () => {
  await startBackend("cpu");
  const backbone = stubBackbone();
  const initialisers = { query: pretrained([2, 3, 3], "query") };
  await expect(readPretrained(initialisers, backbone)).rejects.toThrow(
    /stub: the weights of mean cannot be trained yet; take a T5/,
  );
  backbone.dispose();
});
