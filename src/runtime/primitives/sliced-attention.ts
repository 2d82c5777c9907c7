// Attention without the whole matrix of scores: slice by slice, each slice's matrices freed before the next is begun.
//
// Examples and heads do not meet in attention, so that slices of them have the same bits as the whole. Slices of query rows,
// where one head of one example is too large, add the shares of the gradients of key and value in another order. The sum of the
// gradient of the scores over examples keeps its order; cpu, which sums in 64 bits, rounds it between two slices. A backend's kernel,
// which need not cut anything, may round otherwise than the whole does.

import { tf, type Tensor3D, type Tensor4D } from "../backends/tensorflow.ts";
import { attendBackward, softmaxWithBias, type AttentionState } from "./attention.ts";
import { consume, free, scoped } from "./consume.ts";
import { primitive } from "./primitive.ts";
import { rangesOf, splitOf, type ScoreShape, type Split } from "./slices.ts";
import { sumOf } from "./sum-of.ts";

/**
 * What is added to the scores, in parts: each broadcasts to `[batch, heads, rows, ownRows]`, and their sum is made of one slice at a
 * time. Keys in front of the rows' own, those of a prefix, get 0.
 */
export type BiasParts = readonly Tensor4D[];

/** What sliced attention keeps for its backward pass: what its probabilities are made of. */
export type SlicedState = Omit<AttentionState, "probabilities"> & {
  readonly bias: BiasParts;
  /**
   * Of each row of scores the maximum and one over the sum of exp(score − maximum), `[batch, heads, rows, 2]`, where a backend's kernel
   * has them from its forward pass. The composition goes without.
   */
  readonly statistics?: Tensor4D;
};

/** Query, key and value of a slice, the parts of the bias whole, and where in these the slice begins. */
interface Slice extends SlicedState {
  readonly corner: readonly [example: number, head: number, row: number];
}

interface OfInputs {
  readonly dQuery: Tensor4D;
  readonly dKey: Tensor4D;
  readonly dValue: Tensor4D;
}

interface SlicedGradients extends OfInputs {
  readonly dScores: Tensor3D | undefined; // [heads, rows, keyRows]
}

type Gradients = Readonly<Record<keyof OfInputs, Tensor4D>> & {
  /** Of the scores, summed over the batch, `[1, heads, rows, keyRows]`; none where it was not asked for. */
  readonly sums: readonly Tensor4D[];
};

/** softmax(q·kᵀ + bias)·v, as `attend` has it. The parts of the bias stay the caller's; the state has handles of its own. */
export function attendInSlices(query: Tensor4D, key: Tensor4D, value: Tensor4D, bias: BiasParts) {
  const { mixed, ...found } = mixInSlices(query, key, value, bias);
  const state: SlicedState = { query, key, value, bias: bias.map((part) => part.clone()), ...found };
  return { mixed, state };
}

/** softmax(q·kᵀ + bias)·v once more. */
export function mixedInSlices({ query, key, value, bias }: SlicedState): Tensor4D {
  return scoped(() => mixInSlices(query, key, value, bias).mixed);
}

type Mixed = { readonly mixed: Tensor4D } & Pick<SlicedState, "statistics">;

/** softmax(q·kᵀ + bias)·v with what a kernel finds on the way; all that it is given stays the caller's. */
export const mixInSlices = primitive(
  (query: Tensor4D, key: Tensor4D, value: Tensor4D, bias: BiasParts): Mixed => ({
    mixed: mixedOf({ query, key, value, bias, corner: [0, 0, 0] }),
  }),
);

function mixedOf(slice: Slice): Tensor4D {
  const split = splitOf(scoresOf(slice));
  if (!split) return scoped(() => tf.matMul(probabilitiesOf(slice), slice.value) as Tensor4D);
  return joined(inSlices(slice, split, mixedOf), split.axis);
}

/** Gradients of `attendInSlices`; with `ofScores`, also that of the scores, summed over the batch. */
export const attendInSlicesBackward = primitive(
  (dMixed: Tensor4D, state: SlicedState, ofScores: boolean): SlicedGradients => {
    const { sums, ...gradients } = backward(dMixed, { ...state, corner: [0, 0, 0] }, ofScores, []);
    const [sum] = sums;
    const [, ...shape] = scoresOf(state);
    return { ...gradients, dScores: sum && (tf.reshape(sum, shape) as Tensor3D) };
  },
);

