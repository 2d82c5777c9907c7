// BERT and RoBERTa as a frozen backbone: entered at the word embeddings, read at one masked word of each input.
//
// Positions, token types and the first norm are inside. Prompt rows stand before [CLS] and take the first positions, as
// PEFT's prompt tuning has it; every row is of the first token type.

import { free, scoped } from "../primitives/consume.ts";
import { layerNorm, layerNormBackward, layerNormed } from "../primitives/layer-norm.ts";
import { OperationalError } from "../operational-error.ts";
import { tf, type Tensor2D, type Tensor3D, type Tensor4D } from "../tf.ts";
import type { Backbone, BackboneIdentity, InputBatch, TargetBatch } from "./backbone.ts";
import type { BertConfig } from "./bert-config.ts";
import { encodeBert, encodeBertBackward, encodeBertOnly } from "./bert-encoder.ts";
import { disposeBertWeights, type BertWeights } from "./bert-weights.ts";
import { insideRun, prefixRows, tensorsIn, type Inside } from "./inside.ts";
import type { LayerMemory } from "./layer-memory.ts";
import { maskedLogLikelihoods, maskedLoss, maskedLossAndGradient, selection } from "./masked-word-head.ts";

const hidden = -1e9; // added to the score of a key that must not be seen

/** The tokens an input is made with. */
export interface BertTokens {
  readonly endId: number;
  readonly maskId: number;
}

/** The backbone over weights already on the device; it takes them over. */
export class BertBackbone implements Backbone {
  readonly identity: BackboneIdentity;
  readonly width: number;
  readonly vocabularySize: number;
  readonly padId: number;
  readonly endId: number;
  readonly takesInside = true;
  readonly #maskId: number;
  readonly #config: BertConfig;
  readonly #weights: BertWeights;

  constructor(
    config: BertConfig,
    weights: BertWeights,
    { endId, maskId }: BertTokens,
    identity: BackboneIdentity,
  ) {
    this.identity = identity;
    this.width = config.width;
    this.vocabularySize = config.vocabularySize;
    this.padId = config.padId;
    this.endId = endId;
    this.#maskId = maskId;
    this.#config = config;
    this.#weights = weights;
  }

