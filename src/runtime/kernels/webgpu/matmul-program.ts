// The program for matrix products: C = op(A)·op(B), in tiles that lie in the workgroup's memory.
//
// Each thread brings one block of 4 × 4 numbers of A or of B a round, read as four vectors while the round before is
// computed, and keeps 4 × 4 or 8 × 8 numbers of C in registers. Every number of C is one chain of fused multiply-adds in
// the order of k, whatever the tile: the choice of tile does not change a bit of the answer. B may be stored in 16 bits; it is widened
// as it is read, which does not change a bit either.

import type { StoredDtype } from "../../weights/half-precision.ts";
import { remembered, type Element, type GpuProgram } from "./dispatch.ts";
import { widening } from "./halves.ts";

/** Rows and columns of C that one workgroup computes. */
export type Tile = 32 | 64 | 128;

/** What is added to the product: nothing, one row to every row of it, or as much as it has itself. */
export type Onto = "none" | "row" | "whole";

/**
 * Which matrix lies in memory head by head, `[batch, heads, rows, headWidth]`, and is meant as `[batch × rows, heads × headWidth]`. That
 * one is read or written by vectors.
 */
export type Headed = "neither" | "a" | "c";

interface Geometry {
  /** How many k a round takes. */
  readonly depth: number;
  /** Threads along each side of the tile. */
  readonly side: number;
  /** Blocks of 4 rows, and of 4 columns, that a thread computes. */
  readonly blocks: number;
}

/** The threads are as many as the 4 × 4 blocks of both operands in a round. */
const geometries: Record<Tile, Geometry> = {
  32: { depth: 16, side: 8, blocks: 1 },
  64: { depth: 8, side: 8, blocks: 2 },
  128: { depth: 16, side: 16, blocks: 2 },
};

export const threadsOf = (tile: Tile): number => geometries[tile].side ** 2;

/** Bytes of a workgroup's memory. */
export const bytesOf = (tile: Tile): number => 2 * tile * geometries[tile].depth * 4;

/**
 * `m`, `n` and `k` as usual; a batch of A has `m·k` numbers, of B `k·n`, of C `m·n`. `vectorA` and so on: the rows of that matrix, as
 * it is stored, have a multiple of four numbers.
 */
export const matMulProgram = remembered(
  (
    tile: Tile,
    transposeA: boolean,
    transposeB: boolean,
    vectorA: boolean,
    vectorB: boolean,
    vectorC: boolean,
    onto: Onto,
    headed: Headed,
    storedB: StoredDtype,
  ): GpuProgram => {
    const form = [transposeA, transposeB, vectorA, vectorB, vectorC].map(Number).join("");
    const isHalf = storedB !== "F32";
    const extras = [
      ...(onto === "none" ? [] : [`onto ${onto}`]),
      ...(headed === "neither" ? [] : [`heads ${headed}`]),
      ...(isHalf ? [storedB] : []),
    ];
    return {
      name: ["matmul", tile, form, ...extras].join(" "),
      ...boundBy(vectorA, vectorB, vectorC, onto, isHalf),
      code: [
        inHeads,
        isHalf ? widening[storedB] : "",
        block("a", "m", !transposeA, vectorA, headed === "a", false),
        block("b", "n", transposeB, vectorB, false, isHalf),
        memory(tile),
        main(tile, !transposeA, transposeB, vectorC, onto, headed === "c"),
      ].join("\n"),
    };
  },
);

/** What a program for products is given. */
export function boundBy(
  vectorA: boolean,
  vectorB: boolean,
  vectorC: boolean,
  onto: Onto,
  isHalf: boolean,
): Pick<GpuProgram, "inputs" | "outputs" | "uniforms"> {
  const element = (vector: boolean): Element => (vector ? "vec4f" : "f32");
  const elementB = isHalf ? (vectorB ? "vec2u" : "u32") : element(vectorB);
  return {
    inputs: { a: element(vectorA), b: elementB, ...(onto === "none" ? {} : { onto: element(vectorC) }) },
    outputs: { c: element(vectorC) },
    uniforms: { m: "u32", n: "u32", k: "u32", rows: "u32", headWidth: "u32" }, // the last two of what is headed
  };
}

