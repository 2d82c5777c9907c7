// Loads a BERT or RoBERTa from a Hugging Face model folder.

import path from "node:path";
import { fileURLToPath } from "node:url";
import { OperationalError } from "../operational-error.ts";
import { scriptOptions, type BackendOptions } from "../options.ts";
import { describeStart, startBackend } from "../tf.ts";
import { loadMaskedTokenizer, type MaskedTokenizer } from "../tokenizer.ts";
import { announced } from "../weights/announce-weights.ts";
import { hashFiles, modelName, openCheckpoint } from "../weights/checkpoint.ts";
import { BertBackbone } from "./bert-backbone.ts";
import { readBertConfig, type BertConfig } from "./bert-config.ts";
import { bertTensorShapes, loadBertWeights } from "./bert-weights.ts";
import { checkDimensions } from "./expected-dimensions.ts";

/** A BERT or RoBERTa with the tokenizer of its folder. */
export type Bert = BertBackbone & { readonly tokenizer: MaskedTokenizer };

const dimensions = {
  width: ["hidden_size", "width"],
  layers: ["num_hidden_layers", "layers"],
  heads: ["num_attention_heads", "heads"],
  feedForward: ["intermediate_size", "feedForwardWidth"],
  positions: ["max_position_embeddings", "positionRows"],
  vocabulary: ["vocab_size", "vocabularySize"],
} as const satisfies Record<string, readonly [field: string, read: keyof BertConfig]>;

/** What a plan was computed from. */
export type BertDimensions = { readonly [Dimension in keyof typeof dimensions]: number };

/**
 * Starts the backend that the command line names, says on stderr which one, and loads `config.json`, `model.safetensors` (or
 * its shards) and `tokenizer.json` from the folder. It answers in one masked word: the checkpoint must have its
 * masked-language-model head, and every class must be one token. Throws an OperationalError when a file is missing or
 * unsound, or when the model does not have the dimensions that the script was compiled for; those left out are not compared.
 */
export async function loadBert(
  folder: URL | string,
  expect: Partial<BertDimensions>,
  options: BackendOptions = scriptOptions(),
): Promise<Bert> {
  const place = typeof folder === "string" ? folder : fileURLToPath(folder);
  const config = readBertConfig(place);
  checkDimensions(path.join(place, "config.json"), config, dimensions, expect);
  const tokenizer = loadMaskedTokenizer(place);
  checkTokenizer(place, tokenizer, config);

  process.stderr.write(`${describeStart(await startBackend(options.backend, options.threads))}\n`);

  const file = openCheckpoint(place);
  try {
    const weights = announced(file, () => loadBertWeights(file, config));
    const { architecture, width } = config;
    const shapes = [...bertTensorShapes(config).values()];
    const parameters = shapes.reduce((total, shape) => total + shape.reduce((a, b) => a * b), 0);
    const sha256 = await hashFiles(file.files);
    const identity = { name: modelName(place), architecture, width, parameters, sha256 };
    return Object.assign(new BertBackbone(config, weights, tokenizer, identity), { tokenizer });
  } finally {
    file.close();
  }
}

function checkTokenizer(folder: string, tokenizer: MaskedTokenizer, config: BertConfig): void {
  const file = path.join(folder, "tokenizer.json");
  if (tokenizer.vocabularySize > config.vocabularySize) {
    throw new OperationalError(
      `${file} has ${tokenizer.vocabularySize} tokens, but vocab_size in config.json is ${config.vocabularySize}`,
    );
  }
  if (tokenizer.padId !== config.padId) {
    throw new OperationalError(
      `${file}: the padding is token ${tokenizer.padId}, but config.json says pad_token_id ${config.padId}`,
    );
  }
}
