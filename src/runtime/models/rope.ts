// Frequencies of rotary positions, as config.json states them.

import { OperationalError } from "../operational-error.ts";
import type { ModelConfig } from "../weights/model-config.ts";

/**
 * base^(−2i/headWidth) for each pair i of a head, `[headWidth / 2]`, scaled as the checkpoint asks: not at all, all alike
 * (`linear`), or only the slow ones (`llama3`). Throws an OperationalError for another scaling.
 */
export function ropeFrequencies(config: ModelConfig, headWidth: number): Float32Array {
  // Files of transformers 5 hold both in one field, older ones in two.
  const scaling = config.section("rope_parameters") ?? config.section("rope_scaling");
  const base =
    scaling?.number("rope_theta", config.number("rope_theta", 10_000)) ?? config.number("rope_theta", 10_000);
  const plain = Float32Array.from({ length: headWidth / 2 }, (_, i) => base ** ((-2 * i) / headWidth));
  const kind = scaling?.text("rope_type", scaling.text("type", "default")) ?? "default";
  if (!scaling || kind === "default") return plain;
  const factor = scaling.number("factor");
  if (kind === "linear") return plain.map((frequency) => frequency / factor);
  if (kind !== "llama3") {
    throw new OperationalError(
      `${config.path}: rope scaling is ${kind}; only default, linear and llama3 can be run`,
    );
  }
  const low = scaling.number("low_freq_factor");
  const high = scaling.number("high_freq_factor");
  const original = scaling.number("original_max_position_embeddings");
  return plain.map((frequency) => {
    const turns = (original * frequency) / (2 * Math.PI); // within the context it was first trained on
    if (turns > high) return frequency;
    if (turns < low) return frequency / factor;
    const share = (turns - low) / (high - low);
    return ((1 - share) * frequency) / factor + share * frequency;
  });
}
