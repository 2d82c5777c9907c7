// The shape of a T5, T5 1.1, Flan-T5 or mT5, read from its config.json.

import { OperationalError } from "../operational-error.ts";
import { readModelConfig } from "../weights/model-config.ts";

export type T5Activation = "relu" | "gated_gelu";

export interface T5Config {
  readonly width: number;
  readonly heads: number;
  readonly headWidth: number;
  readonly feedForwardWidth: number;
  /** T5 1.0 has relu; T5 1.1 and what came of it multiply gelu of one linear map with another (Shazeer, 2020). */
  readonly activation: T5Activation;
  readonly encoderLayers: number;
  readonly decoderLayers: number;
  readonly vocabularySize: number;
  /** Relative positions: buckets, and the distance from which all fall into the last one. */
  readonly buckets: number;
  readonly maxDistance: number;
  readonly epsilon: number;
  /** A tied head reads the table of the embeddings, and its input is multiplied with width^-0.5 before. */
  readonly head: "tied" | "untied";
  /** config.json leaves it to the file whether an untied head has a table of its own. */
  readonly mayShareTable: boolean;
  readonly padId: number;
  readonly endId: number;
  /** What the decoder reads first. */
  readonly startId: number;
}

/** Reads config.json in `folder`. Throws an OperationalError naming the field that is missing, wrong or not supported. */
export function readT5Config(folder: string): T5Config {
  const config = readModelConfig(folder);
  const refuse = (field: string, value: string, wanted: string): never => {
    throw new OperationalError(`${config.path}: ${field} is ${value}; only ${wanted} can be run`);
  };
  const modelType = config.text("model_type");
  if (modelType !== "t5" && modelType !== "mt5") return refuse("model_type", modelType, "t5 and mt5");
  const activation = config.text("feed_forward_proj", "relu");
  if (activation !== "relu" && activation !== "gated-gelu")
    return refuse("feed_forward_proj", activation, "relu and gated-gelu");
  const sharesTable = config.flag("tie_word_embeddings", true);
  // transformers 5 writes tie_word_embeddings as true in every case, and the difference that it makes beside it.
  const scales = modelType === "t5" && sharesTable && config.flag("scale_decoder_outputs", true);

  const encoderLayers = config.count("num_layers");
  const padId = config.id("pad_token_id", 0);
  return {
    width: config.count("d_model"),
    heads: config.count("num_heads"),
    headWidth: config.count("d_kv"),
    feedForwardWidth: config.count("d_ff"),
    activation: activation === "relu" ? "relu" : "gated_gelu",
    encoderLayers,
    decoderLayers: config.count("num_decoder_layers", encoderLayers),
    vocabularySize: config.count("vocab_size"),
    buckets: config.count("relative_attention_num_buckets", 32),
    maxDistance: config.count("relative_attention_max_distance", 128),
    epsilon: config.number("layer_norm_epsilon", 1e-6),
    head: scales ? "tied" : "untied",
    mayShareTable: sharesTable,
    padId,
    endId: config.id("eos_token_id", 1),
    startId: config.id("decoder_start_token_id", padId),
  };
}
