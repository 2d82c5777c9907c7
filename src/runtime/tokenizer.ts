// Text to token ids and back, by the tokenizer.json of a Hugging Face model folder.

import { existsSync } from "node:fs";
import path from "node:path";
import { Tokenizer as HuggingFaceTokenizer } from "@huggingface/tokenizers";
import { messageOf, OperationalError } from "./operational-error.ts";
import { readJsonObject } from "./weights/json-file.ts";

export interface EncodedText {
  /** Token ids, the end-of-text id last. */
  readonly ids: readonly number[];
  /** Tokens of the whole text; more than `ids.length` when it was cut. */
  readonly fullLength: number;
}

export interface Tokenizer {
  readonly padId: number;
  readonly endId: number;
  /** What the file's own rule puts in front of a text, such as Llama's `<s>`. */
  readonly startIds: readonly number[];
  /** The id words outside the vocabulary get; undefined when the tokenizer has none. */
  readonly unknownId: number | undefined;
  /** Ids are below this number. */
  readonly vocabularySize: number;
  /**
   * Encodes a text and ends it, or puts it between `before` and `after`. A text longer than `maxTokens` is cut so that
   * both still stand around it.
   */
  encode(
    text: string,
    options?: {
      readonly maxTokens?: number;
      readonly before?: readonly number[];
      readonly after?: readonly number[];
    },
  ): EncodedText;
  /** The text of the ids, without special tokens. */
  decode(ids: readonly number[]): string;
  /** The id of a token as the vocabulary spells it, `▁plant` or `</s>`. */
  idOf(token: string): number | undefined;
}

/**
 * Reads tokenizer.json, and tokenizer_config.json where there is one. With `otherEndId`, for models whose files name no
 * end-of-text token, that id ends a text and pads it where nothing else does. Throws an OperationalError naming the file.
 */
export function loadTokenizer(folder: string, otherEndId?: number): Tokenizer {
  const file = path.join(folder, "tokenizer.json");
  const configFile = path.join(folder, "tokenizer_config.json");
  const config = existsSync(configFile) ? readJsonObject(configFile) : {};
  const tokenizer = build(file, readJsonObject(file), config);

  const specialId = (field: string, usual: string): number => {
    const written = tokenText(config[field]);
    if (written === undefined && otherEndId !== undefined) return otherEndId;
    const token = written ?? usual;
    const id = tokenizer.token_to_id(token);
    if (id === undefined) throw new OperationalError(`${file}: ${field} ${token} is not in its vocabulary`);
    return id;
  };
  const padId = specialId("pad_token", "<pad>");
  const endId = specialId("eos_token", "</s>");
  const framed = tokenizer.encode("", { add_special_tokens: true }).ids;
  const end = framed.indexOf(endId);

  return {
    padId,
    endId,
    startIds: end < 0 ? framed : framed.slice(0, end),
    unknownId: tokenizer.token_to_id(tokenText(config["unk_token"]) ?? "<unk>"),
    vocabularySize: 1 + [...tokenizer.get_vocab(true).values()].reduce((most, id) => Math.max(most, id), -1),
    encode(text, { maxTokens = Infinity, before = [], after = [endId] } = {}) {
      const around = before.length + after.length;
      if (maxTokens < Math.max(1, around))
        throw new RangeError(`maxTokens is ${maxTokens}; a text has at least its end`);
      // The end is set here, not by the file's post-processor, so that every text has exactly one.
      const { ids } = tokenizer.encode(text, { add_special_tokens: false });
      const kept = ids.slice(0, maxTokens - around);
      return { ids: [...before, ...kept, ...after], fullLength: ids.length + around };
    },
    decode: (ids) => tokenizer.decode([...ids], { skip_special_tokens: true }),
    idOf: (token) => tokenizer.token_to_id(token),
  };
}

function build(file: string, contents: object, config: object): HuggingFaceTokenizer {
  try {
    return new HuggingFaceTokenizer(contents, config);
  } catch (error) {
    throw new OperationalError(`${file} is not a tokenizer that can be used: ${messageOf(error)}`);
  }
}

/** A special token is written as its text or as an object around it. */
function tokenText(token: unknown): string | undefined {
  if (typeof token === "object" && token !== null) return tokenText((token as { content?: unknown }).content);
  return typeof token === "string" ? token : undefined;
}
