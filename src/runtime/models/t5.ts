// Loads a T5 from a Hugging Face model folder.

import path from "node:path";
import { fileURLToPath } from "node:url";
import { OperationalError } from "../operational-error.ts";
import { scriptOptions, type ScriptOptions } from "../options.ts";
import { startBackend } from "../tf.ts";
import { loadTokenizer, type Tokenizer } from "../tokenizer.ts";
import { hashFile, openCheckpoint } from "../weights/checkpoint.ts";
import { T5Backbone } from "./t5-backbone.ts";
import { readT5Config } from "./t5-config.ts";
import { loadT5Weights, t5TensorShapes } from "./t5-weights.ts";

/** A T5 with the tokenizer of its folder. */
export type T5 = T5Backbone & { readonly tokenizer: Tokenizer };

/**
 * Starts the backend that the command line names, says on stderr which one, and loads `config.json`, `model.safetensors` and
 * `tokenizer.json` from the folder. Throws an OperationalError when a file is missing or unsound, or when the model is
 * not as wide as the script was compiled for.
 */
export async function loadT5(
  folder: URL | string,
  expect: { readonly width: number },
  options: Pick<ScriptOptions, "backend"> = scriptOptions(),
): Promise<T5> {
  const place = typeof folder === "string" ? folder : fileURLToPath(folder);
  const config = readT5Config(place);
  if (config.width !== expect.width) {
    throw new OperationalError(
      `${path.join(place, "config.json")}: d_model is ${config.width}, but this script was compiled for a backbone ` +
        `that is ${expect.width} wide. Use that backbone, or state the width in the .dept file and compile again`,
    );
  }
  const tokenizer = loadTokenizer(place);
  checkTokenizer(place, tokenizer, config);

  const { description } = await startBackend(options.backend);
  process.stderr.write(`backend ${description}\n`);

  const file = openCheckpoint(place);
  try {
    const weights = loadT5Weights(file, config);
    const parameters = [...t5TensorShapes(config).values()].reduce(
      (total, shape) => total + shape.reduce((a, b) => a * b),
      0,
    );
    const sha256 = await hashFile(file.path);
    const name = path.basename(place);
    const identity = { name, architecture: "t5", width: config.width, parameters, sha256 };
    return Object.assign(new T5Backbone(config, weights, identity), { tokenizer });
  } finally {
    file.close();
  }
}

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
