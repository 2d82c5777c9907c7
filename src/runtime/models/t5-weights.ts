// The tensors of a T5 checkpoint: their names in the file, their shapes, and where they go.

import { OperationalError } from "../operational-error.ts";
import { numbersOf, type HalfMatrix, type Matrix } from "../primitives/half-matrix.ts";
import { tf, type Tensor, type Tensor1D, type Tensor2D } from "../tf.ts";
import { expectTensors, sameValues } from "../weights/checkpoint.ts";
import { loadWeight } from "../weights/load-matrix.ts";
import type { WeightsFile } from "../weights/safetensors.ts";
import type { AttentionWeights } from "./t5-attention.ts";
import type { T5Config } from "./t5-config.ts";
import type { DecoderLayer } from "./t5-decoder.ts";
import type { EncoderWeights } from "./t5-encoder.ts";
import type { FeedForwardWeights } from "./t5-feed-forward.ts";
import type { NamedValues } from "./backbone.ts";
import type { Weight, WeightPlace } from "./inside.ts";
import { positionTables, t5WeightNames } from "./t5-places.ts";
import { loadTokenTable, makeTokenTable, type TokenTable } from "./token-table.ts";

export interface T5Weights {
  /** The same by their names. */
  readonly tensors: T5Tensors;
  readonly ownHead: boolean;
  readonly table: TokenTable;
  /** The head's; the same table where the two are tied. */
  readonly headTable: TokenTable;
  readonly encoder: EncoderWeights;
  readonly decoder: readonly DecoderLayer[];
  readonly decoderNorm: Tensor1D; // [width]
  /** Position biases as numbers, `[buckets, heads]`. */
  readonly encoderPositions: Float32Array;
  readonly decoderPositions: Float32Array;
}

type Shapes = Map<string, readonly number[]>;

/** Every tensor of the architecture under its Hugging Face name, with its shape. */
export function t5TensorShapes(config: T5Config, ownHead = config.head === "untied"): Shapes {
  const { width, heads, headWidth, feedForwardWidth, buckets } = config;
  const shapes: Shapes = new Map();
  const attention = (layer: string, kind: string) => {
    shapes.set(`${layer}.layer_norm.weight`, [width]);
    for (const part of ["q", "k", "v"])
      shapes.set(`${layer}.${kind}.${part}.weight`, [heads * headWidth, width]);
    shapes.set(`${layer}.${kind}.o.weight`, [width, heads * headWidth]);
  };
  const feedForward = (layer: string) => {
    shapes.set(`${layer}.layer_norm.weight`, [width]);
    for (const part of inputParts(config))
      shapes.set(`${layer}.DenseReluDense.${part}.weight`, [feedForwardWidth, width]);
    shapes.set(`${layer}.DenseReluDense.wo.weight`, [width, feedForwardWidth]);
  };
  shapes.set("shared.weight", [config.vocabularySize, width]);
  if (ownHead) shapes.set("lm_head.weight", [config.vocabularySize, width]);
  for (let block = 0; block < config.encoderLayers; block++) {
    attention(`encoder.block.${block}.layer.0`, "SelfAttention");
    feedForward(`encoder.block.${block}.layer.1`);
  }
  for (let block = 0; block < config.decoderLayers; block++) {
    attention(`decoder.block.${block}.layer.0`, "SelfAttention");
    attention(`decoder.block.${block}.layer.1`, "EncDecAttention");
    feedForward(`decoder.block.${block}.layer.2`);
  }
  for (const name of Object.values(positionTables)) shapes.set(name, [buckets, heads]);
  for (const stack of ["encoder", "decoder"]) shapes.set(`${stack}.final_layer_norm.weight`, [width]);
  return shapes;
}

const inputParts = ({ activation }: T5Config) => (activation === "relu" ? ["wi"] : ["wi_0", "wi_1"]);

/** Whether the head has a table of its own; where config.json leaves it open, the file decides. */
export function hasOwnHead(file: WeightsFile, { head, mayShareTable }: T5Config): boolean {
  return head === "untied" && (!mayShareTable || file.tensors.has("lm_head.weight"));
}

/** Copies of the tied table that some files repeat, and a tensor of old files that no computation reads. */
const tiedCopies = ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight"];
const unread = "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight";

/** Loads all tensors onto the device. Throws an OperationalError when the file is not this architecture's. */
export function loadT5Weights(file: WeightsFile, config: T5Config): T5Weights {
  const ownHead = hasOwnHead(file, config);
  const tableShape: readonly number[] = [config.vocabularySize, config.width];
  const copies = tiedCopies.filter((name) => !(ownHead && name === "lm_head.weight"));
  const tolerated: Shapes = new Map(copies.map((name) => [name, tableShape]));
  tolerated.set(unread, [config.buckets, config.heads]);
  expectTensors(file, t5TensorShapes(config, ownHead), tolerated);
  for (const name of copies.filter((copy) => file.tensors.has(copy))) {
    if (!sameValues(file, name, "shared.weight")) {
      throw new OperationalError(
        `${file.path}: tensor ${name} differs from shared.weight, but config.json ties them`,
      );
    }
  }

  return arrangeT5Weights(config, ownHead, tensorsOf(file));
}

