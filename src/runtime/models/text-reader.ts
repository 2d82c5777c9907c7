// How each architecture reads text: its tokenizer, and what stands around an input. No weights are needed for it.

import { fileURLToPath } from "node:url";
import type { TextReader } from "../data/load-task.ts";
import { loadMaskedTokenizer, loadTokenizer } from "../tokenizer.ts";
import { type ModelConfig, readModelConfig } from "../weights/model-config.ts";

export type Architecture = "t5" | "gpt2" | "llama" | "bert" | "roberta";

/**
 * `loadReader("t5", folder)`: what `loadT5` and its like read text with. Reads `tokenizer.json` and `config.json` of a Hugging
 * Face model folder. Throws an OperationalError when a file is missing or unsound.
 */
export function loadReader(architecture: Architecture, folder: URL | string): TextReader {
  const place = typeof folder === "string" ? folder : fileURLToPath(folder);
  switch (architecture) {
    case "t5":
      return { tokenizer: loadTokenizer(place) };
    case "bert":
    case "roberta":
      return { tokenizer: loadMaskedTokenizer(place) };
    case "gpt2":
    case "llama":
      return causalReader(place, readModelConfig(place));
  }
}

/** The target follows the text, so the text is not ended; what a tokenizer begins a text with stays. */
export function causalReader(folder: string, config: ModelConfig): Required<TextReader> {
  const tokenizer = loadTokenizer(folder, config.ids("eos_token_id")[0]);
  return { tokenizer, inputFrame: { before: tokenizer.startIds, after: [] } };
}
