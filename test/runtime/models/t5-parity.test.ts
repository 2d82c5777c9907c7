// Against transformers: numbers made by test/fixtures/tiny-t5/make.py.

import { beforeAll, expect, test } from "vitest";
import type { BackendName } from "../../../src/runtime/backends/backend-choice.ts";
import { tf, type Tensor2D, type Tensor3D } from "../../../src/runtime/tf.ts";
import { hasSoftwareAdapter, startSoftwareWebgpu } from "../../support/software-adapter.ts";
import { measured } from "../../support/measured.ts";
import {
  inputOf,
  largestDifference,
  loadTinyT5,
  readGolden,
  relativeDifference,
  targetsOf,
  tensorOf,
  type GoldenTensor,
} from "../../support/tiny-t5.ts";

const golden = readGolden();
const input = inputOf(golden.batch);
const targets = targetsOf(golden.batch);

// DEPT_TEST_BACKENDS=node runs the same checks on another backend where it is installed.
const here = ["wasm", "cpu", ...(hasSoftwareAdapter ? ["webgpu"] : [])];
const backends = (process.env["DEPT_TEST_BACKENDS"]?.split(",") ?? here) as BackendName[];

beforeAll(async () => {
  if (hasSoftwareAdapter && backends.includes("webgpu")) await startSoftwareWebgpu();
});

/** DePT's embeddings as a tape would see them: `[batch, 5 + rows, 32]`. */
function dept(words: Tensor3D, P: Tensor2D, A: Tensor2D, B: Tensor2D): Tensor3D {
  const rows = words.shape[1];
  const moved = tf.add(words, tf.slice(tf.matMul(A, B), [0, 0], [rows, -1]));
  const prompt = tf.add(tf.zeros([words.shape[0], ...P.shape]), P);
  return tf.concat([prompt, moved], 1) as Tensor3D;
}

function check(what: string, backend: string, difference: number): void {
  const tolerance = /^(loss|DePT)/.test(what) ? 1e-5 : 1e-4;
  measured({ what: `T5 1.0, ${what}, ${backend}`, against: "transformers", tolerance }, difference);
}

async function values(tensor: { data(): Promise<unknown> }): Promise<Float32Array> {
  return (await tensor.data()) as Float32Array;
}

for (const backend of backends) {
  test(`embeddings and scores of the tiny T5 are those of transformers on ${backend}`, async () => {
    const t5 = await loadTinyT5(backend);
    const embeddings = dept(t5.embed(input), tensorOf(golden.P), tensorOf(golden.A), tensorOf(golden.B));
    check("DePT's embeddings", backend, largestDifference(await values(embeddings), golden.embeddings.data));
    const scores = t5.scores(embeddings, input, targets);
    expect(scores.shape).toEqual(golden.logits.shape);
    check("logits", backend, largestDifference(await values(scores), golden.logits.data));
  });

  test(`loss and gradients of embeddings, P, A and B are those of transformers on ${backend}`, async () => {
    const t5 = await loadTinyT5(backend);
    const embeddings = tensorOf<Tensor3D>(golden.embeddings);
    const { loss, gradient } = t5.lossAndGradient(embeddings, input, targets);
    expect(loss.shape).toEqual([1]);
    check("loss", backend, largestDifference(await values(loss), [golden.loss]));
    expect(gradient.shape).toEqual(golden.gradients.embeddings.shape);
    const ofEmbeddings = relativeDifference(await values(gradient), golden.gradients.embeddings.data);
    check("gradient of the embeddings", backend, ofEmbeddings);

    const words = t5.embed(input);
    const method = tf.grads((P, A, B) => dept(words, P as Tensor2D, A as Tensor2D, B as Tensor2D));
    const learned = [golden.P, golden.A, golden.B].map((tensor: GoldenTensor) => tensorOf<Tensor2D>(tensor));
    const [dP, dA, dB] = method(learned, gradient);
    for (const [name, found] of [
      ["P", dP],
      ["A", dA],
      ["B", dB],
    ] as const) {
      const difference = relativeDifference(found ? await values(found) : [], golden.gradients[name].data);
      check(`gradient of ${name}`, backend, difference);
    }
  });

  test(`the loss without gradient is the same loss on ${backend}`, async () => {
    const t5 = await loadTinyT5(backend);
    const loss = t5.loss(tensorOf(golden.embeddings), input, targets);
    expect(largestDifference(await values(loss), [golden.loss])).toBeLessThan(1e-5);
  });

  test(`without prompt rows loss and gradient are those of transformers on ${backend}`, async () => {
    const t5 = await loadTinyT5(backend);
    const { loss, gradient } = t5.lossAndGradient(t5.embed(input), input, targets);
    const { withoutPrompt } = golden;
    check("loss without a prompt", backend, largestDifference(await values(loss), [withoutPrompt.loss]));
    const difference = relativeDifference(await values(gradient), withoutPrompt.gradient.data);
    check("gradient without a prompt", backend, difference);
  });

  test(`log-likelihoods of choices of unequal length are those of transformers on ${backend}`, async () => {
    const t5 = await loadTinyT5(backend);
    const found = await t5.choiceLogLikelihoods(tensorOf(golden.embeddings), input, golden.choices);
    check("log-likelihoods of texts", backend, largestDifference(found, golden.choiceLogLikelihoods.data));
  });
}