/** The tensors by their names in the checkpoint, each made at its first use and the same from then on. */
export interface T5Tensors {
  tensor(name: string): Tensor | HalfMatrix;
  /** One with a row for each token. */
  table(name: string): TokenTable;
  /** One that is needed as numbers alone. */
  numbers(name: string): Float32Array;
}

function tensorsOf(file: WeightsFile): T5Tensors {
  return {
    tensor: once((name) => loadWeight(file, name)),
    table: once((name) => loadTokenTable(file, name)),
    numbers: once((name) => file.read(name).data),
  };
}

function once<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>();
  return (name) => {
    const found = made.get(name) ?? make(name);
    made.set(name, found);
    return found;
  };
}

/** The same weights with some that learn in their places; those stay the caller's. */
export function withTrained(weights: T5Weights, config: T5Config, trained: readonly Weight[]): T5Weights {
  const { tensors, ownHead } = weights;
  const learning = new Map(trained.map((weight) => [weight.name, weight]));
  return arrangeT5Weights(config, ownHead, {
    tensor: (name) => learning.get(name)?.tensor ?? tensors.tensor(name),
    table: (name) => {
      const weight = learning.get(name);
      return weight ? makeTokenTable(weight.tensor as Tensor2D, () => weight.values) : tensors.table(name);
    },
    numbers: (name) => learning.get(name)?.values ?? tensors.numbers(name),
  });
}

function arrangeT5Weights(config: T5Config, ownHead: boolean, tensors: T5Tensors): T5Weights {
  const vector = (name: string) => tensors.tensor(`${name}.weight`) as Tensor1D;
  const matrix = (name: string) => tensors.tensor(`${name}.weight`) as Matrix;
  const attention = (layer: string, kind: string): AttentionWeights => ({
    norm: vector(`${layer}.layer_norm`),
    query: matrix(`${layer}.${kind}.q`),
    key: matrix(`${layer}.${kind}.k`),
    value: matrix(`${layer}.${kind}.v`),
    output: matrix(`${layer}.${kind}.o`),
  });
  const feedForward = (layer: string): FeedForwardWeights => ({
    norm: vector(`${layer}.layer_norm`),
    ...inputMatrices(config, (part) => matrix(`${layer}.DenseReluDense.${part}`)),
    output: matrix(`${layer}.DenseReluDense.wo`),
  });
  const blocks = (stack: string, count: number) =>
    Array.from({ length: count }, (_, i) => `${stack}.block.${i}.layer`);

  const table = tensors.table("shared.weight");
  return {
    tensors,
    ownHead,
    table,
    headTable: ownHead ? tensors.table("lm_head.weight") : table,
    encoder: {
      layers: blocks("encoder", config.encoderLayers).map((layer) => ({
        attention: attention(`${layer}.0`, "SelfAttention"),
        feedForward: feedForward(`${layer}.1`),
      })),
      norm: vector("encoder.final_layer_norm"),
    },
    decoder: blocks("decoder", config.decoderLayers).map((layer) => ({
      self: attention(`${layer}.0`, "SelfAttention"),
      cross: attention(`${layer}.1`, "EncDecAttention"),
      feedForward: feedForward(`${layer}.2`),
    })),
    decoderNorm: vector("decoder.final_layer_norm"),
    encoderPositions: tensors.numbers(positionTables.encoder),
    decoderPositions: tensors.numbers(positionTables.decoder),
  };
}

/** Shapes and numbers of the tensors that stand at a place, copied. */
export async function readT5Weights(
  { tensors, ownHead }: T5Weights,
  config: T5Config,
  place: WeightPlace,
): Promise<readonly NamedValues[]> {
  const shapes = t5TensorShapes(config, ownHead);
  const read = async (name: string): Promise<Float32Array> => {
    if (place === "positions") return tensors.numbers(name).slice();
    const tensor = place === "embeddings" ? tensors.table(name).matrix : tensors.tensor(name);
    return numbersOf(tensor);
  };
  const names = t5WeightNames(config, ownHead)[place];
  return Promise.all(
    names.map(async (name) => ({ name, shape: shapes.get(name) ?? [], data: await read(name) })),
  );
}

/** Frees every tensor of the weights. */
export function disposeT5Weights({ table, headTable, encoder, decoder, decoderNorm }: T5Weights): void {
  tf.dispose([table.matrix, headTable.matrix, encoder, decoder, decoderNorm] as unknown as Tensor[]);
}

function inputMatrices({ activation }: T5Config, matrix: (part: string) => Matrix) {
  return activation === "relu" ? { input: matrix("wi") } : { gate: matrix("wi_0"), input: matrix("wi_1") };
}
