// A decoder-only language model as a frozen backbone: entered at its embeddings, forward and backward written out.
//
// The prompt stands in front of the text and the target right behind it, so offsets by position (`A` of DePT) meet the same
// tokens in training, scoring and generation; tokens of a target and tokens written get none. The method's reference code
// pads causal inputs on the left and puts the prompt before the padding, where the offsets' rows shift with the batch.

import { consume, free, scoped } from "../primitives/consume.ts";
import { norm, normBackward } from "../primitives/norm.ts";
import { tf, type Tensor2D, type Tensor3D } from "../tf.ts";
import type {
  BackboneIdentity,
  GenerateOptions,
  GeneratingBackbone,
  InputBatch,
  TargetBatch,
} from "./backbone.ts";
import type { KeysAndValues } from "./causal-attention.ts";
import { readOn, runLayers, runLayersBackward } from "./causal-layers.ts";
import { lastRead, rowsRead, trainingLayout } from "./causal-layout.ts";
import { causalContext, contextOf, withPositions } from "./causal-places.ts";
import { crossEntropy, crossEntropyAndGradient, logLikelihoods, scoreTokens } from "./language-head.ts";
import type { LayerMemory } from "./layer-memory.ts";
import { continueFrom } from "./continue-from.ts";
import { contextTensors, pick, tokenWeights, type CausalModel } from "./causal-model.ts";
import { insideRun, tensorsIn, type Inside, type InsideRun } from "./inside.ts";
import { write } from "./write.ts";
import type { Writer } from "./writer.ts";

export class CausalBackbone implements GeneratingBackbone {
  readonly identity: BackboneIdentity;
  readonly width: number;
  readonly vocabularySize: number;
  readonly padId: number;
  readonly endId: number;
  readonly takesInside = true;
  readonly #model: CausalModel;

  constructor(model: CausalModel, identity: BackboneIdentity) {
    const [vocabulary, width] = model.table.matrix.shape;
    this.identity = identity;
    this.width = width;
    this.vocabularySize = vocabulary;
    this.padId = model.padId;
    this.endId = model.endId;
    this.#model = model;
  }

