// Every operation of the language as an emitted script calls it, with shapes to try its gradient on.

import type { TriedOperation } from "../../src/graph/operation-gradients.ts";
import {
  concatRows,
  firstRows,
  gelu,
  layerNorm,
  matMul,
  rowsOf,
  silu,
} from "../../src/runtime/graph-operations.ts";
import { maxRows, meanRows, top1 } from "../../src/runtime/pooling.ts";
import { tf, type Tensor3D } from "../../src/runtime/tf.ts";
import type { GraphFunction, Shape } from "./finite-differences.ts";

export type Trial = readonly [graph: GraphFunction, ...shapes: Shape[]];

const batch: Shape = [3, 4, 5];
const even: Shape = [2, 4, 8]; // widths of whole fours have kernels of their own on webgpu
const rows: Shape = [4, 5];

/** Rows 0 to 1, 0 to 3 and 0 of the three examples are words. */
const mask = (): Tensor3D => tf.tensor3d([1, 1, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0], [3, 4, 1]);

export const operationTrials: Readonly<Record<TriedOperation, readonly Trial[]>> = {
  add: [
    [(a, b) => tf.add(a, b), batch, rows],
    [(a, b) => tf.add(a, b), even, [8]],
    [(a, b) => tf.add(a, b), batch, []],
  ],
  subtract: [
    [(a, b) => tf.sub(a, b), rows, batch],
    [(a, b) => tf.sub(a, b), even, even],
  ],
  multiply: [
    [(a, b) => tf.mul(a, b), batch, rows],
    [(a) => tf.mul(1.5, a), even],
    [(a, b) => tf.mul(a, b), batch, []],
  ],
  divide: [
    // Away from 0, where finite differences say nothing.
    [(a, b) => tf.div(a, tf.add(tf.mul(b, b), 1)), batch, rows],
    [(a) => tf.div(a, 3), even],
  ],
  matmul: [
    [(a, b) => tf.matMul(a, b), [4, 3], [3, 5]],
    [(a, b) => matMul(a, b), batch, [5, 2]],
    [(a, b) => matMul(a, b), [2, 4], batch],
    [(a, b) => matMul(a, b), even, [2, 8, 4]],
  ],
  slice: [
    [(a) => firstRows(a, 2), rows],
    [(a) => firstRows(a, 2), even],
    [(a) => rowsOf(a, 1, 3), batch],
  ],
  concat: [
    [(...parts) => concatRows(...parts), [2, 5], batch, [1, 5]],
    [(...parts) => concatRows(...parts), [2, 8], [4, 8]],
    [(...parts) => concatRows(...parts), [0, 5], batch],
  ],
  relu: [
    [(a) => tf.relu(a), batch],
    [(a) => tf.relu(a), even],
  ],
  gelu: [[(a) => gelu(a), batch]],
  silu: [[(a) => silu(a), batch]],
  tanh: [[(a) => tf.tanh(a), batch]],
  sigmoid: [[(a) => tf.sigmoid(a), batch]],
  softmax: [
    [(a) => tf.softmax(a), batch],
    [(a) => tf.softmax(a), rows],
  ],
  layer_norm: [[(a) => layerNorm(a), batch]],
  sqrt: [[(a) => tf.sqrt(tf.add(tf.mul(a, a), 1)), batch]],
  top_1: [[(a) => top1(a), [3, 1, 6]]],
  max: [
    [(a) => maxRows(a), rows],
    [(a) => maxRows(a, mask()), batch],
  ],
  mean: [
    [(a) => meanRows(a), rows],
    [(a) => meanRows(a, mask()), batch],
  ],
  reshape: [
    [(a) => tf.reshape(a, [2, 10]), rows],
    [(a) => tf.reshape(a, [-1, 2, 10]), batch],
  ],
  transpose: [[(a) => tf.transpose(a), rows]],
};
