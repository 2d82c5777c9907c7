// The program for matrix products on a GPU's matrix units, which multiply small matrices of 16-bit numbers and add up in 32 bits.
//
// So that 32 bits are not lost, each number is cut into a high and a low part of 16 bits, a = high + low with 22 bits in all, and
// C = Ahigh·Bhigh + Ahigh·Blow + Alow·Bhigh (Markidis et al., 2018; Ootomo and Yokota, 2022). 16 bits reach from 6e-8 to 65504 only: a first
// turn over the operands finds the largest number of the workgroup's rows and columns, and powers of two, which round nothing, move
// both into [2^14, 2^15).

import { remembered, type GpuProgram } from "./dispatch.ts";
import { operandsOf, type ProductForm } from "./matmul-operands.ts";

/** A product that the device's subgroups compute at once, `[m, k]·[k, n]` of 16-bit numbers added up in 32 bits, and their threads. */
export interface SubgroupShape {
  readonly m: number;
  readonly n: number;
  readonly k: number;
  readonly threads: number;
}

/** Rows and columns of C that one workgroup computes: four subgroups, 32 × 32 each. */
export const subgroupTile = 64;

const quarter = subgroupTile / 2;
const subgroups = 4;
const depth = 16; // of k in a round
const blocks = (subgroupTile * depth) / 16; // of 4 × 4 numbers, of each operand in a round

