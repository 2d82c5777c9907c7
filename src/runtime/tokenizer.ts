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
  /** What stands in front of a text by the file's own rule: Llama's `<s>`, BERT's `[CLS]`. */
  readonly startIds: readonly number[];
  /** The id words outside the vocabulary get; undefined when the tokenizer has none. */
  readonly unknownId: number | undefined;
  /** What stands for the word to answer, where the backbone has it. */
  readonly maskId?: number;
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
  /** Encodes a class's text, which the backbone is to answer. */
  encodeTarget(text: string): EncodedText;
  /** The text of the ids, without special tokens. */
  decode(ids: readonly number[]): string;
  /** The id of a token as the vocabulary spells it, `▁plant` or `</s>`. */
  idOf(token: string): number | undefined;
}

/** Of a backbone that answers in one masked word of its input. */
export interface MaskedTokenizer extends Tokenizer {
  readonly maskId: number;
}

/**
 * Reads tokenizer.json, and tokenizer_config.json where there is one. With `otherEndId`, for models whose files name no
 * end-of-text token, that id ends a text and pads it where nothing else does. Throws an OperationalError naming the file.
 */
export function loadTokenizer(folder: string, otherEndId?: number): Tokenizer {
  const { tokenizer, specialId, shared } = openTokenizer(folder, otherEndId);
  const endId = specialId("eos_token", "</s>");
  const framed = tokenizer.encode("", { add_special_tokens: true }).ids;
  const end = framed.indexOf(endId);
  const encode: Tokenizer["encode"] = (text, { maxTokens = Infinity, before = [], after = [endId] } = {}) => {
    const around = before.length + after.length;
    if (maxTokens < Math.max(1, around))
      throw new RangeError(`maxTokens is ${maxTokens}; a text has at least its end`);
    // The end is set here, not by the file's post-processor, so that every text has exactly one.
    const { ids } = tokenizer.encode(text, { add_special_tokens: false });
    const kept = ids.slice(0, maxTokens - around);
    return { ids: [...before, ...kept, ...after], fullLength: ids.length + around };
  };
  return {
    ...shared,
    padId: specialId("pad_token", "<pad>"),
    endId,
    startIds: end < 0 ? framed : framed.slice(0, end),
    encode,
    encodeTarget: (text) => encode(text),
  };
}

/**
 * The same for BERT and its kin: a text stands between the start and the end token and holds one mask. A text that names
 * the mask token has it there, any other at its end; cutting a text spares the mask. A class's text must be one token.
 */
export function loadMaskedTokenizer(folder: string): MaskedTokenizer {
  const { tokenizer, specialId, shared } = openTokenizer(folder);
  const startId = specialId("cls_token", "[CLS]");
  const endId = specialId("sep_token", "[SEP]");
  const maskId = specialId("mask_token", "[MASK]");
  const words = (text: string) => tokenizer.encode(text, { add_special_tokens: false }).ids;
  return {
    ...shared,
    startIds: [startId],
    padId: specialId("pad_token", "[PAD]"),
    endId,
    maskId,
    encode(text, { maxTokens = Infinity } = {}) {
      if (maxTokens < 3)
        throw new RangeError(`maxTokens is ${maxTokens}; a text has its start, its mask and its end`);
      const found = words(text);
      const ids = found.includes(maskId) ? found : [...found, maskId];
      return { ids: [startId, ...cutAround(ids, maskId, maxTokens - 2), endId], fullLength: ids.length + 2 };
    },
    encodeTarget(text) {
      const ids = words(` ${text}`); // as it stands after a space: byte-level vocabularies tell the two apart
      if (ids.length === 1 && ids[0] !== shared.unknownId) return { ids, fullLength: 1 };
      const reason = ids.length === 1 ? "unknown" : `${ids.length} tokens`;
      throw new OperationalError(
        `the class "${text}" is ${reason} to this backbone, but what it answers at the mask is one token of its ` +
          `vocabulary; give the class another text`,
      );
    },
  };
}

/** At most `room` of the ids, the mask among them: the end goes first, and where the mask is too far on, what is before it. */
function cutAround(ids: readonly number[], maskId: number, room: number): readonly number[] {
  const place = ids.indexOf(maskId);
  if (place < room) return ids.slice(0, room);
  const tail = ids.slice(place, place + room);
  return [...ids.slice(0, room - tail.length), ...tail];
}

/** What both kinds have. */
function openTokenizer(folder: string, otherEndId?: number) {
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
  const shared = {
    unknownId: tokenizer.token_to_id(tokenText(config["unk_token"]) ?? "<unk>"),
    vocabularySize: 1 + [...tokenizer.get_vocab(true).values()].reduce((most, id) => Math.max(most, id), -1),
    // The library refuses to decode nothing.
    decode: (ids: readonly number[]) =>
      ids.length === 0 ? "" : tokenizer.decode([...ids], { skip_special_tokens: true }),
    idOf: (token: string) => tokenizer.token_to_id(token),
  };
  return { tokenizer, specialId, shared };
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
