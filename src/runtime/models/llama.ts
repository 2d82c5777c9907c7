// Loads a Llama, or one of its kin (Mistral, SmolLM2, Qwen 2.5), from a Hugging Face model folder.

import { OperationalError } from "../operational-error.ts";
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
import { ropeFrequencies } from "./rope.ts";

/** What a plan was computed from. */
export interface LlamaDimensions {
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headWidth: number;
  readonly feedForward: number;
  readonly head: "tied" | "untied";
  /** Left out it is `none`, as in the language. */
  readonly biases: "none" | "qkv";
  readonly vocabulary: number;
}

/**
 * Starts the backend that the command line names, says on stderr which one, and loads `config.json`, `model.safetensors` and
 * `tokenizer.json` from the folder. Throws an OperationalError when a file is missing or unsound, or when the model does
 * not have the dimensions that the script was compiled for; those that are left out are not compared, but `biases`.
 */
export async function loadLlama(
  folder: URL | string,
  expect: Partial<LlamaDimensions>,
  options: BackendOptions = scriptOptions(),
): Promise<CausalLanguageModel> {
  return loadCausal(folder, llamaFamily(expect), options);
}

function readLlamaConfig(config: ModelConfig) {
  const kind = config.text("model_type");
  if (!["llama", "mistral", "qwen2"].includes(kind)) {
    throw new OperationalError(
      `${config.path}: model_type is ${kind}; only llama, mistral and qwen2 can be run as one of Llama's kin`,
    );
  }
  refuseUnless(config, "hidden_act", config.text("hidden_act", "silu"), "silu");
  if (kind === "llama") refuseUnless(config, "attention_bias", config.flag("attention_bias", false), false);
  refuseUnless(config, "mlp_bias", config.flag("mlp_bias", false), false);
  refuseUnless(config, "use_sliding_window", config.flag("use_sliding_window", false), false);
  const width = config.count("hidden_size");
  const heads = config.count("num_attention_heads");
  return {
    width,
    layers: config.count("num_hidden_layers"),
    heads,
    kvHeads: config.count("num_key_value_heads", heads),
    headWidth: config.count("head_dim", width / heads),
    feedForward: config.count("intermediate_size"),
    head: config.flag("tie_word_embeddings", false) ? "tied" : "untied",
    biases: kind === "qwen2" ? "qkv" : "none",
    vocabulary: config.count("vocab_size"),
    // Qwen's window is off and stands in its file nonetheless.
    window: kind === "mistral" ? config.number("sliding_window", Infinity) : Infinity,
  } as const;
}

function llamaFamily(expect: Partial<LlamaDimensions>): CausalFamily {
  return {
    architecture: "llama",
    prefix: "model.",
    dimensions: (config) => {
      const found = readLlamaConfig(config);
      return [
        ["hidden_size", found.width, expect.width],
        ["num_hidden_layers", found.layers, expect.layers],
        ["num_attention_heads", found.heads, expect.heads],
        ["num_key_value_heads", found.kvHeads, expect.kvHeads],
        ["head_dim", found.headWidth, expect.headWidth],
        ["intermediate_size", found.feedForward, expect.feedForward],
        ["the head (tie_word_embeddings)", found.head, expect.head],
        ["the biases (model_type)", found.biases, expect.biases ?? "none"],
        ["vocab_size", found.vocabulary, expect.vocabulary],
      ];
    },
    shapes: llamaTensorShapes,
    unread: unreadTensors,
    model: (config, read) => {
      const { layers, heads, kvHeads: keyHeads, headWidth, head, biases, window } = readLlamaConfig(config);
      const epsilon = config.number("rms_norm_eps", 1e-6);
      const norm = (name: string) => ({ weight: read.vector(`${name}.weight`), shift: undefined, epsilon });
      const isTied = head === "tied";
      const table = isTied ? read.tiedTable("embed_tokens.weight") : read.table("embed_tokens.weight");
      const hasBias = biases === "qkv";
      return {
        table,
        head: isTied ? table : read.table(headName),
        positions: { kind: "rotary", frequencies: ropeFrequencies(config, headWidth) },
        layers: Array.from({ length: layers }, (_, i): CausalLayer => ({
          attention: {
            norm: norm(`layers.${i}.input_layernorm`),
            query: read.projection(`layers.${i}.self_attn.q_proj`, hasBias),
            key: read.projection(`layers.${i}.self_attn.k_proj`, hasBias),
            value: read.projection(`layers.${i}.self_attn.v_proj`, hasBias),
            output: read.projection(`layers.${i}.self_attn.o_proj`, false),
            heads,
            keyHeads,
          },
          feedForward: {
            norm: norm(`layers.${i}.post_attention_layernorm`),
            input: read.projection(`layers.${i}.mlp.up_proj`, false),
            gate: read.projection(`layers.${i}.mlp.gate_proj`, false),
            output: read.projection(`layers.${i}.mlp.down_proj`, false),
          },
        })),
        norm: norm("norm"),
        window,
      };
    },
  };
}

/** The frequencies that old files hold, and a copy of a tied table. */
function unreadTensors(config: ModelConfig): ReadonlyMap<string, readonly number[]> {
  const { layers, headWidth, head, vocabulary, width } = readLlamaConfig(config);
  const computed = Array.from(
    { length: layers },
    (_, i) => [`layers.${i}.self_attn.rotary_emb.inv_freq`, [headWidth / 2]] as const,
  );
  const copy = [[headName, [vocabulary, width]]] as const;
  return new Map<string, readonly number[]>([...computed, ...(head === "tied" ? copy : [])]);
}

/** Every tensor of the architecture under its Hugging Face name, the leading `model.` left out, with its shape. */
function llamaTensorShapes(config: ModelConfig): ReadonlyMap<string, readonly number[]> {
  const { width, layers, heads, kvHeads, headWidth, feedForward, head, biases, vocabulary } =
    readLlamaConfig(config);
  const shapes = new Map<string, readonly number[]>([
    ["embed_tokens.weight", [vocabulary, width]],
    ["norm.weight", [width]],
  ]);
  if (head === "untied") shapes.set(headName, [vocabulary, width]);
  const inner = heads * headWidth;
  for (let i = 0; i < layers; i++) {
    for (const [part, rows] of [
      ["q", inner],
      ["k", kvHeads * headWidth],
      ["v", kvHeads * headWidth],
    ] as const) {
      // prettier-ignore
      shapes.set(`layers.${i}.self_attn.${part}_proj.weight`, [rows, width]);
      if (biases === "qkv") shapes.set(`layers.${i}.self_attn.${part}_proj.bias`, [rows]);
    }
    shapes.set(`layers.${i}.self_attn.o_proj.weight`, [width, inner]);
    for (const part of ["gate", "up"])
      shapes.set(`layers.${i}.mlp.${part}_proj.weight`, [feedForward, width]);
    shapes.set(`layers.${i}.mlp.down_proj.weight`, [width, feedForward]);
    for (const part of ["input", "post_attention"])
      shapes.set(`layers.${i}.${part}_layernorm.weight`, [width]);
  }
  return shapes;
}
