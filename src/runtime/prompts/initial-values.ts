// The numbers a trained tensor starts from.

import type { TextBackbone } from "../data/load-task.ts";
import { randomStream, type Random } from "../random.ts";
import type { Tokenizer } from "../tokenizer.ts";
import { adapterValues } from "./adapter-values.ts";
import { orthogonalValues } from "./orthogonal-values.ts";
import type { Initialiser } from "./initialisers.ts";

/** Lester, Al-Rfou and Constant (2021) sample the words of a prompt from this many. */
const frequentWords = 5_000;

/** Values of the tensor `name`, row by row. Each tensor draws from a stream of its own. */
export function initialValues(
  name: string,
  initialiser: Initialiser,
  backbone: TextBackbone,
  seed: number,
): Float32Array {
  switch (initialiser.kind) {
    case "vocabulary":
      return wordRows(initialiser.shape, backbone, randomStream(seed, "parameter", name));
    case "text":
      return textRows(initialiser.shape, initialiser.text, backbone);
    case "adapter":
      return adapterValues(initialiser);
    case "pretrained":
      throw new Error(`${name} begins as the backbone's weights, which are not drawn`);
    default:
      return seededValues(name, initialiser, seed);
  }
}

/** How a tensor begins that needs no backbone and no file. */
export type SeededInitialiser = Exclude<
  Initialiser,
  { kind: "vocabulary" | "text" | "adapter" | "pretrained" }
>;

/** Values that follow from the seed and the tensor's name alone. */
export function seededValues(name: string, initialiser: SeededInitialiser, seed: number): Float32Array {
  const { shape } = initialiser;
  const size = shape.reduce((product, extent) => product * extent, 1);
  const random = randomStream(seed, "parameter", name);
  const draw = (next: () => number) => Float32Array.from({ length: size }, next);
  const spread = (bound: number) => draw(() => (2 * random.uniform() - 1) * bound);

  switch (initialiser.kind) {
    case "zeros":
      return new Float32Array(size);
    case "ones":
      return new Float32Array(size).fill(1);
    case "normal":
      return draw(() => random.normal() * initialiser.std);
    case "uniform":
      return spread(initialiser.bound);
    case "kaimingUniform":
      return spread(1 / Math.sqrt((initialiser.fan === "rows" ? shape[0] : shape[1]) ?? 1));
    case "xavierUniform":
      return spread(Math.sqrt(6 / ((shape[0] ?? 1) + (shape[1] ?? 1))));
    case "orthogonal":
      return orthogonalValues(shape, random);
  }
}

function wordRows(
  [rows = 0, width]: readonly number[],
  backbone: TextBackbone,
  random: Random,
): Float32Array {
  assertWidth("vocabulary", width, backbone);
  const words = random.shuffle(Int32Array.from(frequentWordIds(backbone.tokenizer, backbone.vocabularySize)));
  return backbone.embeddingRows(Array.from({ length: rows }, (_, row) => words[row % words.length] ?? 0));
}

function textRows([rows = 0, width]: readonly number[], text: string, backbone: TextBackbone): Float32Array {
  assertWidth("text", width, backbone);
  const { tokenizer } = backbone;
  const ids = tokenizer.encode(text).ids.filter((id) => id !== tokenizer.maskId);
  return backbone.embeddingRows(Array.from({ length: rows }, (_, row) => ids[row % ids.length] ?? 0));
}

function assertWidth(initialiser: string, width: number | undefined, backbone: TextBackbone): void {
  if (width === backbone.width) return;
  throw new Error(`${initialiser}() makes rows ${backbone.width} wide, the backbone's width, not ${width}`);
}

/**
 * The lowest ids that stand for words. Vocabularies are sorted by frequency, the special ids in front and T5's
 * `<extra_id_N>`, which stand for gaps, at the end. BERT's `[unusedN]` were kept free for words to come.
 */
export function frequentWordIds(tokenizer: Tokenizer, vocabularySize: number): number[] {
  const { padId, endId, unknownId, startIds, maskId } = tokenizer;
  const notWords = new Set<number | undefined>([padId, endId, unknownId, ...startIds, maskId]);
  for (const numbered of [(n: number) => `<extra_id_${n}>`, (n: number) => `[unused${n}]`]) {
    for (let n = 0; tokenizer.idOf(numbered(n)) !== undefined; n++) notWords.add(tokenizer.idOf(numbered(n)));
  }
  const ids = Array.from({ length: Math.min(tokenizer.vocabularySize, vocabularySize) }, (_, id) => id);
  return ids.filter((id) => !notWords.has(id)).slice(0, frequentWords);
}
