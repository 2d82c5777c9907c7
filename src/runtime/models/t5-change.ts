// What a method changes inside a T5 during one call, and what its backward pass finds for it.

import type { Tensor } from "../tf.ts";
import { InnerGradients } from "./inner-gradients.ts";
import { trainedIn, type Inside, type Trained } from "./inside.ts";
import { PositionGradient } from "./position-gradient.ts";
import type { T5Config } from "./t5-config.ts";
import type { DecoderChange } from "./t5-decoder.ts";
import type { Change } from "./t5-encoder.ts";
import { WeightGradients, type RowGradient } from "./weight-gradients.ts";

export interface T5Change {
  readonly gradients: InnerGradients;
  readonly encoder: Change;
  readonly decoder: DecoderChange;
  /** After the backward pass: the gradients of the tensors, and rows to be added to them; the caller disposes both. */
  take(tensors: readonly Tensor[]): {
    readonly inner: ReadonlyMap<Tensor, Tensor>;
    readonly rows: readonly RowGradient[];
  };
}

/** Of weights that learn, gradients are gathered, too. */
export function t5Change(inside: Inside, { encoderLayers, buckets, heads, maxDistance }: T5Config): T5Change {
  const weights = new WeightGradients(trainedIn(inside).map(({ tensor }) => tensor));
  const gradients = new InnerGradients(weights);
  const shared = { inside, gradients };
  const [ofEncoder, ofDecoder] = positionGradients(inside.positions);
  return {
    gradients,
    encoder: { ...shared, ofScores: ofEncoder && ((dScores) => ofEncoder.found.add(dScores)) },
    decoder: { ...shared, encoderLayers, ofScores: ofDecoder && ((dScores) => ofDecoder.found.add(dScores)) },
    take(tensors) {
      for (const [stack, causal] of [
        [ofEncoder, false],
        [ofDecoder, true],
      ] as const) {
        if (!stack) continue;
        const { ids, rows } = stack.found.take({ buckets, heads, maxDistance, causal });
        weights.addRows(stack.table, ids, rows);
      }
      const { whole, rows } = weights.take();
      return { inner: new Map([...gradients.take(tensors), ...whole]), rows };
    },
  };
}

/** Where the tables of position biases learn, encoder's and decoder's. */
function positionGradients(positions: Trained | undefined) {
  return (positions?.weights ?? []).map(({ tensor }) => ({ table: tensor, found: new PositionGradient() }));
}
