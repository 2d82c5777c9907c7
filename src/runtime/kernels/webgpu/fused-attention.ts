// Attention on the webgpu backend without a matrix of scores: forward in one dispatch, backward in two.

import { tf, type Tensor, type Tensor1D, type Tensor4D } from "../../backends/tensorflow.ts";
import { scoped } from "../../primitives/consume.ts";
import {
  attendInSlicesBackward,
  mixInSlices,
  type BiasParts,
  type SlicedState,
} from "../../primitives/sliced-attention.ts";
import {
  attentionProgram,
  backwardForm,
  forwardForm,
  keyGradientProgram,
  queryGradientProgram,
  widestHead,
} from "./attention-programs.ts";
import { dispatch } from "./dispatch.ts";
import { made, stridesOf } from "./primitive-kernels.ts";

const mostWorkgroups = 65_535; // in one direction
const mostParts = 2; // of the bias

export const fusedAttention: typeof mixInSlices.stock = (query, key, value, bias) => {
  const given = { query, key, value, bias };
  const [batch, heads, rows, headWidth] = query.shape;
  const [first, second = first] = bias;
  if (!first || !second || !isTaken(given)) return mixInSlices.stock(query, key, value, bias);
  const [mixed, statistics] = dispatch(
    attentionProgram(headWidth),
    [query, key, value, first, second],
    [query.shape, [batch, heads, rows, 2]],
    sizesOf(given, 0),
    [Math.ceil(rows / forwardForm(headWidth).own), heads, batch],
  );
  return { mixed: made(mixed), statistics: made<Tensor4D>(statistics) };
};

/** The gradient of the scores, where it is asked for, is a matrix of them in any case: that is the composition's. */
export const fusedAttentionBackward: typeof attendInSlicesBackward.stock = (dMixed, state, ofScores) => {
  const { query, key, value, bias, statistics } = state;
  if (!statistics || ofScores) return attendInSlicesBackward.stock(dMixed, state, ofScores);
  const [batch, heads, rows, headWidth] = query.shape;
  const keyRows = key.shape[2];
  const { own } = backwardForm(headWidth);
  const parts = sideBySide(bias);
  const sizes = sizesOf(state, bias.length > 1 ? (bias[0]?.size ?? 0) : 0);
  const inputs = [query, key, value, dMixed, parts];
  const [dQuery, ofRow] = dispatch(
    queryGradientProgram(headWidth),
    [...inputs, statistics],
    [query.shape, [batch, heads, rows, 4]],
    sizes,
    [Math.ceil(rows / own), heads, batch],
  );
  const [dKey, dValue] = dispatch(
    keyGradientProgram(headWidth),
    [...inputs, made(ofRow)],
    [key.shape, value.shape],
    sizes,
    [Math.ceil(keyRows / own), heads, batch],
  );
  tf.dispose([made(ofRow), parts]);
  return { dQuery: made(dQuery), dKey: made(dKey), dValue: made(dValue), dScores: undefined };
};

function isTaken({ query, key, value, bias }: SlicedState): boolean {
  const [batch, heads, rows, headWidth] = query.shape;
  const tensors = [query, key, value, ...bias];
  return (
    tensors.every(({ dtype, size }) => dtype === "float32" && size > 0) &&
    headWidth % 4 === 0 &&
    headWidth <= widestHead &&
    bias.length <= mostParts &&
    Math.max(batch, heads, rows, key.shape[2]) <= mostWorkgroups
  );
}

/** Numbers of the programs; the second part of the bias begins at `second` of its buffer. */
function sizesOf({ query, key, bias }: SlicedState, second: number): readonly number[] {
  const [, heads, rows] = query.shape;
  const keyRows = key.shape[2];
  const ownRows = Math.max(...bias.map(({ shape }) => shape[3]));
  const [first, other = first] = bias.map(({ shape }) => stridesOf(shape));
  return [heads, rows, keyRows, keyRows - ownRows, bias.length, second, ...(first ?? []), ...(other ?? [])];
}

/** The parts in one buffer: a program of the backward pass has no more than the eight that every device allows. */
function sideBySide(bias: BiasParts): Tensor {
  const [first, ...others] = bias;
  if (first && others.length === 0) return first.clone();
  return scoped(() => tf.concat(bias.map((part): Tensor1D => tf.reshape(part, [-1]))));
}
