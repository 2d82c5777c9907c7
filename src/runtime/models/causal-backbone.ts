// A decoder-only language model as a frozen backbone: entered at its embeddings, forward and backward written out.
//
// The prompt stands in front of the text and the target right behind it, so offsets by position (`A` of DePT) meet the same
// tokens in training, scoring and generation; tokens of a target and tokens written get none. The method's reference code
// pads causal inputs on the left and puts the prompt before the padding, where the offsets' rows shift with the batch.

import { OperationalError } from "../operational-error.ts";
import { consume, free, scoped } from "../primitives/consume.ts";
import { norm, normBackward } from "../primitives/norm.ts";
import { makeRotation } from "../primitives/rotary.ts";
import { tf, type Tensor2D, type Tensor3D } from "../tf.ts";
import type {
  BackboneIdentity,
  GenerateOptions,
  GeneratingBackbone,
  InputBatch,
  TargetBatch,
} from "./backbone.ts";
import type { CausalContext, KeysAndValues } from "./causal-attention.ts";
import { readOn, runLayers, runLayersBackward } from "./causal-layers.ts";
import { attentionBias, lastRead, rowsRead, trainingLayout, type Visibility } from "./causal-layout.ts";
import { crossEntropy, crossEntropyAndGradient, logLikelihoods, scoreTokens } from "./language-head.ts";
import type { Inside } from "./inside.ts";
import type { LayerMemory } from "./layer-memory.ts";
import { continueFrom } from "./continue-from.ts";
import { contextTensors, pick, tokenWeights, type CausalModel } from "./causal-model.ts";
import { write } from "./write.ts";
import type { Writer } from "./writer.ts";

type Sight = Omit<Visibility, "group">;

export class CausalBackbone implements GeneratingBackbone {
  readonly identity: BackboneIdentity;
  readonly width: number;
  readonly vocabularySize: number;
  readonly padId: number;
  readonly endId: number;
  readonly #model: CausalModel;
  readonly #group: number;

  constructor(model: CausalModel, identity: BackboneIdentity) {
    const [vocabulary, width] = model.table.tensor.shape;
    this.identity = identity;
    this.width = width;
    this.vocabularySize = vocabulary;
    this.padId = model.padId;
    this.endId = model.endId;
    this.#model = model;
    const attention = model.layers[0]?.attention;
    this.#group = attention ? attention.heads / attention.keyHeads : 1;
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
    _inside?: Inside,
    memory?: LayerMemory,
  ) {
    const { layers } = this.#model;
    const run = this.#training(embeddings, input, targets);
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
    return { loss, gradient: shaped };
  }