/** Where a row's value at `column` of `columns` lies. */
export const inHeads = `
fn inHeads(row: u32, column: u32, columns: u32) -> u32 {
  let matrix = row / given.rows * (columns / given.headWidth) + column / given.headWidth;
  return (matrix * given.rows + row % given.rows) * given.headWidth + column % given.headWidth;
}`;

/**
 * A block of an operand, its four numbers along m (or n) at k, k + 1, k + 2 and k + 3; 0 beyond the matrix. Where k is what runs along
 * the rows as they are stored, the block is turned on the way.
 */
export function block(
  operand: "a" | "b",
  outer: "m" | "n",
  turned: boolean,
  vector: boolean,
  headed: boolean,
  isHalf: boolean,
): string {
  const [across, along] = turned ? [outer, "k"] : ["k", outer]; // from row to row, and within one
  const entry = (at: string) =>
    isHalf ? `widenHalf(${operand}[(${at}) / 2u] >> (16u * ((${at}) & 1u)))` : `${operand}[${at}]`;
  const number = (step: number) =>
    `select(0.0, ${entry(`at + ${step}u`)}, ${along}At + ${step}u < given.${along})`;
  const four = `${operand}[at / 4u]`;
  const vectorAt = vector
    ? `return ${isHalf ? `widen4(${four})` : four};`
    : `return vec4f(${[0, 1, 2, 3].map(number).join(", ")});`;
  const row = (step: number) => `${operand}Row(start, ${across}At + ${step}u, ${along}At)`;
  return `
fn ${operand}Row(start: u32, ${across}At: u32, ${along}At: u32) -> vec4f {
  if (${across}At >= given.${across} || ${along}At >= given.${along}) { return vec4f(); }
  let at = ${headed ? `inHeads(${across}At, ${along}At, given.${along})` : `start + ${across}At * given.${along} + ${along}At`};
  ${vectorAt}
}

fn ${operand}Block(start: u32, ${outer}At: u32, kAt: u32) -> mat4x4f {
  let read = mat4x4f(${[0, 1, 2, 3].map(row).join(", ")});
  return ${turned ? "transpose(read)" : "read"};
}`;
}

/** Both tiles with k as the first index; a thread writes whole vectors only. */
function memory(tile: Tile): string {
  const vectors = (geometries[tile].depth * tile) / 4;
  return `
var<workgroup> aTile: array<vec4f, ${vectors}>;
var<workgroup> bTile: array<vec4f, ${vectors}>;`;
}

function main(
  tile: Tile,
  turnedA: boolean,
  turnedB: boolean,
  vectorC: boolean,
  onto: Onto,
  headedC: boolean,
): string {
  const { depth, side } = geometries[tile];
  const vectors = tile / 4; // in a row of the tile
  const perOperand = (vectors * depth) / 4; // blocks in a round
  const each = blocksOf(tile);
  const sums = each.flatMap((i) => four.flatMap((row) => each.map((j) => sumAt(i, row, j))));
  return `${writer(vectorC, onto, headedC)}

@compute @workgroup_size(${side * side})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) thread: u32) {
  let x = thread % ${side}u;
  let y = thread / ${side}u;
  let bringsA = thread < ${perOperand}u;
  let index = select(thread - ${perOperand}u, thread, bringsA);
  let place = select(${placeOf("index", turnedB, vectors, depth)}, ${placeOf("index", turnedA, vectors, depth)}, bringsA); // (outer, k), in blocks
  let outer = select(group.x, group.y, bringsA) * ${tile}u + place.x * 4u;
  let start = group.z * given.k * select(given.n, given.m, bringsA);
  let rounds = (given.k + ${depth - 1}u) / ${depth}u;
  ${sums.map((name) => `var ${name} = vec4f();`).join(" ")}

  var next: mat4x4f;
  if (bringsA) { next = aBlock(start, outer, place.y * 4u); } else { next = bBlock(start, outer, place.y * 4u); }
  for (var round = 1u; round <= rounds; round++) {
    let to = place.y * ${4 * vectors}u + place.x;
    if (bringsA) {
      ${four.map((row) => `aTile[to + ${row * vectors}u] = next[${row}];`).join(" ")}
    } else {
      ${four.map((row) => `bTile[to + ${row * vectors}u] = next[${row}];`).join(" ")}
    }
    workgroupBarrier();
    if (round < rounds) {
      let kAt = round * ${depth}u + place.y * 4u;
      if (bringsA) { next = aBlock(start, outer, kAt); } else { next = bBlock(start, outer, kAt); }
    }
    for (var k = 0u; k < ${depth}u; k++) {
      ${multiplyStep(tile)}
    }
    workgroupBarrier();
  }
  let cStart = group.z * given.m * given.n;
  let rowStart = group.y * ${tile}u + y * 4u;
  let columnStart = group.x * ${tile}u + x * 4u;
  ${writeSums(tile)}
}`;
}

