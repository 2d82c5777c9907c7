// T5 1.1 against transformers: numbers made by test/fixtures/tiny-t5-1.1/make.py.

import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import type { BackendName } from "../../../src/runtime/backends/backend-choice.ts";
import { concatRows, firstRows } from "../../../src/runtime/graph-operations.ts";
import { loadT5 } from "../../../src/runtime/models/t5.ts";
import { tf, type Tensor2D, type Tensor3D } from "../../../src/runtime/tf.ts";
import { temporaryFolder } from "../../support/damaged-file.ts";
import { measured, measuredAll } from "../../support/measured.ts";
import {
  inputOf,
  largestDifference,
  readGolden,
  relativeDifference,
  targetsOf,
  tensorOf,
  tinyT511Folder,
} from "../../support/tiny-t5.ts";

const golden = readGolden(tinyT511Folder);
const input = inputOf(golden.batch);
const targets = targetsOf(golden.batch);

const gated = { activation: "gated_gelu", head: "untied" } as const;

const backends = (process.env["DEPT_TEST_BACKENDS"]?.split(",") ?? ["wasm", "cpu"]) as BackendName[];

for (const backend of backends) {
  test(`a T5 1.1 computes what transformers computes on ${backend}`, async () => {
    const t5 = await loadT5(tinyT511Folder, { width: 32, ...gated }, { backend });
    expect(t5.identity.parameters).toBe(golden.parameters);
    const embeddings = tensorOf<Tensor3D>(golden.embeddings);
    const scores = t5.scores(embeddings, input, targets);
    const { loss, gradient } = t5.lossAndGradient(embeddings, input, targets);
    const alone = t5.loss(embeddings, input, targets);
    const bare = t5.lossAndGradient(t5.embed(input), input, targets);
    const choices = await t5.choiceLogLikelihoods(embeddings, input, golden.choices);
    const { withoutPrompt } = golden;
    const differences = {
      logits: largestDifference(await scores.data(), golden.logits.data),
      loss: largestDifference(await loss.data(), [golden.loss]),
      "loss alone": largestDifference(await alone.data(), [golden.loss]),
      "gradient of the embeddings": relativeDifference(
        await gradient.data(),
        golden.gradients.embeddings.data,
      ),
      "loss without a prompt": largestDifference(await bare.loss.data(), [withoutPrompt.loss]),
      "gradient without a prompt": relativeDifference(
        await bare.gradient.data(),
        withoutPrompt.gradient.data,
      ),
      "log-likelihoods of texts": largestDifference(choices, golden.choiceLogLikelihoods.data),
    };
    measuredAll("T5 1.1 (gated, untied)", backend, "transformers", 1e-4, differences);

    const words = t5.embed(input);
    const learned = (["P", "A", "B"] as const).map((name) => tensorOf<Tensor2D>(golden[name]));
    const found = tf.grads((P, A, B) =>
      concatRows(P as Tensor2D, tf.add(words, firstRows(tf.matMul(A, B), input.rows))),
    )(learned, gradient);
    for (const [index, name] of (["P", "A", "B"] as const).entries()) {
      const difference = relativeDifference(found[index]?.dataSync() ?? [], golden.gradients[name].data);
      const what = `T5 1.1 (gated, untied), gradient of ${name}, ${backend}`;
      measured({ what, against: "transformers", tolerance: 1e-4 }, difference);
    }
  });

  test(`no call leaves a tensor of a T5 1.1 behind on ${backend}`, async () => {
    const before = tf.memory().numTensors;
    const t5 = await loadT5(tinyT511Folder, gated, { backend });
    const embeddings = tensorOf<Tensor3D>(golden.embeddings);
    // Position biases are made at their first use.
    t5.loss(embeddings, input, targets).dispose();
    await t5.choiceLogLikelihoods(embeddings, input, golden.choices);
    const loaded = tf.memory().numTensors;
    const { loss, gradient } = t5.lossAndGradient(embeddings, input, targets);
    tf.dispose([loss, gradient]);
    t5.scores(embeddings, input, targets).dispose();
    await t5.choiceLogLikelihoods(embeddings, input, golden.choices);
    expect(tf.memory().numTensors).toBe(loaded);
    embeddings.dispose();
    t5.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });
}

const load = (folder: string, expected: Parameters<typeof loadT5>[1] = gated) =>
  loadT5(folder, expected, { backend: "wasm" });

/** A copy of the folder with other fields in config.json. */
function withConfig(change: Record<string, unknown>): string {
  const folder = path.join(temporaryFolder(), "t5");
  cpSync(tinyT511Folder, folder, { recursive: true });
  const file = path.join(folder, "config.json");
  const config = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
  writeFileSync(file, JSON.stringify({ ...config, ...change }));
  return folder;
}

test("a script compiled for the other feed-forward or the other head is refused with both", async () => {
  await expect(load(tinyT511Folder, {})).rejects.toThrow(
    "another backbone: activation is gated_gelu, not relu; head is untied, not tied. ",
  );
});

test.each([
  { model_type: "mt5" },
  { tie_word_embeddings: true, scale_decoder_outputs: false }, // as transformers 5 writes T5 1.1
])("a config.json with %j is the same model", async (change) => {
  const t5 = await load(withConfig(change));
  const loss = t5.loss(tensorOf(golden.embeddings), input, targets);
  expect(largestDifference(await loss.data(), [golden.loss])).toBeLessThan(1e-5);
  expect(t5.identity.parameters).toBe(golden.parameters);
});

test("a head that differs from the tied table of a T5 1.0 is refused", async () => {
  const tied = withConfig({ tie_word_embeddings: true });
  await expect(load(tied, { ...gated, head: "tied" })).rejects.toThrow(
    /lm_head\.weight differs from shared\.weight/,
  );
});
