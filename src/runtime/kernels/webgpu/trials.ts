// Each kernel of the webgpu backend beside what it replaces, with inputs on which the two are compared.

import { tf, type Tensor1D, type Tensor2D, type Tensor3D, type Tensor4D } from "../../backends/tensorflow.ts";
import {
  activate,
  activateBackward,
  gate,
  gateBackward,
  type Activation,
} from "../../primitives/activations.ts";
import { softmaxBackward, softmaxWithBias } from "../../primitives/attention.ts";
import { makeHalfMatrix, widened, type HalfMatrix } from "../../primitives/half-matrix.ts";
import {
  linearFromHeads,
  linearFromHeadsBackward,
  linearToHeads,
  linearToHeadsBackward,
} from "../../primitives/heads.ts";
import { linear, linearBackward } from "../../primitives/linear.ts";
import { norm, normBackward } from "../../primitives/norm.ts";
import { setKernel, type Primitive } from "../../primitives/primitive.ts";
import { rmsNorm, rmsNormBackward } from "../../primitives/rms-norm.ts";
import { rotate, rotateBackward, type Rotation } from "../../primitives/rotary.ts";
import { widen, type HalfDtype } from "../../weights/half-precision.ts";
import { attentionTrial } from "./attention-trial.ts";
import {
  installMatMul,
  linearBackwardKernel,
  linearFromHeadsBackwardKernel,
  linearFromHeadsKernel,
  linearKernel,
  linearToHeadsBackwardKernel,
  linearToHeadsKernel,
  stockMatMul,
  tiledMatMul,
} from "./matmul.ts";
import { widenKernel } from "./halves.ts";
import type { Tile } from "./matmul-program.ts";
import * as kernels from "./primitive-kernels.ts";
import { stepTrial } from "./step-trial.ts";
import { wave, type Trial } from "./trial.ts";

export type { Trial } from "./trial.ts";

type Call = (...given: never[]) => unknown;

function trial<F extends Call>(
  name: string,
  of: Primitive<F>,
  kernel: F,
  calls: () => readonly Parameters<F>[],
  moreCalls: () => readonly Parameters<F>[] = () => [],
): Trial {
  const install = () => setKernel(of, "webgpu", kernel);
  return { name, stock: of.stock, kernel, calls, moreCalls, install };
}

const vector = (size: number, phase: number): Tensor1D => tf.tensor1d(wave(size, phase));

const matrix = (rows: number, columns: number, phase: number): Tensor2D =>
  tf.tensor2d(wave(rows * columns, phase), [rows, columns]);

const stack = ([batch, rows, columns]: readonly [number, number, number], phase: number): Tensor3D =>
  tf.tensor3d(wave(batch * rows * columns, phase), [batch, rows, columns]);

type Shape4 = readonly [number, number, number, number];

const heads = ([a, b, c, d]: Shape4, phase: number): Tensor4D =>
  tf.tensor4d(wave(a * b * c * d, phase), [a, b, c, d]);

/** More columns than a workgroup has threads, and fewer. */
const sizes = [
  [3, 70],
  [2, 6],
] as const;

const kinds: readonly Activation[] = ["relu", "gelu", "silu", "erfGelu"];
const entries = (phase: number) => matrix(3, 100, phase); // more than a workgroup computes
const scores: Shape4 = [2, 3, 5, 70];
const turned: Shape4 = [2, 3, 4, 6];
const ofHeads: Shape4 = [2, 3, 11, 8];

const rotations = (): [Tensor4D, Rotation][] =>
  [1, 2].map((batch) => [
    heads(turned, 1),
    { cosine: heads([batch, 1, 4, 6], 2), sine: heads([batch, 1, 4, 6], 3) },
  ]);

/** The largest tile and the smallest, sizes that are multiples of four and none; a driver takes long to compile one. Tests have the rest. */
const products: readonly [Shape4, boolean, boolean, Tile][] = [
  [[1, 132, 136, 36], false, true, 128],
  [[2, 35, 34, 17], true, false, 32],
];

/** op(a) `[batch, m, k]` and op(b) `[batch, k, n]`. */
function factors([batch, m, n, k]: Shape4, transposeA: boolean, transposeB: boolean): [Tensor3D, Tensor3D] {
  const a = transposeA ? stack([batch, k, m], 1) : stack([batch, m, k], 1);
  const b = transposeB ? stack([batch, n, k], 2) : stack([batch, k, n], 2);
  return [a, b];
}

/** Every finite number of binary16, and those of bfloat16 up to 2 that are not subnormal in 32 bits, too: in 16 bits and in 32. */
function everyHalf(dtype: HalfDtype): readonly [HalfMatrix, Tensor2D] {
  const exponent = dtype === "F16" ? 0x7c00 : 0x7f80;
  const halves = Uint16Array.from({ length: 65_536 }, (_, pattern) => {
    if (dtype === "F16") return (pattern & exponent) === exponent ? 0 : pattern;
    return (pattern & exponent) === 0 ? 0 : pattern & 0xbfff;
  });
  const wide = tf.tensor2d(widen(new Uint8Array(halves.buffer), dtype), [256, 256]);
  return [makeHalfMatrix(dtype, [256, 256], halves), wide];
}

