// What programs for matrix products have in common: what they are given, and how they read blocks of the operands and write the answer.

import type { StoredDtype } from "../../weights/half-precision.ts";
import type { Element, GpuProgram } from "./dispatch.ts";
import { widening } from "./halves.ts";

/** What is added to the product: nothing, one row to every row of it, or as much as it has itself. */
export type Onto = "none" | "row" | "whole";

/**
 * Which matrix lies in memory head by head, `[batch, heads, rows, headWidth]`, and is meant as `[batch × rows, heads × headWidth]`. That
 * one is read or written by vectors.
 */
export type Headed = "neither" | "a" | "c";

/**
 * What a program depends on beside its tiles. `m`, `n` and `k` as usual; a batch of A has `m·k` numbers, of B `k·n`, of C `m·n`. `vectorA` and
 * so on: the rows of that matrix, as it is stored, have a multiple of four numbers.
 */
export type ProductForm = readonly [
  transposeA: boolean,
  transposeB: boolean,
  vectorA: boolean,
  vectorB: boolean,
  vectorC: boolean,
  onto: Onto,
  headed: Headed,
  storedB: StoredDtype,
];

interface Operands extends Pick<GpuProgram, "inputs" | "outputs" | "uniforms"> {
  /** The form by name. */
  readonly label: string;
  /** WGSL of `aBlock`, `bBlock` and `write`. */
  readonly access: string;
}

export function operandsOf(form: ProductForm): Operands {
  const [transposeA, transposeB, vectorA, vectorB, vectorC, onto, headed, storedB] = form;
  const element = (vector: boolean): Element => (vector ? "vec4f" : "f32");
  const isHalf = storedB !== "F32";
  const elementB = isHalf ? (vectorB ? "vec2u" : "u32") : element(vectorB);
  const flags = [transposeA, transposeB, vectorA, vectorB, vectorC].map(Number).join("");
  const extras = [
    ...(onto === "none" ? [] : [`onto ${onto}`]),
    ...(headed === "neither" ? [] : [`heads ${headed}`]),
    ...(isHalf ? [storedB] : []),
  ];
  return {
    label: [flags, ...extras].join(" "),
    inputs: { a: element(vectorA), b: elementB, ...(onto === "none" ? {} : { onto: element(vectorC) }) },
    outputs: { c: element(vectorC) },
    uniforms: { m: "u32", n: "u32", k: "u32", rows: "u32", headWidth: "u32" }, // the last two of what is headed
    access: [
      inHeads,
      isHalf ? widening[storedB] : "",
      block("a", "m", !transposeA, vectorA, headed === "a", false),
      block("b", "n", transposeB, vectorB, false, isHalf),
      writer(vectorC, onto, headed === "c"),
    ].join("\n"),
  };
}

/** Where a row's value at `column` of `columns` lies. */
const inHeads = `
fn inHeads(row: u32, column: u32, columns: u32) -> u32 {
  let matrix = row / given.rows * (columns / given.headWidth) + column / given.headWidth;
  return (matrix * given.rows + row % given.rows) * given.headWidth + column % given.headWidth;
}`;

/**
 * A block of an operand, its four numbers along m (or n) at k, k + 1, k + 2 and k + 3; 0 beyond the matrix. Where k is what runs along
 * the rows as they are stored, the block is turned on the way.
 */
function block(
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

/** WGSL of `write`, which writes four numbers of C with what is added to them, none beyond the matrix. */
function writer(vector: boolean, onto: Onto, headed: boolean): string {
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
