// The architectures a backbone can have: which settings each takes, and what follows from them.

import type { Architecture, Backbone } from "./program.ts";
import type { Schema } from "./read-settings.ts";
import { integer, oneOf } from "./read-value.ts";

/** The layers that a method's rows run through; of a T5 its encoder. */
export interface Stack {
  readonly kind: "encoder" | "decoder";
  readonly layers: number;
  readonly heads: number;
  /** heads × head_width. */
  readonly inner: number;
  /** The same of keys and values, which several heads may share. */
  readonly shared: number;
  /** Multiply-adds of one position in a layer's matrices. */
  readonly work: number;
  /** Float32 values of one position that a layer keeps for the backward pass, attention's probabilities apart. */
  readonly kept: number;
  /** Hidden units of a layer that pass through its activation function, a gate's among them. */
  readonly hidden: number;
  /** Values of one position that the rest of the model keeps of it at the same time: keys and values of a decoder. */
  readonly beside: number;
  /** Values of attention's bias for one example and each pair of positions, where every example has a bias of its own. */
  readonly bias: number;
  /** Values of one position that generation caches: a key and a value in each layer that attends to it. */
  readonly keyValues: number;
  readonly beyond: Beyond;
}

/** Multiply-adds of the rest of the model, a T5's decoder and the head, for one example. */
export interface Beyond {
  /** Of every position of the stack. */
  readonly position: number;
  /** Of every target token, attention apart. */
  readonly token: number;
  /** Of every target token and each position or target token that it attends to. */
  readonly pair: number;
}

interface ArchitectureRow<Values> {
  /** Settings beside architecture, checkpoint, width and vocabulary. */
  readonly settings: Schema<Values>;
  /** The runtime's function that loads it. */
  readonly loader: "loadT5" | "loadBert" | "loadGpt2" | "loadLlama";
  /** Whether its own weights can be trained. */
  readonly takesWeights: boolean;
  /** `work` and `kept` of its stack as formulas. */
  readonly formulas: { readonly work: string; readonly kept: string };
  // Methods, so that rows of unlike settings stand in one table.
  stack(d: number, vocabulary: number, values: Values): Stack;
  /** All parameters, counted as its published checkpoints hold them. */
  parameters(d: number, vocabulary: number, values: Values): number;
}

/** A dimension's value: a number, or a word where the architecture has variants. */
export type DimensionValue = number | string;

export type ArchitectureEntry = ArchitectureRow<Readonly<Record<string, DimensionValue>>>;

const size = integer({ min: 1 });
const heads = { read: size, example: "heads = 8" };
const headWidth = { read: size, example: "head_width = 64" };
const layers = { read: size, example: "layers = 12" };
const feedForward = { read: size, example: "feed_forward = 2_048" };
const positions = { read: size, example: "positions = 1_024" };

type T5Values = {
  readonly heads: number;
  readonly head_width: number;
  readonly feed_forward: number;
  readonly encoder_layers: number;
  readonly decoder_layers: number;
  readonly activation: "relu" | "gated_gelu";
  readonly head: "tied" | "untied";
};

const plainFormulas = {
  work: "4 × d × inner + 2 × d × feed_forward",
  kept: "2 × d + 2 + 3 × inner + feed_forward",
};

/** Raffel et al., 2020. No biases, a norm before each sub-layer and after each stack, 32 relative positions a stack. */
const t5: ArchitectureRow<T5Values> = {
  settings: {
    heads,
    head_width: headWidth,
    feed_forward: feedForward,
    encoder_layers: { read: size, example: "encoder_layers = 6" },
    decoder_layers: { read: size, example: "decoder_layers = 6" },
    activation: { read: oneOf("relu", "gated_gelu"), default: "relu", example: "activation = relu" },
    head: { read: oneOf("tied", "untied"), default: "tied", example: "head = tied" },
  },
  loader: "loadT5",
  takesWeights: true,
  formulas: plainFormulas,
  stack: (d, vocabulary, values) => {
    const inner = values.heads * values.head_width;
    const gate = values.activation === "gated_gelu" ? values.feed_forward : 0;
    return {
      kind: "encoder",
      layers: values.encoder_layers,
      heads: values.heads,
      inner,
      shared: inner,
      work: 4 * d * inner + 2 * d * values.feed_forward + d * gate,
      kept: 2 * (d + 1) + 3 * inner + values.feed_forward + gate,
      hidden: values.feed_forward + gate,
      beside: d + values.decoder_layers * 2 * inner,
      bias: values.heads,
      keyValues: values.decoder_layers * 2 * inner,
      beyond: {
        position: values.decoder_layers * 2 * d * inner,
        token:
          values.decoder_layers * (6 * d * inner + 2 * d * values.feed_forward + d * gate) + vocabulary * d,
        pair: values.decoder_layers * 2 * inner,
      },
    };
  },
  parameters: (d, vocabulary, values) => {
    const attention = 4 * d * values.heads * values.head_width;
    const matrices = values.activation === "gated_gelu" ? 3 : 2;
    const feedForwardBlock = matrices * d * values.feed_forward;
    const encoder = values.encoder_layers * (attention + feedForwardBlock + 2 * d);
    const decoder = values.decoder_layers * (2 * attention + feedForwardBlock + 3 * d);
    const tables = vocabulary * d * (values.head === "tied" ? 1 : 2);
    return tables + encoder + decoder + 2 * d + 2 * 32 * values.heads;
  },
};

type PositionedValues = {
  readonly layers: number;
  readonly heads: number;
  readonly feed_forward: number;
  readonly positions: number;
};

