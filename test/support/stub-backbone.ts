// A backbone small enough to check by hand: it names the class whose word lies nearest to the mean of what it reads.

import type { TextBackbone } from "../../src/runtime/data/load-task.ts";
import type { InputBatch, TargetBatch } from "../../src/runtime/models/backbone.ts";
import { randomStream } from "../../src/runtime/random.ts";
import { tf, type Tensor1D, type Tensor2D, type Tensor3D } from "../../src/runtime/tf.ts";

const width = 6;
const padId = 0;
const endId = 1;
const unknownId = 2;
export const stubClasses = ["red", "green", "blue"] as const;

/** Words of a class lie around its own axis: `red0` … `red9`, `green0` … */
const words = stubClasses.flatMap((name) => [name, ...Array.from({ length: 10 }, (_, i) => `${name}${i}`)]);
const vocabulary = ["<pad>", "</s>", "<unk>", ...words, "<extra_id_0>"];

/**
 * Mean of all rows, moved by a constant that makes untuned predictions mostly "red"; its product with the word table
 * gives the first target token, and the end-of-text id follows. Tuning has only to learn the constant away.
 */
export function stubBackbone(options: { readonly gradient?: (step: number) => number } = {}): TextBackbone {
  const table = makeTable();
  const embedding = tf.tensor2d(table, [vocabulary.length, width]);
  const bias = tf.tensor2d([2.5, 0, 0, 0, 0, 0], [1, width]);
  let steps = 0;

  /** Log-probabilities of the first target token and of those after it: `[batch, vocabulary]` each. */
  const logProbabilities = (
    embeddings: Tensor3D,
    input: InputBatch,
  ): { first: Tensor2D; later: Tensor2D } => {
    const [batch, rows] = embeddings.shape;
    const prompt = rows - input.rows;
    const mask = tf.tensor3d(
      Float32Array.from({ length: batch * rows }, (_, at) =>
        at % rows < prompt + (input.lengths[Math.floor(at / rows)] ?? 0) ? 1 : 0,
      ),
      [batch, rows, 1],
    );
    const mean: Tensor2D = tf.div(tf.sum(tf.mul(embeddings, mask), 1), tf.sum(mask, 1));
    const first = tf.logSoftmax(tf.matMul<Tensor2D>(tf.add(tf.mul(mean, 3), bias), embedding, false, true));
    const end = tf.tensor2d(
      vocabulary.map((_, id) => (id === endId ? 5 : 0)),
      [1, vocabulary.length],
    );
    return { first, later: tf.logSoftmax(tf.add<Tensor2D>(end, tf.zeros([batch, 1]))) };
  };

  const lossOf = (
    embeddings: Tensor3D,
    input: InputBatch,
    { ids, columns, batch }: TargetBatch,
  ): Tensor1D => {
    const { first, later } = logProbabilities(embeddings, input);
    const terms = Array.from({ length: columns }, (_, column) => {
      const targets = Array.from({ length: batch }, (_, row) => ids[row * columns + column] ?? -100);
      const chosen = targets.flatMap((id) => vocabulary.map((_, word) => (word === id ? 1 : 0)));
      return tf.sum(tf.mul(column === 0 ? first : later, tf.tensor2d(chosen, [batch, vocabulary.length])));
    });
    const tokens = ids.filter((id) => id >= 0).length;
    return tf.reshape(tf.div(tf.neg(tf.addN(terms)), tokens), [1]);
  };

  return {
    identity: { name: "stub", architecture: "mean", width, parameters: table.length, sha256: "00" },
    width,
    vocabularySize: vocabulary.length,
    padId,
    endId,
    tokenizer: stubTokenizer,
    embed: ({ ids, batch, rows }) =>
      tf.tidy(() => tf.reshape(tf.gather(embedding, tf.tensor1d(ids, "int32")), [batch, rows, width])),
    embeddingRows: (ids) =>
      Float32Array.from(ids.flatMap((id) => [...table.subarray(id * width, (id + 1) * width)])),
    lossAndGradient: (embeddings, input, targets) =>
      tf.tidy(() => {
        const { value, grad } = tf.valueAndGrad((x) => tf.sum(lossOf(x as Tensor3D, input, targets)))(
          embeddings,
        );
        const factor = options.gradient?.(steps++) ?? 1;
        return {
          loss: tf.reshape(value, [1]) as Tensor1D,
          gradient: tf.mul(grad as Tensor3D, factor) as Tensor3D,
        };
      }),
    loss: (embeddings, input, targets) => tf.tidy(() => lossOf(embeddings, input, targets)),
    choiceLogLikelihoods: async (embeddings, input, choices) => {
      const { first, later } = tf.tidy(() => logProbabilities(embeddings, input));
      const [firstValues, laterValues] = await Promise.all([first.data(), later.data()]);
      tf.dispose([first, later]);
      return Float32Array.from({ length: input.batch * choices.length }, (_, at) => {
        const row = Math.floor(at / choices.length) * vocabulary.length;
        const ids = choices[at % choices.length] ?? [];
        return ids.reduce((sum, id, i) => sum + ((i === 0 ? firstValues : laterValues)[row + id] ?? NaN), 0);
      });
    },
    dispose: () => tf.dispose([embedding, bias]),
  };
}

/** Words between spaces; one token each. */
export const stubTokenizer: TextBackbone["tokenizer"] = {
  padId,
  endId,
  startIds: [],
  unknownId,
  vocabularySize: vocabulary.length,
  encode(text, { maxTokens = Infinity } = {}) {
    const ids = text
      .split(" ")
      .map((word) => (vocabulary.includes(word) ? vocabulary.indexOf(word) : unknownId));
    return { ids: [...ids.slice(0, maxTokens - 1), endId], fullLength: ids.length + 1 };
  },
  encodeTarget: (text) => stubTokenizer.encode(text),
  decode: (ids) => ids.map((id) => vocabulary[id]).join(" "),
  idOf: (token) => (vocabulary.includes(token) ? vocabulary.indexOf(token) : undefined),
};

function makeTable(): Float32Array {
  const random = randomStream(5, "stub");
  return Float32Array.from({ length: vocabulary.length * width }, (_, at) => {
    const word = vocabulary[Math.floor(at / width)] ?? "";
    const axis = stubClasses.findIndex((name) => word.startsWith(name));
    if (axis < 0) return 0;
    const own = at % width === axis ? 1 : 0;
    return (stubClasses.includes(word as "red") ? 2 * own : own) + 0.3 * random.normal();
  });
}
