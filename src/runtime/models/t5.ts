// Loads a T5, T5 1.1, Flan-T5 or mT5 from a Hugging Face model folder.

import path from "node:path";
import { fileURLToPath } from "node:url";
import { OperationalError } from "../operational-error.ts";
import { scriptOptions, type BackendOptions } from "../options.ts";
import { describeStart, startBackend } from "../tf.ts";
import { loadTokenizer, type Tokenizer } from "../tokenizer.ts";
import { announced } from "../weights/announce-weights.ts";
import { hashFiles, modelName, openCheckpoint } from "../weights/checkpoint.ts";
import { checkDimensions } from "./expected-dimensions.ts";
import { T5Backbone } from "./t5-backbone.ts";
import { readT5Config, type T5Config } from "./t5-config.ts";
import { hasOwnHead, loadT5Weights, t5TensorShapes } from "./t5-weights.ts";

/** A T5 with the tokenizer of its folder. */
export type T5 = T5Backbone & { readonly tokenizer: Tokenizer; readonly folder: string };

/**
 * Starts the backend that the command line names, says on stderr which one, and loads `config.json`, `model.safetensors` (or
 * its shards) and `tokenizer.json` from the folder. Throws an OperationalError when a file is missing or unsound, or when the model does
 * not have the dimensions that the script was compiled for; numbers that are left out are not compared, and words that
 * are left out are those of T5 1.0.
 */
export async function loadT5(
  folder: URL | string,
  expect: Partial<T5Dimensions>,
  options: BackendOptions = scriptOptions(),
): Promise<T5> {
  const place = typeof folder === "string" ? folder : fileURLToPath(folder);
  const config = readT5Config(place);
  const asCompiled = { activation: "relu", head: "tied", ...expect };
  checkDimensions(path.join(place, "config.json"), config, dimensions, asCompiled);
  const tokenizer = loadTokenizer(place);
  checkTokenizer(place, tokenizer, config);

  process.stderr.write(`${describeStart(await startBackend(options.backend, options.threads))}\n`);

  const file = openCheckpoint(place);
  try {
    const weights = announced(file, () => loadT5Weights(file, config));
    const parameters = [...t5TensorShapes(config, hasOwnHead(file, config)).values()].reduce(
      (total, shape) => total + shape.reduce((a, b) => a * b),
      0,
    );
    const sha256 = await hashFiles(file.files);
    const name = modelName(place);
    const identity = { name, architecture: "t5", width: config.width, parameters, sha256 };
    return Object.assign(new T5Backbone(config, weights, identity), { tokenizer, folder: place });
  } finally {
    file.close();
  }
}

/** Each dimension as a script names it: the field of config.json, and what was read from it. */
const dimensions = {
  width: ["d_model", "width"],
  heads: ["num_heads", "heads"],
  headWidth: ["d_kv", "headWidth"],
  feedForward: ["d_ff", "feedForwardWidth"],
  activation: ["activation", "activation"],
  head: ["head", "head"],
  encoderLayers: ["num_layers", "encoderLayers"],
  decoderLayers: ["num_decoder_layers", "decoderLayers"],
  vocabulary: ["vocab_size", "vocabularySize"],
} as const satisfies Record<string, readonly [field: string, read: keyof T5Config]>;

/** What a plan was computed from. */
export type T5Dimensions = {
  readonly [Dimension in keyof typeof dimensions]: T5Config[(typeof dimensions)[Dimension][1]];
};

function checkTokenizer(folder: string, tokenizer: Tokenizer, config: ReturnType<typeof readT5Config>): void {
  const file = path.join(folder, "tokenizer.json");
  if (tokenizer.vocabularySize > config.vocabularySize) {
    throw new OperationalError(
      `${file} has ${tokenizer.vocabularySize} tokens, but vocab_size in config.json is ${config.vocabularySize}`,
    );
  }
  if (tokenizer.endId !== config.endId || tokenizer.padId !== config.padId) {
    throw new OperationalError(
      `${file}: </s> and <pad> are tokens ${tokenizer.endId} and ${tokenizer.padId}, but config.json says ` +
        `eos_token_id ${config.endId} and pad_token_id ${config.padId}`,
    );
  }
}
