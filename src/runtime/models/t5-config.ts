// The shape of a T5, read from its config.json.

import { OperationalError } from "../operational-error.ts";
import { readModelConfig } from "../weights/model-config.ts";

export interface T5Config {
  readonly width: number;
  readonly heads: number;
  readonly headWidth: number;
  readonly feedForwardWidth: number;
  readonly encoderLayers: number;
  readonly decoderLayers: number;
  readonly vocabularySize: number;
  /** Relative positions: buckets, and the distance from which all fall into the last one. */
  readonly buckets: number;
  readonly maxDistance: number;
  readonly epsilon: number;
  readonly padId: number;
  readonly endId: number;
  /** What the decoder reads first. */
  readonly startId: number;
}

/** Reads config.json in `folder`. Throws an OperationalError naming the field that is missing, wrong or not supported. */
export function readT5Config(folder: string): T5Config {
  const config = readModelConfig(folder);
  const refuse = (field: string, value: string, wanted: string) => {
    throw new OperationalError(`${config.path}: ${field} is ${value}; only ${wanted} can be run`);
  };
  const modelType = config.text("model_type");
  if (modelType !== "t5") refuse("model_type", modelType, "t5");
  const feedForward = config.text("feed_forward_proj", "relu");
  if (feedForward !== "relu") refuse("feed_forward_proj", feedForward, "relu, the layout of T5 1.0,");
  if (!config.flag("tie_word_embeddings", true))
    refuse("tie_word_embeddings", "false", "a tied head, as in T5 1.0,");

  const encoderLayers = config.count("num_layers");
  const padId = config.id("pad_token_id", 0);
  return {
    width: config.count("d_model"),
    heads: config.count("num_heads"),
    headWidth: config.count("d_kv"),
    feedForwardWidth: config.count("d_ff"),
    encoderLayers,
    decoderLayers: config.count("num_decoder_layers", encoderLayers),
    vocabularySize: config.count("vocab_size"),
    buckets: config.count("relative_attention_num_buckets", 32),
    maxDistance: config.count("relative_attention_max_distance", 128),
    epsilon: config.number("layer_norm_epsilon", 1e-6),
    padId,
    endId: config.id("eos_token_id", 1),
    startId: config.id("decoder_start_token_id", padId),
  };
}