/** Names of what a thread adds up: block i, row of it, block j; a vector of four columns. */
const sumAt = (i: number, row: number, j: number) => `c${i}${row}${j}`;

const four = [0, 1, 2, 3];

const blocksOf = (tile: Tile) => Array.from({ length: geometries[tile].blocks }, (_, index) => index);

/** One k: a thread's rows of A against its columns of B. */
function multiplyStep(tile: Tile): string {
  const { side } = geometries[tile];
  const each = blocksOf(tile);
  const read = (operand: string, thread: string, part: number) =>
    `let ${operand}${part} = ${operand}Tile[k * ${tile / 4}u + ${part * side}u + ${thread}];`;
  const add = (i: number, row: number, j: number) =>
    `${sumAt(i, row, j)} = fma(vec4f(a${i}[${row}]), b${j}, ${sumAt(i, row, j)});`;
  return [
    ...each.map((part) => `${read("a", "y", part)} ${read("b", "x", part)}`),
    ...each.flatMap((i) => four.flatMap((row) => each.map((j) => add(i, row, j)))),
  ].join("\n      ");
}

function writeSums(tile: Tile): string {
  const { side } = geometries[tile];
  const each = blocksOf(tile);
  const write = (i: number, row: number, j: number) =>
    `write(cStart, rowStart + ${i * side * 4 + row}u, columnStart + ${j * side * 4}u, ${sumAt(i, row, j)});`;
  return each.flatMap((i) => four.flatMap((row) => each.map((j) => write(i, row, j)))).join("\n  ");
}

/** Which block of its operand a thread brings, (outer, k): neighbouring threads read what lies side by side. */
function placeOf(index: string, turned: boolean, vectors: number, depth: number): string {
  if (!turned) return `vec2u(${index} % ${vectors}u, ${index} / ${vectors}u)`;
  // Four along k fill 64 bytes of a row, and their blocks fall into different banks of the memory.
  const along = Math.min(4, depth / 4);
  const outer = `${index} / ${along}u % ${vectors}u`;
  return `vec2u(${outer}, ${index} % ${along}u + ${index} / ${along * vectors}u * ${along}u)`;
}

/** WGSL of `write`, which writes four numbers of C with what is added to them, none beyond the matrix. */
export function writer(vector: boolean, onto: Onto, headed: boolean): string {
  const ontoAt = onto === "row" ? "column" : "at";
  const one = (step: number) => {
    const added = onto === "none" ? "" : ` + onto[${ontoAt} + ${step}u]`;
    return `if (column + ${step}u < given.n) { c[at + ${step}u] = value[${step}]${added}; }`;
  };
  const all = `c[at / 4u] = value${onto === "none" ? "" : ` + onto[${ontoAt} / 4u]`};`;
  return `
fn write(start: u32, row: u32, column: u32, value: vec4f) {
  if (row >= given.m || column >= given.n) { return; }
  let at = ${headed ? "inHeads(row, column, given.n)" : "start + row * given.n + column"};
  ${vector ? all : [0, 1, 2, 3].map(one).join("\n  ")}
}`;
}
