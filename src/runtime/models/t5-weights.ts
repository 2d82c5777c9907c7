// The tensors of a T5 checkpoint: their names in the file, their shapes, and where they go.

import { OperationalError } from "../operational-error.ts";
import { tf, type Tensor, type Tensor1D, type Tensor2D } from "../tf.ts";
import { expectTensors } from "../weights/checkpoint.ts";
import { loadTensor } from "../weights/load-tensor.ts";
import type { SafetensorsFile } from "../weights/safetensors.ts";
import type { AttentionWeights } from "./t5-attention.ts";
import type { T5Config } from "./t5-config.ts";
import type { DecoderLayer } from "./t5-decoder.ts";
import type { EncoderWeights } from "./t5-encoder.ts";
import type { FeedForwardWeights } from "./t5-feed-forward.ts";
import { makeTokenTable, type TokenTable } from "./token-table.ts";

export interface T5Weights {
  readonly table: TokenTable;
  readonly encoder: EncoderWeights;
  readonly decoder: readonly DecoderLayer[];
  readonly decoderNorm: Tensor1D; // [width]
  /** Position biases as numbers, `[buckets, heads]`. */
  readonly encoderPositions: Float32Array;
  readonly decoderPositions: Float32Array;
}

const encoderPositions = "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight";
const decoderPositions = "decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight";

type Shapes = Map<string, readonly number[]>;

/** Every tensor of the architecture under its Hugging Face name, with its shape. */
export function t5TensorShapes(config: T5Config): Shapes {
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
    shapes.set(`${layer}.DenseReluDense.wi.weight`, [feedForwardWidth, width]);
    shapes.set(`${layer}.DenseReluDense.wo.weight`, [width, feedForwardWidth]);
  };
  shapes.set("shared.weight", [config.vocabularySize, width]);
  for (let block = 0; block < config.encoderLayers; block++) {
    attention(`encoder.block.${block}.layer.0`, "SelfAttention");
    feedForward(`encoder.block.${block}.layer.1`);
  }
  for (let block = 0; block < config.decoderLayers; block++) {
    attention(`decoder.block.${block}.layer.0`, "SelfAttention");
    attention(`decoder.block.${block}.layer.1`, "EncDecAttention");
    feedForward(`decoder.block.${block}.layer.2`);
  }
  for (const name of [encoderPositions, decoderPositions]) shapes.set(name, [buckets, heads]);
  for (const stack of ["encoder", "decoder"]) shapes.set(`${stack}.final_layer_norm.weight`, [width]);
  return shapes;
}

/** Copies of the tied table that some files repeat, and a tensor of old files that no computation reads. */
const tiedCopies = ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight", "lm_head.weight"];
const unread = "decoder.block.0.layer.1.EncDecAttention.relative_attention_bias.weight";

/** Loads all tensors onto the device. Throws an OperationalError when the file is not this architecture's. */
export function loadT5Weights(file: SafetensorsFile, config: T5Config): T5Weights {
  const shapes = t5TensorShapes(config);
  const tableShape: readonly number[] = [config.vocabularySize, config.width];
  const tolerated: Shapes = new Map(tiedCopies.map((name) => [name, tableShape]));
  tolerated.set(unread, [config.buckets, config.heads]);
  expectTensors(file, shapes, tolerated);
  const table = file.read("shared.weight").data;
  for (const name of tiedCopies.filter((copy) => file.tensors.has(copy))) {
    if (Buffer.compare(asBytes(file.read(name).data), asBytes(table)) !== 0) {
      throw new OperationalError(
        `${file.path}: tensor ${name} differs from shared.weight, but config.json ties them`,
      );
    }
  }

  const vector = (name: string) => loadTensor(file, `${name}.weight`) as Tensor1D;
  const matrix = (name: string) => loadTensor(file, `${name}.weight`) as Tensor2D;
  const attention = (layer: string, kind: string): AttentionWeights => ({
    norm: vector(`${layer}.layer_norm`),
    query: matrix(`${layer}.${kind}.q`),
    key: matrix(`${layer}.${kind}.k`),
    value: matrix(`${layer}.${kind}.v`),
    output: matrix(`${layer}.${kind}.o`),
  });
  const feedForward = (layer: string): FeedForwardWeights => ({
    norm: vector(`${layer}.layer_norm`),
    input: matrix(`${layer}.DenseReluDense.wi`),
    output: matrix(`${layer}.DenseReluDense.wo`),
  });
  const blocks = (stack: string, count: number) =>
    Array.from({ length: count }, (_, i) => `${stack}.block.${i}.layer`);

  return {
    table: makeTokenTable(matrix("shared"), table),
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
    encoderPositions: file.read(encoderPositions).data,
    decoderPositions: file.read(decoderPositions).data,
  };
}

/** Frees every tensor of the weights. */
export function disposeT5Weights({ table, encoder, decoder, decoderNorm }: T5Weights): void {
  tf.dispose([table.tensor, encoder, decoder, decoderNorm] as unknown as Tensor[]);
}

function asBytes(data: Float32Array): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