  loss(embeddings: Tensor3D, input: InputBatch, targets: TargetBatch) {
    const rows = this.#targetRows(embeddings, input, targets);
    const weights = tokenWeights(targets);
    const loss = crossEntropy(this.#head, rows, targets.ids, weights);
    free(weights);
    return loss;
  }

  /** Scores of all tokens at every place of the targets, `[batch, columns, vocabulary]`; the caller disposes them. */
  scores(embeddings: Tensor3D, input: InputBatch, targets: TargetBatch): Tensor3D {
    const rows = this.#targetRows(embeddings, input, targets);
    const shape: [number, number, number] = [targets.batch, targets.columns, this.vocabularySize];
    return consume(rows, () => tf.reshape(scoreTokens(this.#head, rows), shape) as Tensor3D);
  }

  async choiceLogLikelihoods(
    embeddings: Tensor3D,
    input: InputBatch,
    choices: readonly (readonly number[])[],
  ) {
    const columns = Math.max(...choices.map((choice) => choice.length));
    const prefix = this.#prefix(embeddings, input, choices.length);
    const first = prefix.picked; // [batch × copies, width]
    const rest = columns > 1 ? this.#continuations(prefix, choices, columns - 1) : undefined;
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
    free(prefix.cache);
    const perToken = logLikelihoods(this.#head, hidden, labels); // [batch × copies × columns]
    const sums = consume(perToken, () => {
      const counted = tf.tensor1d(Float32Array.from(labels, (id) => (id < 0 ? 0 : 1)));
      return tf.sum(tf.reshape(tf.mul(perToken, counted), [-1, columns]), -1);
    });
    const values = (await sums.data()) as Float32Array;
    free(sums);
    return values;
  }

  async generate(embeddings: Tensor3D, input: InputBatch, options: GenerateOptions) {
    if (options.maxNewTokens === 0) return Array.from({ length: input.batch }, (): number[] => []);
    return write(this.#writer(embeddings, input), options);
  }

  dispose(): void {
    tf.dispose([...this.#model.tensors]);
  }

  get #head() {
    return { norm: undefined, table: this.#model.head, factor: 1, epsilon: 0 };
  }

  /** Writes on behind prompt and text of each input. */
  #writer(embeddings: Tensor3D, input: InputBatch): Writer {
    const { batch: inputs } = input;
    const { read, rows, picked, ...prefix } = this.#prefix(embeddings, input, 1);
    let { cache } = prefix;
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
      const context = this.#context({ batch, rows: 1, keys: rows + step + 1, isVisible }, positions);
      const x = this.#withPositions(this.#model.table.rows(tokens), positions);
      const after = readOn(this.#model.layers, x, context, cache);
      free([cache, contextTensors(context)]);
      cache = after.cache;
      step++;
      return score(after.last);
    };
    return { inputs, first: () => score(picked), next, dispose: () => free(cache) };
  }

  /** Normed rows that predict the targets, `[batch × columns, width]`. */
  #targetRows(embeddings: Tensor3D, input: InputBatch, targets: TargetBatch): Tensor2D {
    const run = this.#training(embeddings, input, targets);
    const { last, cache } = readOn(this.#model.layers, run.x, run.context);
    free([cache, contextTensors(run.context), run.isText]);
    const picked = pick(last, run.selector);
    free(run.selector);
    return consume(picked, () => norm(this.#model.norm, picked).y);
  }

  /** What the layers read in training: `x` is `[batch × total, width]`, `selector` `[batch, columns, total]`. */
  #training(embeddings: Tensor3D, input: InputBatch, targets: TargetBatch) {
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
    const context = this.#causal(total);
    const positions = Int32Array.from({ length: batch * total }, (_, i) => i % total);
    return { x: this.#withPositions(entered, positions), context: { ...context, batch }, isText, selector };
  }

  /** Every row sees itself and those before it: one bias and one rotation for the whole batch. */
  #causal(rows: number): CausalContext {
    const isVisible = (_: number, row: number, key: number) => key <= row && row - key < this.#model.window;
    return this.#context(
      { batch: 1, rows, keys: rows, isVisible },
      Int32Array.from({ length: rows }, (_, i) => i),
    );
  }

  #context(sight: Sight, positions: Int32Array): CausalContext {
    const { batch, rows, keys } = sight;
    const group = this.#group;
    const bias = tf.tensor4d(attentionBias({ ...sight, group }), [batch, 1, group * rows, keys]);
    const { positions: kind } = this.#model;
    const rotation = kind.kind === "rotary" ? makeRotation(positions, batch, kind.frequencies) : undefined;
    return { batch, bias, rotation };
  }

  /** Adds learned positions, prompt rows counted. Takes over `x`. */
  #withPositions(x: Tensor2D, positions: Int32Array): Tensor2D {
    const { positions: kind } = this.#model;
    if (kind.kind === "rotary") return x;
    const most = kind.table.tensor.shape[0];
    const needed = positions.reduce((max, position) => Math.max(max, position), 0) + 1;
    if (needed > most) {
      throw new OperationalError(
        `prompt, input and target take ${needed} positions, but the backbone has ${most}; lower max_tokens or the prompt's length`,
      );
    }
    return consume(x, () => tf.add(x, kind.table.rows(positions)) as Tensor2D);
  }

  /** Prompt and text read once: keys and values of every row, and the last real row `copies` times. */
  #prefix(embeddings: Tensor3D, input: InputBatch, copies: number) {
    const { batch } = input;
    const read = rowsRead(input, this.#promptRows(embeddings, input));
    const rows = embeddings.shape[1];
    const context = { ...this.#causal(rows), batch };
    const entered: Tensor2D = tf.reshape(embeddings, [-1, this.width]);
    const positions = Int32Array.from({ length: batch * rows }, (_, i) => i % rows);
    const { last, cache } = readOn(this.#model.layers, this.#withPositions(entered, positions), context);
    const selector = tf.tensor3d(lastRead(read, rows, copies), [batch, copies, rows]);
    const picked = pick(last, selector);
    free([selector, contextTensors(context)]);
    return { read, rows, cache: cache as readonly KeysAndValues[], picked };
  }

  /** Rows of each choice's tokens after each prefix, `[batch × copies × columns, width]`; the last token is not read. */
  #continuations(
    { read, rows, cache }: { read: Int32Array; rows: number; cache: readonly KeysAndValues[] },
    choices: readonly (readonly number[])[],
    columns: number,
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
    const context = this.#context({ batch, rows: queries, keys: rows + queries, isVisible }, positions);
    const ids = Array.from({ length: batch * queries }, (_, i) => {
      const choice = choices[Math.floor((i % queries) / columns)];
      return choice?.[i % columns] ?? this.padId;
    });
    const x = this.#withPositions(this.#model.table.rows(ids), positions);
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
