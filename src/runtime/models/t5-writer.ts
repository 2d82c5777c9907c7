// T5's decoder writing: one row a step, over the keys and values of what it read and wrote before.

import { consume, free, scoped } from "../primitives/consume.ts";
import { tf, type Tensor2D, type Tensor4D } from "../tf.ts";
import { scoreTokens, type HeadWeights } from "./language-head.ts";
import { continueFrom } from "./continue-from.ts";
import type { PositionBiases } from "./position-bias.ts";
import { crossAttentionOver, keysAndValues, selfAttention, type KeysAndValues } from "./t5-attention.ts";
import type { T5Config } from "./t5-config.ts";
import { blocksAt, type DecoderChange, type DecoderLayer } from "./t5-decoder.ts";
import { feedForward } from "./t5-feed-forward.ts";
import type { TokenTable } from "./token-table.ts";
import type { Writer } from "./writer.ts";

/** What it writes from and what it writes with. */
export interface T5Writing {
  readonly layers: readonly DecoderLayer[];
  readonly config: T5Config;
  readonly table: TokenTable;
  readonly head: HeadWeights;
  readonly biases: PositionBiases;
  readonly change: DecoderChange | undefined;
  readonly encoded: Tensor2D; // [inputs × encodedRows, width]
  readonly encodedMask: Tensor4D; // [inputs, 1, 1, encodedRows], 0 or -1e9
  readonly maxNewTokens: number;
}

/** Takes over `encodedMask` and frees `encoded`: keys and values are made of it once. */
export function t5Writer(writing: T5Writing): Writer {
  const { layers, config, table, head, change, encoded, encodedMask } = writing;
  const inputs = encodedMask.shape[0];
  const read = consume(encoded, () =>
    layers.map(({ cross }, index) =>
      keysAndValues(cross, config, encoded, inputs, blocksAt(change, index).ofCross),
    ),
  );
  let written: readonly KeysAndValues[] | undefined;
  let step = 0;

  const score = (tokens: ArrayLike<number>): Tensor2D => {
    const bias = biasOf(writing, step++);
    const { last, cache } = readOn(writing, table.rows(tokens), bias, read, written);
    free(written ? [bias, written] : bias);
    written = cache;
    return consume(last, () => scoreTokens(head, last));
  };
  return {
    inputs,
    first: () => score(new Int32Array(inputs).fill(config.startId)),
    next(tokens, from) {
      written = written?.map((layer) => continueFrom(layer, inputs, from));
      return score(tokens);
    },
    dispose: () => free([read, encodedMask, written ?? []]),
  };
}

/** Of the row `step` over itself and those before it, `[1, heads, 1, step + 1]`. */
function biasOf({ biases, maxNewTokens, config }: T5Writing, step: number): Tensor4D {
  return scoped(
    () => tf.slice(biases.get(maxNewTokens), [0, 0, step, 0], [1, config.heads, 1, step + 1]) as Tensor4D,
  );
}

/** One row of each text through all layers, `[texts, width]`, and the keys and values with it. Takes over `x`. */
function readOn(
  { layers, config, change, encodedMask }: T5Writing,
  x: Tensor2D,
  bias: Tensor4D,
  read: readonly KeysAndValues[],
  written: readonly KeysAndValues[] | undefined,
) {
  const texts = x.shape[0];
  const cache: KeysAndValues[] = [];
  let last = x;
  for (const [index, layer] of layers.entries()) {
    const { ofSelf, ofCross } = blocksAt(change, index);
    const encoded = read[index];
    if (!encoded) throw new Error("a layer without the keys and values of what was read");
    const self = selfAttention(layer.self, config, last, [bias], texts, ofSelf, undefined, written?.[index]);
    const { key, value, ...ofSelfAlone } = self.saved; // its input, `last`, among them
    free(ofSelfAlone);
    cache.push({ key, value });
    const cross = crossAttentionOver(layer.cross, config, self.y, encoded, encodedMask, ofCross);
    const { key: _, value: __, ...ofCrossAlone } = cross.saved;
    free(ofCrossAlone);
    const forward = feedForward(layer.feedForward, config, cross.y, ofSelf);
    free(forward.saved);
    last = forward.y;
  }
  return { last, cache };
}
