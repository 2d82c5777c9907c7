// Matrix products on the webgpu backend through our own program, where they are large enough for its tiles.

import {
  tf,
  type KernelFunc,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
  type TensorInfo,
} from "../../backends/tensorflow.ts";
import { isHalf, type HalfMatrix, type Matrix } from "../../primitives/half-matrix.ts";
import {
  linearFromHeads,
  linearFromHeadsBackward,
  linearToHeads,
  linearToHeadsBackward,
} from "../../primitives/heads.ts";
import { linear, linearBackward } from "../../primitives/linear.ts";
import type { HalfDtype } from "../../weights/half-precision.ts";
import { dispatch, workgroupLimits } from "./dispatch.ts";
import type { Headed, Onto, ProductForm } from "./matmul-operands.ts";
import { bytesOf, matMulProgram, threadsOf, type Tile } from "./matmul-program.ts";
import { subgroupMatMulProgram, subgroupTile, type SubgroupShape } from "./subgroup-matmul.ts";

const tiles: readonly Tile[] = [128, 64, 32];

/** How fast a full tile is for its size: a large one reads less for each product. Estimates, the same on every device. */
const speeds: Record<Tile, number> = { 128: 1, 64: 0.75, 32: 0.5 };

/** Fewer workgroups than this leave parts of a GPU idle. */
const enoughWorkgroups = 128;

const smallest = 16;
const mostBatches = 65_535;

/** An operand that may be in 16 bits; shape and dtype are those of its numbers as they are multiplied. */
interface Operand extends TensorInfo {
  readonly half?: HalfDtype;
}

function operandOf(weight: Tensor | HalfMatrix): Operand {
  if (!isHalf(weight)) return weight;
  return { dataId: weight.bits.dataId, shape: [...weight.shape], dtype: "float32", half: weight.dtype };
}

