// The tensors of a BERT or RoBERTa checkpoint with its masked-word head: their names in the file, their shapes, and where they go.

import type { LayerNormWeights } from "../primitives/layer-norm.ts";
import { OperationalError } from "../operational-error.ts";
import { tf, type Tensor, type Tensor1D, type Tensor2D } from "../tf.ts";
import { expectTensors, sameValues } from "../weights/checkpoint.ts";
import { loadMatrix } from "../weights/load-matrix.ts";
import { loadTensor } from "../weights/load-tensor.ts";
import type { WeightsFile } from "../weights/safetensors.ts";
import type { BertConfig } from "./bert-config.ts";
import type { BertLayer, DenseWeights } from "./bert-encoder.ts";
import type { MaskedWordHead } from "./masked-word-head.ts";
import { loadTokenTable, type TokenTable } from "./token-table.ts";

export interface BertWeights {
  readonly words: TokenTable;
  readonly positions: Tensor2D; // [positionRows, width]
  readonly types: Tensor2D; // [types, width]
  readonly embeddingNorm: LayerNormWeights;
  readonly layers: readonly BertLayer[];
  readonly head: MaskedWordHead;
}

/** Where the two architectures differ in the names of their tensors. */
const names = {
  bert: {
    base: "bert",
    headDense: "cls.predictions.transform.dense",
    headNorm: "cls.predictions.transform.LayerNorm",
    headBias: "cls.predictions.bias",
    decoder: "cls.predictions.decoder",
  },
  roberta: {
    base: "roberta",
    headDense: "lm_head.dense",
    headNorm: "lm_head.layer_norm",
    headBias: "lm_head.bias",
    decoder: "lm_head.decoder",
  },
} as const;

type Shapes = Map<string, readonly number[]>;

/** Dense maps and norms of one layer by their names inside it. */
const layerParts = {
  query: "attention.self.query",
  key: "attention.self.key",
  value: "attention.self.value",
  attentionOutput: "attention.output.dense",
  attentionNorm: "attention.output.LayerNorm",
  input: "intermediate.dense",
  output: "output.dense",
  outputNorm: "output.LayerNorm",
} as const satisfies Record<keyof BertLayer, string>;

/** Every tensor of the architecture under its Hugging Face name, with its shape. */
export function bertTensorShapes(config: BertConfig): Shapes {
  const { width, feedForwardWidth, vocabularySize, positionRows, types } = config;
  const { base, headDense, headNorm, headBias } = names[config.architecture];
  const shapes: Shapes = new Map();
  const dense = (name: string, out: number, into: number) => {
    shapes.set(`${name}.weight`, [out, into]);
    shapes.set(`${name}.bias`, [out]);
  };
  const norm = (name: string) => {
    shapes.set(`${name}.weight`, [width]);
    shapes.set(`${name}.bias`, [width]);
  };
  shapes.set(`${base}.embeddings.word_embeddings.weight`, [vocabularySize, width]);
  shapes.set(`${base}.embeddings.position_embeddings.weight`, [positionRows, width]);
  shapes.set(`${base}.embeddings.token_type_embeddings.weight`, [types, width]);
  norm(`${base}.embeddings.LayerNorm`);
  for (let index = 0; index < config.layers; index++) {
    const layer = `${base}.encoder.layer.${index}`;
    for (const part of ["query", "key", "value", "attentionOutput"] as const)
      dense(`${layer}.${layerParts[part]}`, width, width);
    dense(`${layer}.${layerParts.input}`, feedForwardWidth, width);
    dense(`${layer}.${layerParts.output}`, width, feedForwardWidth);
    for (const part of ["attentionNorm", "outputNorm"] as const) norm(`${layer}.${layerParts[part]}`);
  }
  dense(headDense, width, width);
  norm(headNorm);
  shapes.set(headBias, [vocabularySize]);
  return shapes;
}