  embed({ ids, batch, rows }: InputBatch): Tensor3D {
    return scoped(() => tf.reshape(this.#weights.words.rows(ids), [batch, rows, this.width]));
  }

  embeddingRows(ids: readonly number[]): Float32Array {
    return this.#weights.words.values(ids);
  }

  /** The targets are the masked words, one token each. */
  lossAndGradient(
    embeddings: Tensor3D,
    input: InputBatch,
    targets: TargetBatch,
    inside?: Inside,
    memory?: LayerMemory,
  ) {
    const { layers, head, embeddingNorm } = this.#weights;
    const run = insideRun(inside);
    const { mask, places } = this.#context(embeddings, input, inside);
    const { y, saved: entrance } = scoped(() => this.#enter(embeddings, inside));
    const { encoded, saved } = encodeBert(layers, this.#config, y, { mask, run }, memory);
    const { loss, gradient } = maskedLossAndGradient(head, encoded, places, maskedWords(targets));
    free(places);
    const entered = () => layerNormed(embeddingNorm, entrance);
    const dEntered = encodeBertBackward(layers, gradient, saved, entered, run);
    free(mask);
    const shaped = scoped((): Tensor3D =>
      tf.reshape(layerNormBackward(embeddingNorm, dEntered, entrance), embeddings.shape),
    );
    free([dEntered, entrance]);
    const inner = inside && run?.gradients.take(tensorsIn(inside));
    return { loss, gradient: shaped, ...(inner ? { inner } : {}) };
  }

  loss(embeddings: Tensor3D, input: InputBatch, targets: TargetBatch, inside?: Inside) {
    const { encoded, places } = this.#encodeOnly(embeddings, input, inside);
    const loss = maskedLoss(this.#weights.head, encoded, places, maskedWords(targets));
    free(places);
    return loss;
  }

  /** log p of every token at the masked place, `[batch, vocabulary]`; the caller disposes it. */
  logLikelihoods(embeddings: Tensor3D, input: InputBatch, inside?: Inside): Tensor2D {
    const { encoded, places } = this.#encodeOnly(embeddings, input, inside);
    const found = maskedLogLikelihoods(this.#weights.head, encoded, places);
    free([encoded, places]);
    return found;
  }

  /** Every choice is one token. */
  async choiceLogLikelihoods(
    embeddings: Tensor3D,
    input: InputBatch,
    choices: readonly (readonly number[])[],
    inside?: Inside,
  ) {
    const tokens = choices.map(oneToken);
    const all = this.logLikelihoods(embeddings, input, inside);
    const values = (await all.data()) as Float32Array;
    free(all);
    return Float32Array.from({ length: input.batch * tokens.length }, (_, i) => {
      const row = Math.floor(i / tokens.length) * this.vocabularySize;
      return values[row + (tokens[i % tokens.length] ?? 0)] ?? NaN;
    });
  }

  dispose(): void {
    disposeBertWeights(this.#weights);
  }

  #encodeOnly(embeddings: Tensor3D, input: InputBatch, inside: Inside | undefined) {
    const run = insideRun(inside);
    const { mask, places } = this.#context(embeddings, input, inside);
    const { y, saved } = scoped(() => this.#enter(embeddings, inside));
    free(saved);
    const encoded = encodeBertOnly(this.#weights.layers, this.#config, y, { mask, run });
    free(mask);
    return { encoded, places };
  }

  /** Words, positions and type together, normed: `[batch × rows, width]`. A prefix inside takes the first positions. */
  #enter(embeddings: Tensor3D, inside: Inside | undefined) {
    const { positions, types, embeddingNorm } = this.#weights;
    const { firstPosition, epsilon } = this.#config;
    const placed = tf.slice(
      positions,
      [firstPosition + prefixRows(inside), 0],
      [embeddings.shape[1], this.width],
    );
    const added = tf.add(placed, tf.slice(types, [0, 0], [1, this.width])); // [rows, width]
    return layerNorm(embeddingNorm, tf.reshape(tf.add(embeddings, added), [-1, this.width]), epsilon);
  }

  /** 0 where a row is real and -1e9 where it is padding, `[batch, 1, 1, prompt + rows]`, and where the masked word is. */
  #context(
    embeddings: Tensor3D,
    input: InputBatch,
    inside: Inside | undefined,
  ): { mask: Tensor4D; places: Tensor3D } {
    const { batch, rows, lengths, ids } = input;
    const all = embeddings.shape[1];
    const prompt = all - rows;
    if (embeddings.shape[0] !== batch || prompt < 0 || embeddings.shape[2] !== this.width) {
      throw new Error(
        `embeddings are [${embeddings.shape.join(", ")}], the batch needs [${batch}, prompt + ${rows}, ${this.width}]`,
      );
    }
    const most = this.#config.positionRows - this.#config.firstPosition;
    const added = prompt + prefixRows(inside);
    if (rows + added > most) {
      throw new OperationalError(
        `${this.identity.name} has ${most} positions; an input of ${rows} tokens and a prompt of ${added} rows need ` +
          `${rows + added}. Cut inputs shorter or make the prompt shorter`,
      );
    }
    const mask = Float32Array.from({ length: batch * all }, (_, i) =>
      i % all < prompt + (lengths[Math.floor(i / all)] ?? 0) ? 0 : hidden,
    );
    const places = Array.from({ length: batch }, (_, index) => {
      const place = ids.subarray(index * rows, (index + 1) * rows).indexOf(this.#maskId);
      if (place < 0) throw new Error(`input ${index} of the batch has no masked word`);
      return prompt + place;
    });
    return { mask: tf.tensor4d(mask, [batch, 1, 1, all]), places: selection(places, all) };
  }
}

function maskedWords({ ids, columns }: TargetBatch): Int32Array {
  if (columns !== 1) throw new Error(`a masked word is one token, the targets have ${columns}`);
  return ids;
}

function oneToken(choice: readonly number[]): number {
  const [token] = choice;
  if (token === undefined || choice.length > 1) {
    throw new Error(`a masked word is one token, a choice has ${choice.length}`);
  }
  return token;
}