/** Whether the tile can be made of such products. */
export function isUsable({ m, n, k }: SubgroupShape): boolean {
  return quarter % m === 0 && quarter % n === 0 && depth % k === 0 && n % 4 === 0;
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

/** The program for a form of products, by products of the shape. */
export const subgroupMatMulProgram = remembered(
  (m: number, n: number, k: number, threads: number, ...form: ProductForm): GpuProgram => {
    const { label, access, ...bound } = operandsOf(form);
    const storedB = form[7];
    return {
      name: `matmul by subgroups ${m}×${n}×${k} ${label}`,
      enables: ["f16", "subgroups", "chromium_experimental_subgroup_matrix"],
      ...bound,
      code: [access, main({ m, n, k, threads }, storedB === "F32")].join("\n"),
    };
  },
);

/** A thread's loop over the blocks of both operands that a round takes: numbers `outer` of m and of n, `kAt` of the round's k. */
function eachBlock(all: number, lines: string): string {
  return `for (var index = thread; index < ${blocks}u; index += ${all}u) {
      let outer = index % ${subgroupTile / 4}u * 4u;
      let kAt = index / ${subgroupTile / 4}u * 4u;
      ${lines}
    }`;
}

/** Without a low part of B its numbers have 11 bits at most. */
function main(shape: SubgroupShape, hasLowB: boolean): string {
  const { m, n, threads } = shape;
  const all = subgroups * threads;
  const operands = ["aHigh", "aLow", "bHigh", ...(hasLowB ? ["bLow"] : [])];
  return `
${operands.map((name) => `var<workgroup> ${name}: array<f16, ${subgroupTile * depth}>;`).join("\n")}
var<workgroup> largest: array<vec2f, ${subgroups}>;
var<workgroup> results: array<f32, ${subgroups * m * n}>;
${helpers}
@compute @workgroup_size(${all})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) thread: u32,
  @builtin(subgroup_id) subgroup: u32,
  @builtin(subgroup_invocation_id) lane: u32,
) {
  let ownRow = subgroup / 2u * ${quarter}u;
  let ownColumn = subgroup % 2u * ${quarter}u;
  let rowStart = group.y * ${subgroupTile}u;
  let columnStart = group.x * ${subgroupTile}u;
  let aStart = group.z * given.m * given.k;
  let bStart = group.z * given.k * given.n;
  ${scales(all)}
  ${eachProduct(shape, (i, j) => `var c${i}${j}: subgroup_matrix_result<f32, ${n}, ${m}>;`).join(" ")}
  for (var begin = 0u; begin < given.k; begin += ${depth}u) {
    ${eachBlock(all, bring(hasLowB))}
    workgroupBarrier();
    ${multiplyRound(shape, operands)}
    workgroupBarrier();
  }
  let cStart = group.z * given.m * given.n;
  ${eachProduct(shape, (i, j) => writeResult(shape, i, j)).join("\n  ")}
}`;
}

/** A line for each product that a subgroup adds up: rows i and columns j of its quarter. */
function eachProduct({ m, n }: SubgroupShape, line: (i: number, j: number) => string): readonly string[] {
  return upTo(quarter / m).flatMap((i) => upTo(quarter / n).map((j) => line(i, j)));
}

const helpers = `
fn largestOf(block: mat4x4f) -> f32 {
  let most = max(max(abs(block[0]), abs(block[1])), max(abs(block[2]), abs(block[3])));
  return max(max(most.x, most.y), max(most.z, most.w));
}

// Rounded to the 11 bits that 16 hold. By integers: a driver may leave out the way to 16 bits and back, and then nothing is left over.
fn highOf(numbers: vec4f) -> vec4f {
  return bitcast<vec4f>((bitcast<vec4u>(numbers) + vec4u(0x1000u)) & vec4u(0xffffe000u));
}

// The power of two that moves the number into [2^14, 2^15), and one over it.
fn scaleOf(number: f32) -> vec2f {
  let exponent = max(bitcast<u32>(number) >> 23u, 15u);
  return vec2f(bitcast<f32>((268u - exponent) << 23u), bitcast<f32>((exponent - 14u) << 23u));
}
`;

/** The first turn: both operands' scales in this workgroup. */
function scales(all: number): string {
  const mostOfAll = upTo(subgroups)
    .map((which) => `largest[${which}]`)
    .reduce((most, next) => `max(${most}, ${next})`);
  return `var most = vec2f();
  for (var begin = 0u; begin < given.k; begin += ${depth}u) {
    ${eachBlock(
      all,
      `most.x = max(most.x, largestOf(aBlock(aStart, rowStart + outer, begin + kAt)));
      most.y = max(most.y, largestOf(bBlock(bStart, columnStart + outer, begin + kAt)));`,
    )}
  }
  let ofSubgroup = vec2f(subgroupMax(most.x), subgroupMax(most.y));
  if (lane == 0u) { largest[subgroup] = ofSubgroup; }
  workgroupBarrier();
  let mostOfAll = ${mostOfAll};
  let aScale = scaleOf(mostOfAll.x);
  let bScale = scaleOf(mostOfAll.y);`;
}

/** High and low parts of a block of each operand, with k as the first index. */
function bring(hasLowB: boolean): string {
  const store = (next: number) =>
    [
      `aHigh[to + ${next}u] = f16(a[${next}]); aLow[to + ${next}u] = f16(aScaled[step][${next}] - a[${next}]);`,
      `bHigh[to + ${next}u] = f16(b[${next}]);`,
      hasLowB ? `bLow[to + ${next}u] = f16(bScaled[step][${next}] - b[${next}]);` : "",
    ].join(" ");
  return `let aScaled = aBlock(aStart, rowStart + outer, begin + kAt) * aScale.x;
      let bScaled = bBlock(bStart, columnStart + outer, begin + kAt) * bScale.x;
      for (var step = 0u; step < 4u; step++) {
        let to = (kAt + step) * ${subgroupTile}u + outer;
        let a = highOf(aScaled[step]);
        let b = highOf(bScaled[step]);
        ${upTo(4).map(store).join("\n        ")}
      }`;
}

/** The round's k, the small products first. */
function multiplyRound(shape: SubgroupShape, operands: readonly string[]): string {
  const { m, n, k } = shape;
  const left = (part: string, i: number) =>
    `let ${part}${i} = subgroupMatrixLoad<subgroup_matrix_left<f16, ${k}, ${m}>, col_major>(&${part}, at * ${subgroupTile}u + ownRow + ${i * m}u, ${subgroupTile}u);`;
  const right = (part: string, j: number) =>
    `let ${part}${j} = subgroupMatrixLoad<subgroup_matrix_right<f16, ${n}, ${k}>, row_major>(&${part}, at * ${subgroupTile}u + ownColumn + ${j * n}u, ${subgroupTile}u);`;
  const multiply = (a: string, b: string) =>
    eachProduct(
      shape,
      (i, j) => `c${i}${j} = subgroupMatrixMultiplyAccumulate(${a}${i}, ${b}${j}, c${i}${j});`,
    );
  const lines = [
    ...upTo(quarter / m).flatMap((i) => operands.slice(0, 2).map((part) => left(part, i))),
    ...upTo(quarter / n).flatMap((j) => operands.slice(2).map((part) => right(part, j))),
    ...multiply("aLow", "bHigh"),
    ...(operands.includes("bLow") ? multiply("aHigh", "bLow") : []),
    ...multiply("aHigh", "bHigh"),
  ];
  return `for (var at = 0u; at < ${depth}u; at += ${k}u) {
      ${lines.join("\n      ")}
    }`;
}

/** Through the workgroup's memory: which thread holds which numbers of a product is the device's own matter. */
function writeResult({ m, n, threads }: SubgroupShape, i: number, j: number): string {
  return `subgroupMatrixStore<row_major>(&results, subgroup * ${m * n}u, c${i}${j}, ${n}u);
  workgroupBarrier();
  for (var index = lane; index < ${(m * n) / 4}u; index += ${threads}u) {
    let place = subgroup * ${m * n}u + index * 4u;
    let value = vec4f(results[place], results[place + 1u], results[place + 2u], results[place + 3u]);
    let row = rowStart + ownRow + ${i * m}u + index / ${n / 4}u;
    let column = columnStart + ownColumn + ${j * n}u + index % ${n / 4}u * 4u;
    write(cStart, row, column, value * aScale.y * bScale.y);
  }
  workgroupBarrier();`;
}