/** Stack and layer of the architectures whose heads share the width and whose every matrix has a bias; `head` is a token's work there. */
function biasedStack(kind: Stack["kind"], d: number, head: number, values: PositionedValues): Stack {
  const perPosition = 4 * d * d + 2 * d * values.feed_forward;
  const kept = 2 * (d + 1) + 3 * d + values.feed_forward;
  const { layers, heads: count, feed_forward: hidden } = values;
  const keyValues = kind === "decoder" ? layers * 2 * d : 0;
  const widths = { inner: d, shared: d };
  const none = { beside: 0, bias: 0 };
  const beyond = { position: 0, token: head, pair: 0 };
  return {
    kind,
    layers,
    heads: count,
    ...widths,
    work: perPosition,
    kept,
    hidden,
    ...none,
    keyValues,
    beyond,
  };
}

function biasedLayer(d: number, feedForwardWidth: number): number {
  const attention = 4 * (d * d + d);
  const feedForwardBlock = 2 * d * feedForwardWidth + feedForwardWidth + d;
  return attention + feedForwardBlock + 4 * d;
}

/** Radford et al., 2019. Learned positions, a norm before each sub-layer and one at the end, a tied head. */
const gpt2: ArchitectureRow<PositionedValues> = {
  settings: { layers, heads, feed_forward: feedForward, positions },
  loader: "loadGpt2",
  takesWeights: false,
  formulas: plainFormulas,
  stack: (d, vocabulary, values) => biasedStack("decoder", d, vocabulary * d, values),
  parameters: (d, vocabulary, values) =>
    (vocabulary + values.positions) * d + values.layers * biasedLayer(d, values.feed_forward) + 2 * d,
};

type LlamaValues = {
  readonly layers: number;
  readonly heads: number;
  readonly kv_heads: number;
  readonly head_width: number;
  readonly feed_forward: number;
  readonly head: "tied" | "untied";
  readonly biases: "none" | "qkv";
};

/** Touvron et al., 2023, and its kin: rotary positions, grouped keys and values, a gated feed-forward block. */
const llama: ArchitectureRow<LlamaValues> = {
  settings: {
    layers,
    heads,
    kv_heads: { read: size, example: "kv_heads = 8" },
    head_width: headWidth,
    feed_forward: feedForward,
    head: { read: oneOf("tied", "untied"), example: "head = untied" },
    biases: { read: oneOf("none", "qkv"), default: "none", example: "biases = none" },
  },
  loader: "loadLlama",
  takesWeights: false,
  formulas: {
    work: "2 × d × (inner + kv_inner) + 3 × d × feed_forward",
    kept: "2 × d + 2 + inner + 2 × kv_inner + 2 × feed_forward",
  },
  stack: (d, vocabulary, values) => {
    const inner = values.heads * values.head_width;
    const shared = values.kv_heads * values.head_width;
    return {
      kind: "decoder",
      layers: values.layers,
      heads: values.heads,
      inner,
      shared,
      work: 2 * d * (inner + shared) + 3 * d * values.feed_forward,
      kept: 2 * (d + 1) + inner + 2 * shared + 2 * values.feed_forward,
      hidden: 2 * values.feed_forward,
      beside: 0,
      bias: 0,
      keyValues: values.layers * 2 * shared,
      beyond: { position: 0, token: vocabulary * d, pair: 0 },
    };
  },
  parameters: (d, vocabulary, values) => {
    const inner = values.heads * values.head_width;
    const shared = values.kv_heads * values.head_width;
    const biases = values.biases === "qkv" ? inner + 2 * shared : 0;
    const layer = 2 * d * (inner + shared) + biases + 3 * d * values.feed_forward + 2 * d;
    return vocabulary * d * (values.head === "tied" ? 1 : 2) + values.layers * layer + d;
  },
};

/**
 * Devlin et al., 2019, with its masked-language-model head: a dense layer, a norm, a tied table and a bias for each token.
 * `types` rows of segment embeddings.
 */
function bertLike(types: number): ArchitectureRow<PositionedValues> {
  return {
    settings: {
      layers,
      heads,
      feed_forward: feedForward,
      positions: { ...positions, example: "positions = 512" },
    },
    loader: "loadBert",
    takesWeights: false,
    formulas: plainFormulas,
    stack: (d, vocabulary, values) => biasedStack("encoder", d, d * d + vocabulary * d, values),
    parameters: (d, vocabulary, values) => {
      const embeddings = (vocabulary + values.positions + types) * d + 2 * d;
      const head = d * d + d + 2 * d + vocabulary;
      return embeddings + values.layers * biasedLayer(d, values.feed_forward) + head;
    },
  };
}

export const architectures: Readonly<Record<Architecture, ArchitectureEntry>> = {
  t5,
  gpt2,
  llama,
  bert: bertLike(2),
  roberta: bertLike(1),
};

export function stackOf(backbone: Backbone): Stack {
  const { architecture, width, vocabulary } = backbone;
  return architectures[architecture.value].stack(width.value, vocabulary.value, dimensionValues(backbone));
}

export function backboneParameters(backbone: Backbone): number {
  const { architecture, width, vocabulary } = backbone;
  const row = architectures[architecture.value];
  return row.parameters(width.value, vocabulary.value, dimensionValues(backbone));
}

function dimensionValues({ dimensions }: Backbone): Readonly<Record<string, DimensionValue>> {
  return Object.fromEntries(Object.entries(dimensions).map(([name, { value }]) => [name, value]));
}
