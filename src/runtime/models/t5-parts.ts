// What a T5 computes with: its weights, and what is made of them once.

import type { HeadWeights } from "./language-head.ts";
import { PositionBiases } from "./position-bias.ts";
import type { T5Config } from "./t5-config.ts";
import type { T5Weights } from "./t5-weights.ts";

export interface T5Parts {
  readonly weights: T5Weights;
  readonly head: HeadWeights;
  readonly encoderBiases: PositionBiases;
  readonly decoderBiases: PositionBiases;
}

/** The weights stay the caller's; the biases are to be disposed with `disposeBiases`. */
export function partsOf(config: T5Config, weights: T5Weights): T5Parts {
  const { headTable: table, decoderNorm: norm, encoderPositions, decoderPositions } = weights;
  const { heads, buckets, maxDistance, epsilon } = config;
  const factor = config.head === "tied" ? config.width ** -0.5 : 1;
  const shape = { heads, buckets, maxDistance };
  return {
    weights,
    head: { norm, table, factor, epsilon },
    encoderBiases: new PositionBiases({ ...shape, values: encoderPositions, causal: false }),
    decoderBiases: new PositionBiases({ ...shape, values: decoderPositions, causal: true }),
  };
}

export function disposeBiases({ encoderBiases, decoderBiases }: T5Parts): void {
  encoderBiases.dispose();
  decoderBiases.dispose();
}
