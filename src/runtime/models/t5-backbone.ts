// T5 as a backbone: entered at its embeddings, forward and backward written out, nothing on a tape. It is frozen but for the
// weights that a method trains: those are handed to each call, and its own stay as they were loaded.

import { free, scoped } from "../primitives/consume.ts";
import { tf, type Tensor2D, type Tensor3D, type Tensor4D } from "../tf.ts";
import type {
  BackboneIdentity,
  GenerateOptions,
  GeneratingBackbone,
  InputBatch,
  NamedValues,
  TargetBatch,
} from "./backbone.ts";
import { tensorsIn, trainedIn, type Inside, type WeightPlace } from "./inside.ts";
import { crossEntropy, crossEntropyAndGradient, logLikelihoods, scoreTokens } from "./language-head.ts";
import type { LayerMemory } from "./layer-memory.ts";
import { t5Change, type T5Change } from "./t5-change.ts";
import type { T5Config } from "./t5-config.ts";
import { decode, decodeBackward, decodeOnly, type DecoderContext } from "./t5-decoder.ts";
import { encode, encodeBackward, encodeOnly, type Change } from "./t5-encoder.ts";
import { disposeBiases, partsOf, type T5Parts } from "./t5-parts.ts";
import { disposeT5Weights, readT5Weights, withTrained, type T5Weights } from "./t5-weights.ts";
import { t5Writer } from "./t5-writer.ts";
import { write } from "./write.ts";

const hidden = -1e9; // added to the score of a key that must not be seen; -Infinity would make NaN of empty rows

/** The backbone over weights already on the device; it takes them over. */
export class T5Backbone implements GeneratingBackbone {
  readonly identity: BackboneIdentity;
  readonly width: number;
  readonly vocabularySize: number;
  readonly padId: number;
  readonly endId: number;
  readonly takesInside = true;
  readonly #config: T5Config;
  readonly #own: T5Parts;

  constructor(config: T5Config, weights: T5Weights, identity: BackboneIdentity) {
    this.identity = identity;
    this.width = config.width;
    this.vocabularySize = config.vocabularySize;
    this.padId = config.padId;
    this.endId = config.endId;
    this.#config = config;
    this.#own = partsOf(config, weights);
  }

  embed({ ids, batch, rows }: InputBatch, inside?: Inside): Tensor3D {
    const { table } = this.#weights(inside);
    return scoped(() => tf.reshape(table.rows(ids), [batch, rows, this.width]));
  }