/** `before` is the sum of the examples that came before, `[1, heads, rows, keyRows]`, and stays the caller's. */
function backward(dMixed: Tensor4D, slice: Slice, ofScores: boolean, before: readonly Tensor4D[]): Gradients {
  const split = splitOf(scoresOf(slice));
  if (!split) return scoped(() => sliceBackward(dMixed, slice, ofScores, before));
  const { axis } = split;
  let last = before;
  const parts = inSlices(slice, split, (smaller, cut) => {
    if (axis > 0) return backward(cut(dMixed), smaller, ofScores, before.map(cut));
    // Examples are added up where the last slice ended: that is the order of the whole.
    const part = backward(cut(dMixed), smaller, ofScores, last);
    if (last !== before) free(last);
    last = part.sums;
    return part;
  });
  const join = (tensors: readonly Tensor4D[]) => joined(tensors, axis);
  const joinKeys = axis === 2 ? sumOf<Tensor4D> : join; // every slice of rows sees all keys
  return {
    dQuery: join(parts.map(({ dQuery }) => dQuery)),
    dKey: joinKeys(parts.map(({ dKey }) => dKey)),
    dValue: joinKeys(parts.map(({ dValue }) => dValue)),
    sums: axis === 0 || !ofScores ? last : [join(parts.flatMap(({ sums }) => sums))],
  };
}

function sliceBackward(
  dMixed: Tensor4D,
  slice: Slice,
  ofScores: boolean,
  before: readonly Tensor4D[],
): Gradients {
  const probabilities = probabilitiesOf(slice);
  const { dKey, dValue, dScores, dQuery } = attendBackward(dMixed, { ...slice, probabilities });
  const sumOf = () => tf.sum(tf.concat([...before, dScores], 0), 0, true) as Tensor4D;
  return { dQuery: dQuery(), dKey, dValue, sums: ofScores ? [sumOf()] : [] };
}

/** Runs over smaller slices, which are made when their turn comes and freed; `cut` makes that of another tensor. */
function inSlices<T extends Tensor4D | Gradients>(
  { query, key, value, bias, corner }: Slice,
  split: Split,
  run: (slice: Slice, cut: (x: Tensor4D) => Tensor4D) => T,
): readonly T[] {
  const { axis } = split;
  return rangesOf(split, query.shape[axis]).map(([from, count]) =>
    scoped(() => {
      const cut = (x: Tensor4D) => sliceOf(x, axis, from, count);
      const cutKeys = axis === 2 ? (x: Tensor4D) => x : cut;
      const begin: [number, number, number] = [...corner];
      begin[axis] += from;
      const own = { query: cut(query), key: cutKeys(key), value: cutKeys(value) };
      return run({ ...own, bias, corner: begin }, cut);
    }),
  );
}

function sliceOf(x: Tensor4D, axis: Split["axis"], from: number, count: number): Tensor4D {
  const begin: [number, number, number, number] = [0, 0, 0, 0];
  const size: [number, number, number, number] = [...x.shape];
  [begin[axis], size[axis]] = [from, count];
  return tf.slice(x, begin, size);
}

/** One after the other along the axis; the slices are freed. */
function joined(slices: readonly Tensor4D[], axis: Split["axis"]): Tensor4D {
  return consume(slices, () => tf.concat([...slices], axis) as Tensor4D);
}

function probabilitiesOf(slice: Slice): Tensor4D {
  const { query, key } = slice;
  return scoped(() => {
    const bias = scoped(() => biasOver(key.shape[2], biasAt(slice)));
    return softmaxWithBias(tf.matMul(query, key, false, true) as Tensor4D, bias);
  });
}

/** The parts of the bias where the slice is; whole along an axis where they are the same for all. */
function biasAt({ query, bias, corner: [example, head, row] }: Slice): BiasParts {
  const [examples, heads, rows] = query.shape;
  return bias.map((part) => {
    const [ofExamples, ofHeads, ofRows, keys] = part.shape;
    const size = [Math.min(ofExamples, examples), Math.min(ofHeads, heads), Math.min(ofRows, rows), keys];
    if (size.join() === part.shape.join()) return part;
    const begin = [ofExamples > 1 ? example : 0, ofHeads > 1 ? head : 0, ofRows > 1 ? row : 0, 0];
    return tf.slice(part, begin, size);
  });
}

/** The sum of the parts, with 0 for the keys in front of the rows' own. */
export function biasOver(keyRows: number, parts: BiasParts): Tensor4D {
  const sum = parts.reduce((all, part): Tensor4D => tf.add(all, part));
  const [batch, heads, rows, ownRows] = sum.shape;
  if (ownRows === keyRows) return sum;
  return tf.concat([tf.zeros([batch, heads, rows, keyRows - ownRows]), sum], 3) as Tensor4D;
}

function scoresOf({ query, key }: Pick<SlicedState, "query" | "key">): ScoreShape {
  const [batch, heads, rows] = query.shape;
  return [batch, heads, rows, key.shape[2]];
}
