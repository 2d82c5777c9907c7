// Where the rows of a decoder-only model stand and what they see. A prefix of keys and values takes the first positions.

import { OperationalError } from "../operational-error.ts";
import { consume } from "../primitives/consume.ts";
import { makeRotation } from "../primitives/rotary.ts";
import { tf, type Tensor2D } from "../tf.ts";
import type { CausalContext } from "./causal-attention.ts";
import { attentionBias, type Visibility } from "./causal-layout.ts";
import type { CausalModel } from "./causal-model.ts";
import { prefixRows, type InsideRun } from "./inside.ts";

type Sight = Omit<Visibility, "group">;

/** For rows at `positions`, `[batch × rows]`, that see what `sight` says; of a prefix every row sees all. */
export function contextOf(
  { layers, positions: kind }: CausalModel,
  sight: Sight,
  positions: Int32Array,
  run: InsideRun | undefined,
): CausalContext {
  const { batch, rows, keys } = sight;
  const attention = layers[0]?.attention;
  const group = attention ? attention.heads / attention.keyHeads : 1;
  const bias = tf.tensor4d(attentionBias({ ...sight, group }), [batch, 1, group * rows, keys]);
  const places = behindPrefix(positions, run);
  const rotation = kind.kind === "rotary" ? makeRotation(places, batch, kind.frequencies) : undefined;
  return { batch, bias, rotation, run };
}

/** Every row sees itself and those before it: one bias and one rotation for the whole batch. */
export function causalContext(model: CausalModel, rows: number, run: InsideRun | undefined): CausalContext {
  const isVisible = (_: number, row: number, key: number) => key <= row && row - key < model.window;
  const positions = Int32Array.from({ length: rows }, (_, i) => i);
  return contextOf(model, { batch: 1, rows, keys: rows, isVisible }, positions, run);
}

/** Adds learned positions, prompt rows counted. Takes over `x`. */
export function withPositions(
  { positions: kind }: CausalModel,
  x: Tensor2D,
  positions: Int32Array,
  run: InsideRun | undefined,
): Tensor2D {
  if (kind.kind === "rotary") return x;
  const places = behindPrefix(positions, run);
  const most = kind.table.matrix.shape[0];
  const needed = places.reduce((max, position) => Math.max(max, position), 0) + 1;
  if (needed > most) {
    const what = run?.inside.memory ? "prefix, prompt, input" : "prompt, input";
    throw new OperationalError(
      `${what} and target take ${needed} positions, but the backbone has ${most}; lower max_tokens or the prompt's length`,
    );
  }
  return consume(x, () => tf.add(x, kind.table.rows(places)) as Tensor2D);
}

function behindPrefix(positions: Int32Array, run: InsideRun | undefined): Int32Array {
  const length = prefixRows(run?.inside);
  return length === 0 ? positions : positions.map((position) => position + length);
}