  weightsAt(place: WeightPlace): Promise<readonly NamedValues[]> {
    return readT5Weights(this.#own.weights, this.#config, place);
  }

  embeddingRows(ids: readonly number[]): Float32Array {
    return this.#own.weights.table.values(ids);
  }

  lossAndGradient(
    embeddings: Tensor3D,
    input: InputBatch,
    targets: TargetBatch,
    inside?: Inside,
    memory?: LayerMemory,
  ) {
    const parts = this.#parts(inside);
    const { encoder, decoder, table } = parts.weights;
    const change = this.#change(inside);
    const mask = this.#mask(embeddings, input);
    const bias = this.#encoderBias(parts, mask);
    const entrance = this.#entrance(embeddings);
    const { encoded, saved } = encode(encoder, this.#config, entrance, bias, change?.encoder, memory);
    const isRemade = memory === "recompute"; // then the backward pass reads what the forward pass did
    if (!isRemade) free(bias);
    const causalBias = parts.decoderBiases.get(targets.columns);
    const context: DecoderContext = {
      encoded,
      encodedMask: mask,
      causalBias,
      change: change?.decoder,
      memory,
    };
    const before = this.#decoderIds(targets);
    const decoded = decode(decoder, this.#config, table.rows(before), context);
    const isReadAgain = isRemade || change !== undefined;
    if (!isRemade) free(mask);
    if (!isReadAgain) free(encoded);

    const weights = tokenWeights(targets);
    const learning = change?.gradients.weights;
    const { decoded: last } = decoded;
    const { loss, gradient } = crossEntropyAndGradient(parts.head, last, targets.ids, weights, learning);
    free(weights);
    const ofWords = (dx: Tensor2D) => learning?.addRows(table.matrix, before, () => dx.clone());
    const decoderChange = change && { ...change.decoder, ofWords };
    const dEncoded = decodeBackward(decoder, gradient, decoded.saved, change && encoded, decoderChange);
    if (isReadAgain) free(encoded);
    const dx = encodeBackward(encoder, dEncoded, saved, change?.encoder);
    if (isRemade) free([bias, mask]);
    const shaped: Tensor3D = tf.reshape(dx, embeddings.shape);
    free(dx);
    this.#release(parts);
    return { loss, gradient: shaped, ...(inside && change ? change.take(tensorsIn(inside)) : {}) };
  }

  loss(embeddings: Tensor3D, input: InputBatch, targets: TargetBatch, inside?: Inside) {
    const parts = this.#parts(inside);
    const decoded = this.#decode(parts, embeddings, input, targets, inside);
    const weights = tokenWeights(targets);
    const loss = crossEntropy(parts.head, decoded, targets.ids, weights);
    free(weights);
    this.#release(parts);
    return loss;
  }

  /** Scores of all tokens at every place of the targets, `[batch, columns, vocabulary]`; the caller disposes them. */
  scores(embeddings: Tensor3D, input: InputBatch, targets: TargetBatch): Tensor3D {
    const decoded = this.#decode(this.#own, embeddings, input, targets);
    const shape: [number, number, number] = [targets.batch, targets.columns, this.vocabularySize];
    const scores = scoped((): Tensor3D => tf.reshape(scoreTokens(this.#own.head, decoded), shape));
    free(decoded);
    return scores;
  }

  async choiceLogLikelihoods(
    embeddings: Tensor3D,
    input: InputBatch,
    choices: readonly (readonly number[])[],
    inside?: Inside,
  ) {
    const columns = Math.max(...choices.map((choice) => choice.length));
    const padded = choices.flatMap((choice) => [
      ...choice,
      ...Array<number>(columns - choice.length).fill(-100),
    ]);
    const ids = Int32Array.from(
      { length: input.batch * padded.length },
      (_, i) => padded[i % padded.length] ?? -100,
    );
    const texts = { ids, batch: input.batch * choices.length, columns };
    const parts = this.#parts(inside);
    const decoded = this.#decode(parts, embeddings, input, texts, inside);
    const perToken = logLikelihoods(parts.head, decoded, ids); // [batch × choices × columns]
    this.#release(parts);
    const sums = scoped(() => {
      const counted = tf.tensor1d(Float32Array.from(ids, (id) => (id < 0 ? 0 : 1)));
      return tf.sum(tf.reshape(tf.mul(perToken, counted), [-1, columns]), -1);
    });
    free(perToken);
    const values = (await sums.data()) as Float32Array;
    free(sums);
    return values;
  }

  async generate(embeddings: Tensor3D, input: InputBatch, options: GenerateOptions, inside?: Inside) {
    if (options.maxNewTokens === 0) return Array.from({ length: input.batch }, (): number[] => []);
    const parts = this.#parts(inside);
    const change = this.#change(inside)?.decoder;
    const { encoded, mask: encodedMask } = this.#encode(parts, embeddings, input, change);
    const { decoder: layers, table } = parts.weights;
    const { maxNewTokens } = options;
    const { head, decoderBiases: biases } = parts;
    const config = this.#config;
    const texts = await write(
      t5Writer({ layers, config, table, head, biases, change, encoded, encodedMask, maxNewTokens }),
      options,
    );
    this.#release(parts);
    return texts;
  }

  dispose(): void {
    disposeBiases(this.#own);
    disposeT5Weights(this.#own.weights);
  }

  /** The weights, those of `inside` in their places where some learn. */
  #weights(inside: Inside | undefined): T5Weights {
    const trained = inside ? trainedIn(inside) : [];
    return trained.length === 0 ? this.#own.weights : withTrained(this.#own.weights, this.#config, trained);
  }

  /** What one call computes with; given back with `#release`. */
  #parts(inside: Inside | undefined): T5Parts {
    const weights = this.#weights(inside);
    return weights === this.#own.weights ? this.#own : partsOf(this.#config, weights);
  }

  /** Weights that learn move with the next step, and so do the biases that were made of them. */
  #release(parts: T5Parts): void {
    if (parts !== this.#own) disposeBiases(parts);
  }

  /** The decoder's last rows, `[targets.batch × columns, width]`, where targets may hold several texts per input. */
  #decode(
    parts: T5Parts,
    embeddings: Tensor3D,
    input: InputBatch,
    targets: TargetBatch,
    inside?: Inside,
  ): Tensor2D {
    const change = this.#change(inside)?.decoder;
    const { decoder, table } = parts.weights;
    const { encoded, mask } = this.#encode(parts, embeddings, input, change);
    const causalBias = parts.decoderBiases.get(targets.columns);
    const context: DecoderContext = { encoded, encodedMask: mask, causalBias, change };
    const decoded = decodeOnly(decoder, this.#config, table.rows(this.#decoderIds(targets)), context);
    free([mask, encoded]);
    return decoded;
  }

  /** The encoder's last rows, `[batch × (prompt + rows), width]`, and which of them are real. */
  #encode(parts: T5Parts, embeddings: Tensor3D, input: InputBatch, change: Change | undefined) {
    const mask = this.#mask(embeddings, input);
    const bias = this.#encoderBias(parts, mask);
    const entrance = this.#entrance(embeddings);
    const encoded = encodeOnly(parts.weights.encoder, this.#config, entrance, bias, change);
    free(bias);
    return { encoded, mask };
  }

  #change(inside: Inside | undefined): T5Change | undefined {
    return inside && t5Change(inside, this.#config);
  }

  #entrance(embeddings: Tensor3D): Tensor2D {
    return tf.reshape(embeddings, [-1, this.width]);
  }

  /** 0 where a row is real and -1e9 where it is padding, `[batch, 1, 1, prompt + rows]`. */
  #mask(embeddings: Tensor3D, { batch, rows, lengths }: InputBatch): Tensor4D {
    const all = embeddings.shape[1];
    const prompt = all - rows;
    if (embeddings.shape[0] !== batch || prompt < 0 || embeddings.shape[2] !== this.width) {
      throw new Error(
        `embeddings are [${embeddings.shape.join(", ")}], the batch needs [${batch}, prompt + ${rows}, ${this.width}]`,
      );
    }
    const mask = Float32Array.from({ length: batch * all }, (_, i) =>
      i % all < prompt + (lengths[Math.floor(i / all)] ?? 0) ? 0 : hidden,
    );
    return tf.tensor4d(mask, [batch, 1, 1, all]);
  }

  /** `[batch, heads, rows, rows]`. */
  #encoderBias({ encoderBiases }: T5Parts, mask: Tensor4D): Tensor4D {
    return tf.add(encoderBiases.get(mask.shape[3]), mask);
  }

  /** What the decoder reads: the targets moved one place to the right, after the start token. */
  #decoderIds({ ids, columns }: TargetBatch): Int32Array {
    const { startId, padId } = this.#config;
    const shifted = ids.map((_, i) => (i % columns === 0 ? startId : (ids[i - 1] ?? padId)));
    return shifted.map((id) => (id < 0 ? padId : id));
  }
}

/** 1/n for each of the n target tokens, 0 for padding: `[batch × columns]`. */
function tokenWeights({ ids }: TargetBatch) {
  const count = ids.reduce((total, id) => total + (id < 0 ? 0 : 1), 0);
  if (count === 0) throw new Error("a batch of targets without a token has no loss");
  return tf.tensor1d(Float32Array.from(ids, (id) => (id < 0 ? 0 : 1 / count)));
}
