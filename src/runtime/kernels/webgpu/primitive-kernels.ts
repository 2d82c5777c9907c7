// The primitives on the webgpu backend, each in one dispatch.

import type { Tensor } from "../../backends/tensorflow.ts";
import { activate, activateBackward, gate, gateBackward } from "../../primitives/activations.ts";
import { softmaxBackward, softmaxWithBias } from "../../primitives/attention.ts";
import { norm, normBackward } from "../../primitives/norm.ts";
import type { Primitive } from "../../primitives/primitive.ts";
import { rmsNorm, rmsNormBackward } from "../../primitives/rms-norm.ts";
import { rotate, rotateBackward, type Rotation } from "../../primitives/rotary.ts";
import { dispatch, gridOf, type GpuProgram } from "./dispatch.ts";
import {
  activateBackwardProgram,
  activateProgram,
  entriesOfGroup,
  gateBackwardProgram,
  gateProgram,
  rotateProgram,
} from "./element-programs.ts";
import {
  normBackwardProgram,
  normProgram,
  softmaxBackwardProgram,
  softmaxProgram,
  threadsFor,
} from "./row-programs.ts";

type FunctionOf<P> = P extends Primitive<infer F> ? F : never;

export const rmsNormKernel: FunctionOf<typeof rmsNorm> = (x, weight, epsilon) => {
  const [rows, columns] = x.shape;
  const program = normProgram("rms", threadsFor(columns));
  const shapes = [x.shape, [rows, 1]];
  const [y, scale] = dispatch(program, [x, weight], shapes, [rows, columns, epsilon], gridOf(rows));
  return { y: made(y), scale: made(scale) };
};

export const rmsNormBackwardKernel: FunctionOf<typeof rmsNormBackward> = (dy, x, scale, weight, onto) => {
  const [rows, columns] = x.shape;
  const program = normBackwardProgram("rms", onto !== undefined, threadsFor(columns));
  const inputs = [dy, x, scale, weight, ...(onto ? [onto] : [])];
  return one(dispatch(program, inputs, [x.shape], [rows, columns], gridOf(rows)));
};

export const normKernel: FunctionOf<typeof norm> = ({ weight, shift, epsilon }, x) => {
  const [rows, columns] = x.shape;
  const program = normProgram(shift ? "centred" : "plain", threadsFor(columns));
  const inputs = [x, weight, ...(shift ? [shift] : [])];
  const shapes = [x.shape, [rows, 1], x.shape];
  const [y, scale, normal] = dispatch(program, inputs, shapes, [rows, columns, epsilon], gridOf(rows));
  return { y: made(y), saved: { normal: made(normal), scale: made(scale) } };
};

export const normBackwardKernel: FunctionOf<typeof normBackward> = (
  { weight, shift },
  dy,
  { normal, scale },
  onto,
) => {
  const [rows, columns] = dy.shape;
  const program = normBackwardProgram(shift ? "centred" : "plain", onto !== undefined, threadsFor(columns));
  const inputs = [dy, normal, scale, weight, ...(onto ? [onto] : [])];
  return one(dispatch(program, inputs, [dy.shape], [rows, columns], gridOf(rows)));
};

export const softmaxKernel: FunctionOf<typeof softmaxWithBias> = (scores, bias) => {
  const [batch, heads, queries, columns] = scores.shape;
  const rows = batch * heads * queries;
  const sizes = [rows, columns, heads, queries, ...stridesOf(bias.shape)];
  const program = softmaxProgram(threadsFor(columns));
  return one(dispatch(program, [scores, bias], [scores.shape], sizes, gridOf(rows)));
};

export const softmaxBackwardKernel: FunctionOf<typeof softmaxBackward> = (dProbabilities, probabilities) => {
  const { shape } = probabilities;
  const columns = shape[3];
  const rows = probabilities.size / columns;
  const program = softmaxBackwardProgram(threadsFor(columns));
  return one(dispatch(program, [dProbabilities, probabilities], [shape], [rows, columns], gridOf(rows)));
};

export const activateKernel: FunctionOf<typeof activate> = (kind, x) =>
  one(perEntry(activateProgram(kind), [x]));

export const activateBackwardKernel: FunctionOf<typeof activateBackward> = (kind, dy, x) =>
  one(perEntry(activateBackwardProgram(kind), [dy, x]));

export const gateKernel: FunctionOf<typeof gate> = (kind, x, straight) =>
  one(perEntry(gateProgram(kind), [x, straight]));

export const gateBackwardKernel: FunctionOf<typeof gateBackward> = (kind, dy, x, straight) => {
  const [dx, dStraight] = perEntry(gateBackwardProgram(kind), [dy, x, straight]);
  return { dx: made(dx), dStraight: made(dStraight) };
};

export const rotateKernel: FunctionOf<typeof rotate> = (x, rotation) => one(turn(x, rotation, false));

export const rotateBackwardKernel: FunctionOf<typeof rotateBackward> = (dy, rotation) =>
  one(turn(dy, rotation, true));

function turn(x: Tensor, { cosine, sine }: Rotation, back: boolean): Tensor[] {
  const [batch, , rows, headWidth] = cosine.shape;
  const matrix = rows * headWidth;
  const sizes = [x.shape[1] ?? 1, matrix, headWidth, batch === 1 ? 0 : matrix];
  return perEntry(rotateProgram(back), [x, cosine, sine], sizes);
}

/** Runs over the entries of the first input; every output has its shape. */
function perEntry(program: GpuProgram, inputs: readonly Tensor[], sizes: readonly number[] = []): Tensor[] {
  const [{ shape, size } = { shape: [], size: 0 }] = inputs;
  const shapes = Object.keys(program.outputs).map(() => shape);
  return dispatch(program, inputs, shapes, [size, ...sizes], gridOf(Math.ceil(size / entriesOfGroup)));
}

/** Steps from one entry to the next along each axis, 0 where there is one entry only. */
export function stridesOf(shape: readonly number[]): number[] {
  return shape.map((extent, axis) =>
    extent === 1 ? 0 : shape.slice(axis + 1).reduce((product, each) => product * each, 1),
  );
}

function one<T extends Tensor>([tensor]: readonly Tensor[]): T {
  return made(tensor);
}

export function made<T extends Tensor>(tensor: Tensor | undefined): T {
  if (!tensor) throw new Error("a program gave fewer outputs than it has");
  return tensor as T;
}