  embed({ ids, batch, rows }: InputBatch): Tensor3D {
    return scoped(() => tf.reshape(this.#model.table.rows(ids), [batch, rows, this.width]));
  }

  embeddingRows(ids: readonly number[]): Float32Array {
    return this.#model.table.values(ids);
  }

  lossAndGradient(
    embeddings: Tensor3D,
    input: InputBatch,
    targets: TargetBatch,
    inside?: Inside,
    memory?: LayerMemory,
  ) {
    const { layers } = this.#model;
    const run = this.#training(embeddings, input, targets, inside);
    const { last, saved } = runLayers(layers, run.x, run.context, memory);
    const picked = pick(last, run.selector);
    const { y, saved: normSaved } = consume(picked, () => norm(this.#model.norm, picked));
    const weights = tokenWeights(targets);
    const { loss, gradient } = crossEntropyAndGradient(this.#head, y, targets.ids, weights);
    const dLast = consume([gradient, normSaved, weights, run.selector], () => {
      const dPicked = normBackward(this.#model.norm, gradient, normSaved);
      const shaped = tf.reshape(dPicked, [targets.batch, targets.columns, this.width]);
      return tf.reshape(tf.matMul(run.selector, shaped, true, false), [-1, this.width]) as Tensor2D;
    });
    const dx = runLayersBackward(layers, dLast, saved, run.context);
    const shaped = consume([dx, run.isText, contextTensors(run.context)], () => {
      const all = tf.mul(tf.reshape(dx, [input.batch, -1, this.width]), run.isText);
      return tf.slice(all, [0, 0, 0], embeddings.shape) as Tensor3D;
    });
    const inner = inside && run.context.run?.gradients.take(tensorsIn(inside));
    return { loss, gradient: shaped, ...(inner ? { inner } : {}) };
  }

  loss(embeddings: Tensor3D, input: InputBatch, targets: TargetBatch, inside?: Inside) {
    const rows = this.#targetRows(embeddings, input, targets, inside);
    const weights = tokenWeights(targets);
    const loss = crossEntropy(this.#head, rows, targets.ids, weights);
    free(weights);
    return loss;
  }

  /** Scores of all tokens at every place of the targets, `[batch, columns, vocabulary]`; the caller disposes them. */
  scores(embeddings: Tensor3D, input: InputBatch, targets: TargetBatch, inside?: Inside): Tensor3D {
    const rows = this.#targetRows(embeddings, input, targets, inside);
    const shape: [number, number, number] = [targets.batch, targets.columns, this.vocabularySize];
    return consume(rows, () => tf.reshape(scoreTokens(this.#head, rows), shape) as Tensor3D);
  }

  async choiceLogLikelihoods(
    embeddings: Tensor3D,
    input: InputBatch,
    choices: readonly (readonly number[])[],
    inside?: Inside,
  ) {
    const columns = Math.max(...choices.map((choice) => choice.length));
    const run = insideRun(inside);
    const opening = this.#opening(embeddings, input, choices.length, run);
    const first = opening.picked; // [batch × copies, width]
    const rest = columns > 1 ? this.#continuations(opening, choices, columns - 1, run) : undefined;
    const labels = Int32Array.from({ length: input.batch * choices.length * columns }, (_, i) => {
      const choice = choices[Math.floor(i / columns) % choices.length];
      return choice?.[i % columns] ?? -100;
    });
    const hidden = consume(rest ? [first, rest] : first, () => {
      const texts = input.batch * choices.length;
      const start = tf.reshape(first, [texts, 1, this.width]);
      const all = rest ? tf.concat([start, tf.reshape(rest, [texts, columns - 1, this.width])], 1) : start;
      return norm(this.#model.norm, tf.reshape(all, [-1, this.width])).y;
    });
    free(opening.cache);
    const perToken = logLikelihoods(this.#head, hidden, labels); // [batch × copies × columns]
    const sums = consume(perToken, () => {
      const counted = tf.tensor1d(Float32Array.from(labels, (id) => (id < 0 ? 0 : 1)));
      return tf.sum(tf.reshape(tf.mul(perToken, counted), [-1, columns]), -1);
    });
    const values = (await sums.data()) as Float32Array;
    free(sums);
    return values;
  }

  async generate(embeddings: Tensor3D, input: InputBatch, options: GenerateOptions, inside?: Inside) {
    if (options.maxNewTokens === 0) return Array.from({ length: input.batch }, (): number[] => []);
    return write(this.#writer(embeddings, input, insideRun(inside)), options);
  }

  dispose(): void {
    tf.dispose([...this.#model.tensors]);
  }

  get #head() {
    return { norm: undefined, table: this.#model.head, factor: 1, epsilon: 0 };
  }

  /** Writes on behind prompt and text of each input. */
  #writer(embeddings: Tensor3D, input: InputBatch, run: InsideRun | undefined): Writer {
    const { batch: inputs } = input;
    const { read, rows, picked, ...opening } = this.#opening(embeddings, input, 1, run);
    let { cache } = opening;
    let step = 0;
    const score = (last: Tensor2D): Tensor2D =>
      consume(last, () => scoreTokens(this.#head, norm(this.#model.norm, last).y));
    const next = (tokens: Int32Array, from: Int32Array): Tensor2D => {
      const batch = tokens.length;
      cache = cache.map((layer) => continueFrom(layer, inputs, from));
      const readOf = (text: number) => read[Math.floor((text * inputs) / batch)] ?? 0;
      const positions = Int32Array.from({ length: batch }, (_, text) => readOf(text) + step);
      const isVisible = (text: number, _: number, key: number) => {
        const keyPosition = key < rows ? key : readOf(text) + key - rows;
        return (key >= rows || key < readOf(text)) && readOf(text) + step - keyPosition < this.#model.window;
      };
      const sight = { batch, rows: 1, keys: rows + step + 1, isVisible };
      const context = contextOf(this.#model, sight, positions, run);
      const x = withPositions(this.#model, this.#model.table.rows(tokens), positions, run);
      const after = readOn(this.#model.layers, x, context, cache);
      free([cache, contextTensors(context)]);
      cache = after.cache;
      step++;
      return score(after.last);
    };
    return { inputs, first: () => score(picked), next, dispose: () => free(cache) };
  }

  /** Normed rows that predict the targets, `[batch × columns, width]`. */
  #targetRows(embeddings: Tensor3D, input: InputBatch, targets: TargetBatch, inside?: Inside): Tensor2D {
    const run = this.#training(embeddings, input, targets, inside);
    const { last, cache } = readOn(this.#model.layers, run.x, run.context);
    free([cache, contextTensors(run.context), run.isText]);
    const picked = pick(last, run.selector);
    free(run.selector);
    return consume(picked, () => norm(this.#model.norm, picked).y);
  }

  /** What the layers read in training: `x` is `[batch × total, width]`, `selector` `[batch, columns, total]`. */
  #training(embeddings: Tensor3D, input: InputBatch, targets: TargetBatch, inside: Inside | undefined) {
    const { batch } = input;
    const { columns } = targets;
    const layout = trainingLayout(input, targets, this.#promptRows(embeddings, input));
    const { total } = layout;
    const isText = tf.tensor3d(layout.isText, [batch, total, 1]);
    const selector = tf.tensor3d(layout.selector, [batch, columns, total]);
    const entered = scoped(() => {
      const missing = total - embeddings.shape[1];
      const padded = missing > 0 ? tf.pad(embeddings, [[0, 0], [0, missing], [0, 0]]) : embeddings; // prettier-ignore
      const following = tf.reshape(this.#model.table.rows(layout.following), [batch, total, this.width]);
      return tf.reshape(tf.add(tf.mul(padded, isText), following), [-1, this.width]) as Tensor2D;
    });
    const run = insideRun(inside);
    const context = { ...causalContext(this.#model, total, run), batch };
    const positions = Int32Array.from({ length: batch * total }, (_, i) => i % total);
    return { x: withPositions(this.#model, entered, positions, run), context, isText, selector };
  }

  /** Prompt and text read once: keys and values of every row, and the last real row `copies` times. */
  #opening(embeddings: Tensor3D, input: InputBatch, copies: number, run: InsideRun | undefined) {
    const { batch } = input;
    const read = rowsRead(input, this.#promptRows(embeddings, input));
    const rows = embeddings.shape[1];
    const context = { ...causalContext(this.#model, rows, run), batch };
    const entered: Tensor2D = tf.reshape(embeddings, [-1, this.width]);
    const positions = Int32Array.from({ length: batch * rows }, (_, i) => i % rows);
    const x = withPositions(this.#model, entered, positions, run);
    const { last, cache } = readOn(this.#model.layers, x, context);
    const selector = tf.tensor3d(lastRead(read, rows, copies), [batch, copies, rows]);
    const picked = pick(last, selector);
    free([selector, contextTensors(context)]);
    return { read, rows, cache: cache as readonly KeysAndValues[], picked };
  }

  /** Rows of each choice's tokens after each opening, `[batch × copies × columns, width]`; the last token is not read. */
  #continuations(
    { read, rows, cache }: { read: Int32Array; rows: number; cache: readonly KeysAndValues[] },
    choices: readonly (readonly number[])[],
    columns: number,
    run: InsideRun | undefined,
  ): Tensor2D {
    const batch = read.length;
    const queries = choices.length * columns;
    const positions = Int32Array.from(
      { length: batch * queries },
      (_, i) => (read[Math.floor(i / queries)] ?? 0) + (i % columns),
    );
    const isVisible = (example: number, row: number, key: number) => {
      const length = read[example] ?? 0;
      const own = key - rows; // among the choices' tokens
      const isBefore = own < 0 ? key < length : sameText(own, row, columns) && own <= row;
      const keyPosition = own < 0 ? key : length + (own % columns);
      return isBefore && length + (row % columns) - keyPosition < this.#model.window;
    };
    const sight = { batch, rows: queries, keys: rows + queries, isVisible };
    const context = contextOf(this.#model, sight, positions, run);
    const ids = Array.from({ length: batch * queries }, (_, i) => {
      const choice = choices[Math.floor((i % queries) / columns)];
      return choice?.[i % columns] ?? this.padId;
    });
    const x = withPositions(this.#model, this.#model.table.rows(ids), positions, run);
    const { last, cache: own } = readOn(this.#model.layers, x, context, cache);
    free([own, contextTensors(context)]);
    return last;
  }

  #promptRows(embeddings: Tensor3D, { batch, rows }: InputBatch): number {
    const prompt = embeddings.shape[1] - rows;
    if (embeddings.shape[0] !== batch || prompt < 0 || embeddings.shape[2] !== this.width) {
      throw new Error(
        `embeddings are [${embeddings.shape.join(", ")}], the batch needs [${batch}, prompt + ${rows}, ${this.width}]`,
      );
    }
    return prompt;
  }
}

function sameText(a: number, b: number, columns: number): boolean {
  return Math.floor(a / columns) === Math.floor(b / columns);
}
