// Loads a GPT-2 from a Hugging Face model folder.

import { scriptOptions, type BackendOptions } from "../options.ts";
import type { ModelConfig } from "../weights/model-config.ts";
import type { CausalLayer } from "./causal-layers.ts";
import {
  headName,
  loadCausal,
  refuseUnless,
  type CausalFamily,
  type CausalLanguageModel,
} from "./load-causal.ts";

/** What a plan was computed from. */
export interface Gpt2Dimensions {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly feedForward: number;
  readonly positions: number;
  readonly vocabulary: number;
}

/**
 * Starts the backend that the command line names, says on stderr which one, and loads `config.json`, `model.safetensors` and
 * `tokenizer.json` from the folder. Throws an OperationalError when a file is missing or unsound, or when the model does
 * not have the dimensions that the script was compiled for; those that are left out are not compared.
 */
export async function loadGpt2(
  folder: URL | string,
  expect: Partial<Gpt2Dimensions>,
  options: BackendOptions = scriptOptions(),
): Promise<CausalLanguageModel> {
  return loadCausal(folder, gpt2Family(expect), options);
}

function readGpt2Config(config: ModelConfig) {
  refuseUnless(config, "model_type", config.text("model_type"), "gpt2");
  refuseUnless(config, "activation_function", config.text("activation_function", "gelu_new"), "gelu_new");
  refuseUnless(config, "scale_attn_weights", config.flag("scale_attn_weights", true), true);
  const byLayer = "scale_attn_by_inverse_layer_idx";
  refuseUnless(config, byLayer, config.flag(byLayer, false), false);
  refuseUnless(config, "tie_word_embeddings", config.flag("tie_word_embeddings", true), true);
  const width = config.count("n_embd");
  return {
    width,
    layers: config.count("n_layer"),
    heads: config.count("n_head"),
    feedForward: config.count("n_inner", 4 * width),
    positions: config.count("n_positions", 1024),
    vocabulary: config.count("vocab_size"),
  };
}

function gpt2Family(expect: Partial<Gpt2Dimensions>): CausalFamily {
  return {
    architecture: "gpt2",
    prefix: "transformer.",
    dimensions: (config) => {
      const found = readGpt2Config(config);
      return [
        ["n_embd", found.width, expect.width],
        ["n_layer", found.layers, expect.layers],
        ["n_head", found.heads, expect.heads],
        ["n_inner", found.feedForward, expect.feedForward],
        ["n_positions", found.positions, expect.positions],
        ["vocab_size", found.vocabulary, expect.vocabulary],
      ];
    },
    shapes: gpt2TensorShapes,
    unread: unreadTensors,
    model: (config, read) => {
      const { layers, heads } = readGpt2Config(config);
      const epsilon = config.number("layer_norm_epsilon", 1e-5);
      const norm = (name: string) => ({
        weight: read.vector(`${name}.weight`),
        shift: read.vector(`${name}.bias`),
        epsilon,
      });
      const table = read.tiedTable("wte.weight");
      return {
        table,
        head: table,
        positions: { kind: "learned", table: read.table("wpe.weight") },
        layers: Array.from({ length: layers }, (_, i): CausalLayer => {
          return {
            attention: {
              norm: norm(`h.${i}.ln_1`),
              ...read.turned(`h.${i}.attn.c_attn`, ["query", "key", "value"]),
              ...read.turned(`h.${i}.attn.c_proj`, ["output"]),
              heads,
              keyHeads: heads,
            },
            feedForward: {
              norm: norm(`h.${i}.ln_2`),
              ...read.turned(`h.${i}.mlp.c_fc`, ["input"]),
              gate: undefined,
              ...read.turned(`h.${i}.mlp.c_proj`, ["output"]),
            },
          };
        }),
        norm: norm("ln_f"),
        window: Infinity,
      };
    },
  };
}

/** The causal masks of old files, and a copy of the tied table. */
function unreadTensors(config: ModelConfig): ReadonlyMap<string, readonly number[]> {
  const { layers, positions, width, vocabulary } = readGpt2Config(config);
  const masks = Array.from({ length: layers }, (_, i) => [
    [`h.${i}.attn.bias`, [1, 1, positions, positions]] as const,
    [`h.${i}.attn.masked_bias`, []] as const,
  ]);
  return new Map<string, readonly number[]>([...masks.flat(), [headName, [vocabulary, width]]]);
}

/** Every tensor of the architecture under its Hugging Face name, with its shape. */
function gpt2TensorShapes(config: ModelConfig): ReadonlyMap<string, readonly number[]> {
  const { width, layers, feedForward, positions, vocabulary } = readGpt2Config(config);
  const shapes = new Map<string, readonly number[]>([
    ["wte.weight", [vocabulary, width]],
    ["wpe.weight", [positions, width]],
    ["ln_f.weight", [width]],
    ["ln_f.bias", [width]],
  ]);
  for (let i = 0; i < layers; i++) {
    for (const [part, from, to] of [
      ["attn.c_attn", width, 3 * width],
      ["attn.c_proj", width, width],
      ["mlp.c_fc", width, feedForward],
      ["mlp.c_proj", feedForward, width],
    ] as const) {
      shapes.set(`h.${i}.${part}.weight`, [from, to]);
      shapes.set(`h.${i}.${part}.bias`, [to]);
    }
    for (const part of ["ln_1", "ln_2"])
      for (const half of ["weight", "bias"]) shapes.set(`h.${i}.${part}.${half}`, [width]);
  }
  return shapes;
}
