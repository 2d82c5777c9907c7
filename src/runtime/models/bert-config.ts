// The shape of a BERT or RoBERTa, read from its config.json.

import { OperationalError } from "../operational-error.ts";
import { readModelConfig } from "../weights/model-config.ts";

export type BertArchitecture = "bert" | "roberta";

export interface BertConfig {
  readonly architecture: BertArchitecture;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  readonly feedForwardWidth: number;
  readonly vocabularySize: number;
  /** Rows of the table of positions, and the one that the first row of an input takes. */
  readonly positionRows: number;
  readonly firstPosition: number;
  /** Kinds of segments; every row is of the first. */
  readonly types: number;
  readonly epsilon: number;
  readonly padId: number;
}

/** Reads config.json in `folder`. Throws an OperationalError naming the field that is missing, wrong or not supported. */
export function readBertConfig(folder: string): BertConfig {
  const config = readModelConfig(folder);
  const only = (field: string, otherwise: string | undefined, supported: readonly string[]) => {
    const value = config.text(field, otherwise);
    if (supported.includes(value)) return value;
    throw new OperationalError(
      `${config.path}: ${field} is ${value}; only ${supported.join(" and ")} can be run`,
    );
  };
  const architecture = only("model_type", undefined, ["bert", "roberta"]) === "bert" ? "bert" : "roberta";
  only("hidden_act", "gelu", ["gelu"]);
  only("position_embedding_type", "absolute", ["absolute"]);
  const [width, heads] = [config.count("hidden_size"), config.count("num_attention_heads")];
  if (width % heads !== 0) {
    throw new OperationalError(
      `${config.path}: hidden_size ${width} is not divisible by num_attention_heads ${heads}`,
    );
  }
  const padId = config.id("pad_token_id", architecture === "bert" ? 0 : 1);
  return {
    architecture,
    width,
    layers: config.count("num_hidden_layers"),
    heads,
    feedForwardWidth: config.count("intermediate_size"),
    vocabularySize: config.count("vocab_size"),
    positionRows: config.count("max_position_embeddings"),
    // RoBERTa's positions are counted from the one after the padding's.
    firstPosition: architecture === "bert" ? 0 : padId + 1,
    types: config.count("type_vocab_size", 2),
    epsilon: config.number("layer_norm_eps", 1e-12),
    padId,
  };
}