/** Tensors that files may hold beside them: copies of tied ones, and those of heads that are not used here. */
function toleratedShapes(config: BertConfig): Shapes {
  const { width, vocabularySize, positionRows } = config;
  const { base, decoder } = names[config.architecture];
  return new Map<string, readonly number[]>([
    [`${decoder}.weight`, [vocabularySize, width]],
    [`${decoder}.bias`, [vocabularySize]],
    [`${base}.embeddings.position_ids`, [1, positionRows]],
    [`${base}.pooler.dense.weight`, [width, width]],
    [`${base}.pooler.dense.bias`, [width]],
    ["cls.seq_relationship.weight", [2, width]],
    ["cls.seq_relationship.bias", [2]],
  ]);
}

/** Loads all tensors onto the device. Throws an OperationalError when the file is not this architecture's. */
export function loadBertWeights(stored: WeightsFile, config: BertConfig): BertWeights {
  const file = withPresentNames(stored);
  const { base, headDense, headNorm, headBias, decoder } = names[config.architecture];
  expectTensors(file, bertTensorShapes(config), toleratedShapes(config));
  for (const [copy, original] of [
    [`${decoder}.weight`, `${base}.embeddings.word_embeddings.weight`],
    [`${decoder}.bias`, headBias],
  ] as const) {
    if (file.tensors.has(copy) && !sameValues(file, copy, original)) {
      throw new OperationalError(
        `${file.path}: tensor ${copy} differs from ${original}; only tied heads can be run`,
      );
    }
  }

  const vector = (name: string) => loadTensor(file, name) as Tensor1D;
  /** Read row by row, and so in 32 bits. */
  const rows = (name: string) => loadTensor(file, name) as Tensor2D;
  const dense = (name: string): DenseWeights => ({
    weight: loadMatrix(file, `${name}.weight`),
    bias: vector(`${name}.bias`),
  });
  const norm = (name: string): LayerNormWeights => ({
    weight: vector(`${name}.weight`),
    bias: vector(`${name}.bias`),
  });
  const words = loadTokenTable(file, `${base}.embeddings.word_embeddings.weight`);
  return {
    words,
    positions: rows(`${base}.embeddings.position_embeddings.weight`),
    types: rows(`${base}.embeddings.token_type_embeddings.weight`),
    embeddingNorm: norm(`${base}.embeddings.LayerNorm`),
    layers: Array.from({ length: config.layers }, (_, index): BertLayer => {
      const at = (part: keyof BertLayer) => `${base}.encoder.layer.${index}.${layerParts[part]}`;
      return {
        query: dense(at("query")),
        key: dense(at("key")),
        value: dense(at("value")),
        attentionOutput: dense(at("attentionOutput")),
        attentionNorm: norm(at("attentionNorm")),
        input: dense(at("input")),
        output: dense(at("output")),
        outputNorm: norm(at("outputNorm")),
      };
    }),
    head: {
      dense: dense(headDense),
      norm: norm(headNorm),
      table: words,
      bias: vector(headBias),
      epsilon: config.epsilon,
    },
  };
}

/** Frees every tensor of the weights. */
export function disposeBertWeights({
  words,
  positions,
  types,
  embeddingNorm,
  layers,
  head,
}: BertWeights): void {
  const { dense, norm, bias } = head;
  tf.dispose([
    words.matrix,
    positions,
    types,
    embeddingNorm,
    layers,
    dense,
    norm,
    bias,
  ] as unknown as Tensor[]);
}

/** The file under today's names: those of 2018 call a norm's weight gamma and its bias beta. */
function withPresentNames(file: WeightsFile): WeightsFile {
  const present = (name: string) => name.replace(/\.gamma$/, ".weight").replace(/\.beta$/, ".bias");
  const storedNames = new Map([...file.tensors.keys()].map((name) => [present(name), name]));
  const stored = (name: string) => storedNames.get(name) ?? name;
  return {
    ...file,
    tensors: new Map([...file.tensors].map(([name, tensor]) => [present(name), tensor])),
    read: (name) => file.read(stored(name)),
    readBytes: (name, target) => file.readBytes(stored(name), target),
  };
}
