// Where a method can change the inside of a backbone's blocks, and by what.

import { constantOf, type Polynomial, symbol, times } from "./polynomial.ts";

const d = symbol("d");
const inner = times(symbol("heads"), symbol("head_width"));
/** Of keys and values, which several heads may share. */
const shared = times(symbol("kv_heads"), symbol("head_width"));
const feedForward = symbol("feed_forward");
const attentions = symbol("attentions");
const layers = symbol("layers");
const stacks = constantOf(2); // encoder and decoder

export type ChangeName = "low_rank" | "scaled" | "shifted" | "prefix" | "bottleneck" | "trained";

interface InsidePlace {
  /** How many there are: the first size of every tensor that acts there. */
  readonly count: Polynomial;
  /** Left out where the weights are a number for each column: a norm's. */
  readonly reads?: Polynomial;
  readonly gives: Polynomial;
  readonly takes: readonly ChangeName[];
}

const linear = ["low_rank", "scaled", "shifted", "trained"] as const;
const weights = ["trained"] as const;

export const insidePlaces = {
  query: { count: attentions, reads: d, gives: inner, takes: linear },
  key: { count: attentions, reads: d, gives: shared, takes: linear },
  value: { count: attentions, reads: d, gives: shared, takes: linear },
  attention_output: { count: attentions, reads: inner, gives: d, takes: linear },
  feed_forward_input: { count: layers, reads: d, gives: feedForward, takes: linear },
  hidden: { count: layers, reads: feedForward, gives: feedForward, takes: ["scaled"] },
  feed_forward_output: { count: layers, reads: feedForward, gives: d, takes: linear },
  memory: { count: attentions, reads: shared, gives: shared, takes: ["prefix"] },
  after_self_attention: { count: layers, reads: d, gives: d, takes: ["bottleneck"] },
  after_feed_forward: { count: layers, reads: d, gives: d, takes: ["bottleneck"] },
  embeddings: { count: symbol("tables"), reads: d, gives: symbol("vocabulary"), takes: weights },
  positions: { count: stacks, reads: symbol("heads"), gives: constantOf(32), takes: weights },
  attention_norm: { count: attentions, gives: d, takes: weights },
  feed_forward_gate: { count: symbol("gates"), reads: d, gives: feedForward, takes: weights },
  feed_forward_norm: { count: layers, gives: d, takes: weights },
  final_norm: { count: stacks, gives: d, takes: weights },
} as const satisfies Record<string, InsidePlace>;

export type InsidePlaceName = keyof typeof insidePlaces;

/** A tensor's shape; `undefined` for a size that is the method's own. */
type Wanted = readonly (Polynomial | undefined)[];

interface InsideChange {
  /** What stands in its brackets, for the message. */
  readonly says: string;
  /** Shapes of its tensors; the sizes left open are one size in all of them. */
  readonly shapes: (place: InsidePlace) => readonly Wanted[];
  /** A number may stand behind the tensors. */
  readonly factor: boolean;
  /** Inference needs nothing of it: it is worked into the backbone's own weights. */
  readonly folds: boolean;
}

export const insideChanges: Readonly<Record<ChangeName, InsideChange>> = {
  low_rank: {
    says: "A [places, rank, in], B [places, out, rank] and a number, the scale",
    shapes: ({ count, reads, gives }) => [
      [count, undefined, reads],
      [count, gives, undefined],
    ],
    factor: true,
    folds: true,
  },
  scaled: {
    says: "one tensor [places, out]",
    shapes: ({ count, gives }) => [[count, gives]],
    factor: false,
    folds: true,
  },
  shifted: {
    says: "one tensor [places, out]",
    shapes: ({ count, gives }) => [[count, gives]],
    factor: false,
    folds: false,
  },
  prefix: {
    says: "keys and values, each [attentions, length, kv_heads * head_width]",
    shapes: ({ count, gives }) => [
      [count, undefined, gives],
      [count, undefined, gives],
    ],
    factor: false,
    folds: false,
  },
  bottleneck: {
    says: "D [layers, size, d], b [layers, size], U [layers, d, size] and c [layers, d]",
    shapes: ({ count, gives }) => [
      [count, undefined, gives],
      [count, undefined],
      [count, gives, undefined],
      [count, gives],
    ],
    factor: false,
    folds: false,
  },
  trained: {
    says: "one tensor with the place's weights, [places, out, in], of a norm [places, d]",
    shapes: ({ count, gives, reads }) => [reads ? [count, gives, reads] : [count, gives]],
    factor: false,
    folds: false,
  },
};