export const trials: readonly Trial[] = [
  {
    name: "matrix products",
    stock: stockMatMul,
    kernel: tiledMatMul,
    calls: () =>
      products.map(([size, transposeA, transposeB, tile]) => [
        ...factors(size, transposeA, transposeB),
        transposeA,
        transposeB,
        tile,
      ]),
    install: installMatMul,
  },
  trial(
    "linear",
    linear,
    linearKernel,
    () => [matrix(20, 36, 4)].map((onto) => [matrix(20, 24, 1), matrix(36, 24, 2), onto]),
    () =>
      [undefined, vector(36, 3)].flatMap((onto) =>
        [20, 3, 1].map((rows): Parameters<typeof linear> => [matrix(rows, 24, 1), matrix(36, 24, 2), onto]),
      ),
  ),
  trial(
    "linear backward",
    linearBackward,
    linearBackwardKernel,
    () => [matrix(20, 24, 4)].map((onto) => [matrix(20, 36, 1), matrix(36, 24, 2), onto]),
    () => [20, 3].map((rows) => [matrix(rows, 36, 1), matrix(36, 24, 2), undefined]),
  ),
  trial(
    "linear to heads",
    linearToHeads,
    linearToHeadsKernel,
    () => [24].map((width) => [matrix(22, 20, 1), matrix(width, 20, 2), 2, 3]),
    () => [vector(24, 3)].map((bias) => [matrix(22, 20, 1), matrix(24, 20, 2), 2, 3, bias]),
  ),
  trial(
    "linear to heads backward",
    linearToHeadsBackward,
    linearToHeadsBackwardKernel,
    () => [matrix(22, 20, 3)].map((onto) => [heads(ofHeads, 1), matrix(24, 20, 2), onto]),
    () => [undefined].map((onto) => [heads(ofHeads, 1), matrix(24, 20, 2), onto]),
  ),
  trial(
    "linear from heads",
    linearFromHeads,
    linearFromHeadsKernel,
    () => [matrix(22, 20, 3)].map((onto) => [heads(ofHeads, 1), matrix(20, 24, 2), onto]),
    () => [undefined, vector(20, 3)].map((onto) => [heads(ofHeads, 1), matrix(20, 24, 2), onto]),
  ),
  trial("linear from heads backward", linearFromHeadsBackward, linearFromHeadsBackwardKernel, () =>
    [24].map((width) => [matrix(22, 20, 1), matrix(20, width, 2), 2, 3]),
  ),
  {
    name: "weights in 16 bits",
    isExact: true,
    stock: (x: Tensor2D, onto: Tensor2D, _: HalfMatrix, wide: Tensor2D) => ({
      y: linearKernel(x, wide, onto),
      wide: wide.clone(),
    }),
    kernel: (x: Tensor2D, onto: Tensor2D, half: HalfMatrix) => ({
      y: linearKernel(x, half, onto),
      wide: widenKernel(half),
    }),
    calls: () =>
      (["F16", "BF16"] as const).map((dtype) => [
        matrix(20, 256, 1),
        matrix(20, 256, 2),
        ...everyHalf(dtype),
      ]),
    install: () => setKernel(widened, "webgpu", widenKernel),
  },
  trial("rms norm", rmsNorm, kernels.rmsNormKernel, () =>
    sizes.map(([rows, columns]) => [matrix(rows, columns, 1), vector(columns, 2), 1e-6]),
  ),
  trial("rms norm backward", rmsNormBackward, kernels.rmsNormBackwardKernel, () =>
    sizes.flatMap(([rows, columns]) =>
      [undefined, matrix(rows, columns, 5)].map((onto): Parameters<typeof rmsNormBackward> => {
        const [dy, x, scale] = [matrix(rows, columns, 1), matrix(rows, columns, 2), matrix(rows, 1, 3)];
        return [dy, x, scale, vector(columns, 4), onto];
      }),
    ),
  ),
  trial("norm", norm, kernels.normKernel, () =>
    [undefined, vector(70, 3)].map((shift) => [
      { weight: vector(70, 2), shift, epsilon: 1e-5 },
      matrix(3, 70, 1),
    ]),
  ),
  trial("norm backward", normBackward, kernels.normBackwardKernel, () =>
    [undefined, vector(70, 3)].flatMap((shift) =>
      [undefined, matrix(3, 70, 6)].map((onto): Parameters<typeof normBackward> => {
        const saved = { normal: matrix(3, 70, 4), scale: matrix(3, 1, 5) };
        return [{ weight: vector(70, 2), shift }, matrix(3, 70, 1), saved, onto];
      }),
    ),
  ),
  trial("softmax", softmaxWithBias, kernels.softmaxKernel, () =>
    ([scores, [1, 3, 5, 70], [2, 1, 1, 70], [1, 1, 5, 70]] as const).map((bias) => [
      heads(scores, 1),
      heads(bias, 2),
    ]),
  ),
  trial("softmax backward", softmaxBackward, kernels.softmaxBackwardKernel, () =>
    [scores].map((shape) => [heads(shape, 1), heads(shape, 2)]),
  ),
  attentionTrial,
  trial("activation", activate, kernels.activateKernel, () => kinds.map((kind) => [kind, entries(1)])),
  trial("activation backward", activateBackward, kernels.activateBackwardKernel, () =>
    kinds.map((kind) => [kind, entries(1), entries(2)]),
  ),
  trial("gate", gate, kernels.gateKernel, () => kinds.map((kind) => [kind, entries(1), entries(2)])),
  trial("gate backward", gateBackward, kernels.gateBackwardKernel, () =>
    kinds.map((kind) => [kind, entries(1), entries(2), entries(3)]),
  ),
  trial("rotation", rotate, kernels.rotateKernel, rotations),
  trial("rotation backward", rotateBackward, kernels.rotateBackwardKernel, rotations),
  stepTrial,
];
