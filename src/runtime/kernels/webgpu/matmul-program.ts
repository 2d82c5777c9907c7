// The program for matrix products: C = op(A)·op(B), in tiles that lie in the workgroup's memory.
//
// Each thread brings one block of 4 × 4 numbers of A or of B a round, read as four vectors while the round before is
// computed, and keeps 4 × 4 or 8 × 8 numbers of C in registers. Every number of C is one chain of fused multiply-adds in
// the order of k, whatever the tile: the choice of tile does not change a bit of the answer. B may be stored in 16 bits; it is widened
// as it is read, which does not change a bit either.

import { remembered, type GpuProgram } from "./dispatch.ts";
import { operandsOf, type ProductForm } from "./matmul-operands.ts";

/** Rows and columns of C that one workgroup computes. */
export type Tile = 32 | 64 | 128;

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

/** The program for a form of products, in tiles of that size. */
export const matMulProgram = remembered((tile: Tile, ...form: ProductForm): GpuProgram => {
  const [transposeA, transposeB] = form;
  const { label, access, ...bound } = operandsOf(form);
  return {
    name: `matmul ${tile} ${label}`,
    ...bound,
    code: [access, memory(tile), main(tile, !transposeA, transposeB)].join("\n"),
  };
});

/** Both tiles with k as the first index; a thread writes whole vectors only. */
function memory(tile: Tile): string {
  const vectors = (geometries[tile].depth * tile) / 4;
  return `
var<workgroup> aTile: array<vec4f, ${vectors}>;
var<workgroup> bTile: array<vec4f, ${vectors}>;`;
}

function main(tile: Tile, turnedA: boolean, turnedB: boolean): string {
  const { depth, side } = geometries[tile];
  const vectors = tile / 4; // in a row of the tile
  const perOperand = (vectors * depth) / 4; // blocks in a round
  const each = blocksOf(tile);
  const sums = each.flatMap((i) => four.flatMap((row) => each.map((j) => sumAt(i, row, j))));
  return `
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
