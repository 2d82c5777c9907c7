// The named sizes of a backbone that shapes may be made of, beside its width d.

import type { Backbone } from "./program.ts";

/** What each size counts, for a message and for the emitted script. */
export const backboneSizeNames = {
  heads: "heads of an attention",
  kv_heads: "heads of keys and values: fewer where several heads share one",
  head_width: "width of a head",
  feed_forward: "width of a feed-forward block",
  layers: "blocks, the encoder's and then the decoder's",
  attentions: "attentions: a decoder block has two",
  gates: "feed-forward blocks with a gate",
  vocabulary: "tokens of the vocabulary",
  tables: "tables of a row for each token: the embeddings', and an untied head's own",
} as const;

export type BackboneSize = keyof typeof backboneSizeNames;

export function isBackboneSize(name: string): name is BackboneSize {
  return Object.hasOwn(backboneSizeNames, name);
}

/** Their values. A T5's encoder block has one attention, its decoder block a second over the encoder's output. */
export function backboneSizes({
  width,
  vocabulary,
  dimensions,
}: Backbone): ReadonlyMap<BackboneSize, number> {
  const size = (name: string): number => Number(dimensions[name]?.value ?? 0);
  const layers = size("layers") + size("encoder_layers") + size("decoder_layers");
  return new Map<BackboneSize, number>([
    ["heads", size("heads")],
    ["kv_heads", size("kv_heads") || size("heads")],
    ["head_width", size("head_width") || width.value / size("heads")],
    ["feed_forward", size("feed_forward")],
    ["layers", layers],
    ["attentions", layers + size("decoder_layers")],
    ["gates", dimensions["activation"]?.value === "gated_gelu" ? layers : 0],
    ["vocabulary", vocabulary.value],
    ["tables", dimensions["head"]?.value === "untied" ? 2 : 1],
  ]);
}