interface Product {
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** The tile that wastes least: beyond the matrix's edge, and of a GPU that has more processors than there are tiles. */
export function tileFor({ batch, m, n }: Pick<Product, "batch" | "m" | "n">): Tile {
  const cost = (tile: Tile) => {
    const groups = batch * Math.ceil(m / tile) * Math.ceil(n / tile);
    return ((groups * tile * tile) / speeds[tile]) * Math.max(1, enoughWorkgroups / groups);
  };
  const { bytes, threads } = workgroupLimits();
  const fitting = tiles.filter((tile) => bytesOf(tile) <= bytes && threadsOf(tile) <= threads);
  return fitting.reduce((best, tile) => (cost(tile) < cost(best) ? tile : best), fitting[0] ?? 32);
}

/**
 * Its sizes, where our program computes it: two float32 matrices, or as many on both sides, none of them thin. By a frozen matrix it
 * also multiplies few rows, as in writing: such a product takes the time of reading the matrix, which in 16 bits is half.
 */
function productOf(
  a: TensorInfo,
  b: TensorInfo,
  transposeA: boolean,
  transposeB: boolean,
  fewestRows = smallest,
): Product | undefined {
  const batches = a.shape.slice(0, -2);
  const sameBatches = b.shape.slice(0, -2).join() === batches.join();
  const [rowsA = 0, columnsA = 0] = a.shape.slice(-2);
  const [rowsB = 0, columnsB = 0] = b.shape.slice(-2);
  const [m, k] = transposeA ? [columnsA, rowsA] : [rowsA, columnsA];
  const [n, inner] = transposeB ? [rowsB, columnsB] : [columnsB, rowsB];
  const batch = batches.reduce((product, extent) => product * extent, 1);
  const floats = a.dtype === "float32" && b.dtype === "float32";
  if (!sameBatches || !floats || k !== inner || batch < 1 || batch > mostBatches) return undefined;
  if (Math.min(n, k) < smallest || m < fewestRows) return undefined;
  return { batch, m, n, k, transposeA, transposeB };
}

/** Whose products compute the large ones, if any. */
let subgroupShape: SubgroupShape | undefined;

/** From now on the device's matrix units compute the products that fill a tile of theirs. */
export function useSubgroups(shape: SubgroupShape): void {
  subgroupShape = shape;
}

export function subgroupsInUse(): SubgroupShape | undefined {
  return subgroupShape;
}

function wayFor(product: Product): Tile | SubgroupShape {
  const { m, n } = product;
  return subgroupShape && Math.min(m, n) >= subgroupTile ? subgroupShape : tileFor(product);
}

/** A matrix that lies head by head, and what one of its heads has. */
interface Heads {
  readonly headed: Exclude<Headed, "neither">;
  /** Of the answer, `[batch, heads, rows, headWidth]` or `[batch × rows, out]`. */
  readonly shape: readonly number[];
  readonly rows: number;
  readonly headWidth: number;
}

/** op(a)·op(b) + onto in tiles of the given size, or by subgroups. */
function multiply(
  a: TensorInfo,
  b: Operand,
  { batch, m, n, k, transposeA, transposeB }: Product,
  way: Tile | SubgroupShape,
  onto?: Tensor,
  heads?: Heads,
): Tensor {
  const isVector = (size: number) => size % 4 === 0;
  const kind: Onto = onto === undefined ? "none" : onto.rank === 1 ? "row" : "whole";
  const form: ProductForm = [
    transposeA,
    transposeB,
    isVector(transposeA ? m : k),
    isVector(transposeB ? k : n),
    isVector(n),
    kind,
    heads?.headed ?? "neither",
    b.half ?? "F32",
  ];
  const [program, tile] =
    typeof way === "number"
      ? [matMulProgram(way, ...form), way]
      : [subgroupMatMulProgram(way.m, way.n, way.k, way.threads, ...form), subgroupTile];
  const shape = heads?.shape ?? [...a.shape.slice(0, -2), m, n];
  const sizes = [m, n, k, heads?.rows ?? 1, heads?.headWidth ?? 1];
  const groups = [Math.ceil(n / tile), Math.ceil(m / tile), batch];
  const [c] = dispatch(program, [a, b, ...(onto ? [onto] : [])], [shape], sizes, groups);
  if (!c) throw new Error("a matrix product gave nothing");
  return c;
}

/** The product by our program, whatever its size; for trials, which choose the tile or subgroups. */
export function tiledMatMul(
  a: Tensor,
  b: Tensor | HalfMatrix,
  transposeA: boolean,
  transposeB: boolean,
  way: Tile | SubgroupShape,
  onto?: Tensor,
): Tensor {
  const operand = operandOf(b);
  const product = productOf(a, operand, transposeA, transposeB);
  if (!product) throw new Error("matrices that the program does not multiply");
  return multiply(a, operand, product, way, onto);
}

let stockKernel: KernelFunc | undefined;

/** TensorFlow.js's own BatchMatMul, also after ours has taken its place. */
function stockBatchMatMul(): KernelFunc {
  stockKernel ??= tf.getKernel("BatchMatMul", "webgpu").kernelFunc;
  return stockKernel;
}

const smallProgram = 2;

/** The product by TensorFlow.js, through the program that compiles fastest. */
export function stockMatMul(a: Tensor, b: Tensor, transposeA: boolean, transposeB: boolean): Tensor {
  const attrs = { transposeA, transposeB };
  const call = { inputs: { a, b }, attrs, backend: tf.backend() };
  const answer = withSmallProgram(() => stockBatchMatMul()(call));
  return tf.engine().makeTensorFromTensorInfo(answer as TensorInfo);
}

/** With that program for all of TensorFlow.js's products. */
export function withSmallProgram<T>(run: () => T): T {
  const chosen = tf.env().getNumber("WEBGPU_MATMUL_PROGRAM_TYPE");
  tf.env().set("WEBGPU_MATMUL_PROGRAM_TYPE", smallProgram);
  try {
    return run();
  } finally {
    tf.env().set("WEBGPU_MATMUL_PROGRAM_TYPE", chosen);
  }
}

/** BatchMatMul by our program; what broadcasts, is thin or not float32 goes to the stock kernel. */
export function installMatMul(): void {
  const stock = stockBatchMatMul();
  const registered = tf.getKernel("BatchMatMul", "webgpu");
  const kernelFunc: KernelFunc = (call) => {
    const { a, b } = call.inputs as { a: TensorInfo; b: TensorInfo };
    const { transposeA, transposeB } = call.attrs as { transposeA: boolean; transposeB: boolean };
    const product = productOf(a, b, transposeA, transposeB);
    return product ? multiply(a, b, product, wayFor(product)) : stock(call);
  };
  tf.unregisterKernel("BatchMatMul", "webgpu");
  tf.registerKernel({ ...registered, kernelFunc });
}

export const linearKernel: typeof linear.stock = (x, weight, onto) => {
  const operand = operandOf(weight);
  const product = productOf(x, operand, false, true, 1);
  if (!product) return linear.stock(x, weight, onto);
  return multiply(x, operand, product, wayFor(product), onto) as ReturnType<typeof linear>;
};

export const linearBackwardKernel: typeof linearBackward.stock = (dy, weight, onto) => {
  const operand = operandOf(weight);
  const product = productOf(dy, operand, false, false, 1);
  if (!product) return linearBackward.stock(dy, weight, onto);
  return multiply(dy, operand, product, wayFor(product), onto) as ReturnType<typeof linearBackward>;
};

export const linearToHeadsKernel: typeof linearToHeads.stock = (x, weight, batch, heads, bias) => {
  const answer = intoHeads(x, weight, batch, heads, true, bias);
  return answer ?? linearToHeads.stock(x, weight, batch, heads, bias);
};

export const linearFromHeadsBackwardKernel: typeof linearFromHeadsBackward.stock = (
  dy,
  weight,
  batch,
  heads,
) => intoHeads(dy, weight, batch, heads, false) ?? linearFromHeadsBackward.stock(dy, weight, batch, heads);

export const linearFromHeadsKernel: typeof linearFromHeads.stock = (x, weight, onto) =>
  outOfHeads(x, weight, true, onto) ?? linearFromHeads.stock(x, weight, onto);

export const linearToHeadsBackwardKernel: typeof linearToHeadsBackward.stock = (dy, weight, onto) =>
  outOfHeads(dy, weight, false, onto) ?? linearToHeadsBackward.stock(dy, weight, onto);

/** x·op(W) as `[batch, heads, rows, headWidth]`, where our program computes it. */
function intoHeads(
  x: Tensor2D,
  weight: Matrix,
  batch: number,
  heads: number,
  transposed: boolean,
  bias?: Tensor,
): Tensor4D | undefined {
  const operand = operandOf(weight);
  const product = productOf(x, operand, false, transposed, 1);
  const headWidth = product && product.n / heads;
  if (!headWidth || headWidth % 4 !== 0) return undefined;
  const rows = x.shape[0] / batch;
  const as: Heads = { headed: "c", shape: [batch, heads, rows, headWidth], rows, headWidth };
  return multiply(x, operand, product, wayFor(product), bias, as) as Tensor4D;
}

/** The same of x that lies by heads, as `[batch × rows, out]`. */
function outOfHeads(x: Tensor4D, weight: Matrix, transposed: boolean, onto?: Tensor): Tensor2D | undefined {
  const [batch, heads, rows, headWidth] = x.shape;
  const meant: TensorInfo = { dataId: x.dataId, dtype: x.dtype, shape: [batch * rows, heads * headWidth] };
  const operand = operandOf(weight);
  const product = productOf(meant, operand, false, transposed, 1);
  if (!product || headWidth % 4 !== 0) return undefined;
  const as: Heads = { headed: "a", shape: [product.m, product.n], rows, headWidth };
  return multiply(meant, operand, product, wayFor(product), onto, as) as Tensor2D;
}
