// The named sizes of a backbone that shapes may be made of, beside its width d.

import type { Backbone } from "./program.ts";

/** What each size counts, for a message and for the emitted script. */
export const backboneSizeNames = {
  heads: "heads of an attention",
  head_width: "width of a head",
  feed_forward: "width of a feed-forward block",
  layers: "blocks, the encoder's and then the decoder's",
  attentions: "attentions: a decoder block has two",
} as const;

export type BackboneSize = keyof typeof backboneSizeNames;

export function isBackboneSize(name: string): name is BackboneSize {
  return Object.hasOwn(backboneSizeNames, name);
}

/** Their values. A T5's encoder block has one attention, its decoder block a second over the encoder's output. */
export function backboneSizes(backbone: Backbone): ReadonlyMap<BackboneSize, number> {
  const { heads, headWidth, feedForward, encoderLayers, decoderLayers } = backbone;
  return new Map<BackboneSize, number>([
    ["heads", heads.value],
    ["head_width", headWidth.value],
    ["feed_forward", feedForward.value],
    ["layers", encoderLayers.value + decoderLayers.value],
    ["attentions", encoderLayers.value + 2 * decoderLayers.value],
  ]);
}
