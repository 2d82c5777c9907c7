// The methods inside the blocks as data, and the values of their tensors in test/fixtures/inside.

import type { Tensor, Tensor2D, Tensor3D } from "../../src/runtime/tf.ts";
import {
  bottleneck,
  type Inside,
  lowRank,
  prefix,
  scaled,
  shifted,
} from "../../src/runtime/models/inside.ts";

type Take = <T extends Tensor>(name: string) => T;

/** How each method uses its tensors. */
export const insideMethods: Readonly<Record<string, (take: Take, scale: number) => Inside>> = {
  lora: (take, scale) => ({
    query: lowRank(take<Tensor3D>("query_A"), take<Tensor3D>("query_B"), scale),
    value: lowRank(take<Tensor3D>("value_A"), take<Tensor3D>("value_B"), scale),
  }),
  ia3: (take) => ({
    key: scaled(take<Tensor2D>("key_scale")),
    value: scaled(take<Tensor2D>("value_scale")),
    hidden: scaled(take<Tensor2D>("hidden_scale")),
  }),
  bitfit: (take) => ({
    query: shifted(take<Tensor2D>("query_bias")),
    key: shifted(take<Tensor2D>("key_bias")),
    value: shifted(take<Tensor2D>("value_bias")),
    attentionOutput: shifted(take<Tensor2D>("attention_output_bias")),
    feedForwardInput: shifted(take<Tensor2D>("feed_forward_input_bias")),
    feedForwardOutput: shifted(take<Tensor2D>("feed_forward_output_bias")),
  }),
  adapter: (take) => {
    const of = (place: string) =>
      bottleneck(
        take<Tensor3D>(`${place}_down`),
        take<Tensor2D>(`${place}_down_bias`),
        take<Tensor3D>(`${place}_up`),
        take<Tensor2D>(`${place}_up_bias`),
      );
    return { afterSelfAttention: of("attention"), afterFeedForward: of("feed_forward") };
  },
  prefix_tuning: (take) => ({
    memory: prefix(take<Tensor3D>("prefix_keys"), take<Tensor3D>("prefix_values")),
  }),
};

/** All places at once, each with a change that no method above has there. */
const mixed = (take: Take): Inside => ({
  query: scaled(take<Tensor2D>("query_scale")),
  key: lowRank(take<Tensor3D>("key_A"), take<Tensor3D>("key_B")),
  value: scaled(take<Tensor2D>("value_scale")),
  attentionOutput: lowRank(take<Tensor3D>("attention_output_A"), take<Tensor3D>("attention_output_B")),
  feedForwardInput: scaled(take<Tensor2D>("feed_forward_input_scale")),
  hidden: scaled(take<Tensor2D>("hidden_scale")),
  feedForwardOutput: lowRank(
    take<Tensor3D>("feed_forward_output_A"),
    take<Tensor3D>("feed_forward_output_B"),
  ),
  ...methodOf("adapter")(take, 1),
  ...methodOf("prefix_tuning")(take, 1),
});

export function methodOf(name: string): (take: Take, scale: number) => Inside {
  const method = name === "mixed" ? mixed : insideMethods[name];
  if (!method) throw new Error(`no method ${name}`);
  return method;
}

/** `values` of make_others.py: in (-1, 1), by a generator of whole numbers that both languages compute exactly. */
export function tensorValues(seed: number, count: number): Float64Array {
  let state = seed;
  return Float64Array.from({ length: count }, () => {
    state = (state * 75 + 74) % 65537;
    return state / 32768.5 - 1;
  });
}
