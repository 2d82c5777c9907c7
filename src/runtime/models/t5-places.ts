// Which tensors of a T5 checkpoint stand at which place, in the order in which the places are counted.

import type { WeightPlace } from "./inside.ts";
import type { T5Config } from "./t5-config.ts";

/** The tables of position biases, `[buckets, heads]`: every layer of a stack reads that of its first. */
export const positionTables = {
  encoder: "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
  decoder: "decoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight",
} as const;

/** Names in the checkpoint by place; together they are all of its tensors, each once. */
export function t5WeightNames(
  { encoderLayers, decoderLayers, activation }: T5Config,
  ownHead: boolean,
): Readonly<Record<WeightPlace, readonly string[]>> {
  const blocks = (stack: string, count: number) =>
    Array.from({ length: count }, (_, block) => `${stack}.block.${block}.layer`);
  const encoder = blocks("encoder", encoderLayers);
  const decoder = blocks("decoder", decoderLayers);
  const attentions = [
    ...encoder.map((layer) => [`${layer}.0`, "SelfAttention"] as const),
    ...decoder.flatMap(
      (layer) =>
        [[`${layer}.0`, "SelfAttention"] as const, [`${layer}.1`, "EncDecAttention"] as const] as const,
    ),
  ];
  const layers = [...encoder.map((layer) => `${layer}.1`), ...decoder.map((layer) => `${layer}.2`)];
  const attention = (part: string) => attentions.map(([layer, kind]) => `${layer}.${kind}.${part}.weight`);
  const feedForward = (part: string) => layers.map((layer) => `${layer}.DenseReluDense.${part}.weight`);
  const isGated = activation === "gated_gelu";
  return {
    embeddings: ["shared.weight", ...(ownHead ? ["lm_head.weight"] : [])],
    positions: Object.values(positionTables),
    query: attention("q"),
    key: attention("k"),
    value: attention("v"),
    attentionOutput: attention("o"),
    attentionNorm: attentions.map(([layer]) => `${layer}.layer_norm.weight`),
    feedForwardGate: isGated ? feedForward("wi_0") : [],
    feedForwardInput: feedForward(isGated ? "wi_1" : "wi"),
    feedForwardOutput: feedForward("wo"),
    feedForwardNorm: layers.map((layer) => `${layer}.layer_norm.weight`),
    finalNorm: ["encoder.final_layer_norm.weight", "decoder.final_layer_norm.weight"],
  };
}
