// T5 as a frozen backbone: entered at its embeddings, forward and backward written out, nothing on a tape.

import { free, scoped } from "../primitives/consume.ts";
import { tf, type Tensor2D, type Tensor3D, type Tensor4D } from "../tf.ts";
import type {
  BackboneIdentity,
  GenerateOptions,
  GeneratingBackbone,
  InputBatch,
  TargetBatch,
} from "./backbone.ts";
import { InnerGradients } from "./inner-gradients.ts";
import { tensorsIn, type Inside } from "./inside.ts";
import {
  crossEntropy,
  crossEntropyAndGradient,
  logLikelihoods,
  scoreTokens,
  type HeadWeights,
} from "./language-head.ts";
import type { LayerMemory } from "./layer-memory.ts";
import { PositionBiases } from "./position-bias.ts";
import type { T5Config } from "./t5-config.ts";
import { decode, decodeBackward, decodeOnly, type DecoderChange, type DecoderContext } from "./t5-decoder.ts";
import { encode, encodeBackward, encodeOnly } from "./t5-encoder.ts";
import { disposeT5Weights, type T5Weights } from "./t5-weights.ts";
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
  readonly #weights: T5Weights;
  readonly #head: HeadWeights;
  readonly #encoderBiases: PositionBiases;
  readonly #decoderBiases: PositionBiases;

  constructor(config: T5Config, weights: T5Weights, identity: BackboneIdentity) {
    this.identity = identity;
    this.width = config.width;
    this.vocabularySize = config.vocabularySize;
    this.padId = config.padId;
    this.endId = config.endId;
    this.#config = config;
    this.#weights = weights;
    const { headTable: table, decoderNorm: norm } = weights;
    this.#head = {
      norm,
      table,
      factor: config.head === "tied" ? config.width ** -0.5 : 1,
      epsilon: config.epsilon,
    };
    const { heads, buckets, maxDistance } = config;
    const shape = { heads, buckets, maxDistance };
    this.#encoderBiases = new PositionBiases({ ...shape, values: weights.encoderPositions, causal: false });
    this.#decoderBiases = new PositionBiases({ ...shape, values: weights.decoderPositions, causal: true });
  }

  embed({ ids, batch, rows }: InputBatch): Tensor3D {
    return scoped(() => tf.reshape(this.#weights.table.rows(ids), [batch, rows, this.width]));
  }

  embeddingRows(ids: readonly number[]): Float32Array {
    return this.#weights.table.values(ids);
  }

  lossAndGradient(
    embeddings: Tensor3D,
    input: InputBatch,
    targets: TargetBatch,
    inside?: Inside,
    memory?: LayerMemory,
  ) {
    const { encoder, decoder } = this.#weights;
    const change = this.#change(inside);
    const mask = this.#mask(embeddings, input);
    const bias = this.#encoderBias(mask);
    const { encoded, saved } = encode(
      encoder,
      this.#config,
      this.#entrance(embeddings),
      bias,
      change,
      memory,
    );
    const isRemade = memory === "recompute"; // then the backward pass reads what the forward pass did
    if (!isRemade) free(bias);
    const causalBias = this.#decoderBiases.get(targets.columns);
    const context: DecoderContext = { encoded, encodedMask: mask, causalBias, change, memory };
    const decoded = decode(decoder, this.#config, this.#decoderInput(targets), context);
    const isReadAgain = isRemade || change !== undefined;
    if (!isRemade) free(mask);
    if (!isReadAgain) free(encoded);

    const weights = tokenWeights(targets);
    const { loss, gradient } = crossEntropyAndGradient(this.#head, decoded.decoded, targets.ids, weights);
    free(weights);
    const dEncoded = decodeBackward(decoder, gradient, decoded.saved, change && encoded, change);
    if (isReadAgain) free(encoded);
    const dx = encodeBackward(encoder, dEncoded, saved, change);
    if (isRemade) free([bias, mask]);
    const shaped: Tensor3D = tf.reshape(dx, embeddings.shape);
    free(dx);
    const inner = inside && change?.gradients.take(tensorsIn(inside));
    return { loss, gradient: shaped, ...(inner ? { inner } : {}) };
  }

  loss(embeddings: Tensor3D, input: InputBatch, targets: TargetBatch, inside?: Inside) {
    const decoded = this.#decode(embeddings, input, targets, inside);
    const weights = tokenWeights(targets);
    const loss = crossEntropy(this.#head, decoded, targets.ids, weights);
    free(weights);
    return loss;
  }

  /** Scores of all tokens at every place of the targets, `[batch, columns, vocabulary]`; the caller disposes them. */
  scores(embeddings: Tensor3D, input: InputBatch, targets: TargetBatch): Tensor3D {
    const decoded = this.#decode(embeddings, input, targets);
    const shape: [number, number, number] = [targets.batch, targets.columns, this.vocabularySize];
    const scores = scoped((): Tensor3D => tf.reshape(scoreTokens(this.#head, decoded), shape));
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
    const decoded = this.#decode(embeddings, input, texts, inside);
    const perToken = logLikelihoods(this.#head, decoded, ids); // [batch × choices × columns]
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
    const change = this.#change(inside);
    const { encoded, mask: encodedMask } = this.#encode(embeddings, input, change);
    const { decoder: layers, table } = this.#weights;
    const { maxNewTokens } = options;
    const [config, head, biases] = [this.#config, this.#head, this.#decoderBiases];
    return write(
      t5Writer({ layers, config, table, head, biases, change, encoded, encodedMask, maxNewTokens }),
      options,
    );
  }

  dispose(): void {
    this.#encoderBiases.dispose();
    this.#decoderBiases.dispose();
    disposeT5Weights(this.#weights);
  }

  /** The decoder's last rows, `[targets.batch × columns, width]`, where targets may hold several texts per input. */
  #decode(embeddings: Tensor3D, input: InputBatch, targets: TargetBatch, inside?: Inside): Tensor2D {
    const change = this.#change(inside);
    const { encoded, mask } = this.#encode(embeddings, input, change);
    const causalBias = this.#decoderBiases.get(targets.columns);
    const context: DecoderContext = { encoded, encodedMask: mask, causalBias, change };
    const decoded = decodeOnly(this.#weights.decoder, this.#config, this.#decoderInput(targets), context);
    free([mask, encoded]);
    return decoded;
  }

  /** The encoder's last rows, `[batch × (prompt + rows), width]`, and which of them are real. */
  #encode(embeddings: Tensor3D, input: InputBatch, change: DecoderChange | undefined) {
    const mask = this.#mask(embeddings, input);
    const bias = this.#encoderBias(mask);
    const encoded = encodeOnly(this.#weights.encoder, this.#config, this.#entrance(embeddings), bias, change);
    free(bias);
    return { encoded, mask };
  }

  #change(inside: Inside | undefined): DecoderChange | undefined {
    if (!inside) return undefined;
    return { inside, gradients: new InnerGradients(), encoderLayers: this.#config.encoderLayers };
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
  #encoderBias(mask: Tensor4D): Tensor4D {
    return tf.add(this.#encoderBiases.get(mask.shape[3]), mask);
  }

  /** What the decoder reads: the targets moved one place to the right, after the start token. */
  #decoderInput({ ids, columns }: TargetBatch): Tensor2D {
    const { startId, padId } = this.#config;
    const shifted = ids.map((_, i) => (i % columns === 0 ? startId : (ids[i - 1] ?? padId)));
    return this.#weights.table.rows(shifted.map((id) => (id < 0 ? padId : id)));
  }
}

/** 1/n for each of the n target tokens, 0 for padding: `[batch × columns]`. */
function tokenWeights({ ids }: TargetBatch) {
  const count = ids.reduce((total, id) => total + (id < 0 ? 0 : 1), 0);
  if (count === 0) throw new Error("a batch of targets without a token has no loss");
  return tf.tensor1d(Float32Array.from(ids, (id) => (id < 0 ? 0 : 1 / count)));
}
