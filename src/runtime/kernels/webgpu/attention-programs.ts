// Programs for attention whose scores never stand in memory: softmax(q·kᵀ + bias)·v with an online softmax (Milakov and Gimelshein,
// 2018; Dao et al., 2022, "FlashAttention"), and its gradients, for which the probabilities are made again.
//
// Of each row of scores two numbers are kept, the maximum and one over the sum of exp(score − maximum), and not the logarithm of the
// sum: where all keys are hidden, the maximum is about -1e9, and 32 bits of it have no room for a logarithm.

import { attendedBias, lowest } from "./attention-bias.ts";
import {
  addWeighted,
  beginning,
  eachOther,
  eachOwn,
  eachPair,
  eachSum,
  fillOther,
  fillOwn,
  formOf,
  largestOf,
  ofKeys,
  ofRows,
  otherRow,
  ownRow,
  products,
  share,
  sharesOf,
  weigh,
  weightAt,
  write,
  zeros,
  type AttentionForm,
} from "./attention-tiles.ts";
import { remembered, type GpuProgram } from "./dispatch.ts";

/** The widest heads whose tiles fit the 16 KiB that every device gives a workgroup. */
export const widestHead = 128;

/** One own tile in the forward pass. */
export function forwardForm(headWidth: number): AttentionForm {
  if (headWidth <= 32) return formOf(headWidth, { own: 32, other: 32 });
  return formOf(headWidth, headWidth <= 64 ? { own: 32, other: 16 } : { own: 16, other: 8 });
}

/** Two of them in the backward pass. */
export function backwardForm(headWidth: number): AttentionForm {
  if (headWidth <= 32) return formOf(headWidth, { own: 32, other: 16 });
  return formOf(headWidth, headWidth <= 64 ? { own: 16, other: 16 } : { own: 8, other: 8 });
}

const sizes = { heads: "u32", rows: "u32", keyRows: "u32" } as const;
const sources = { query: "vec4f", key: "vec4f", value: "vec4f" } as const;

/** What the rows attended to, and of each row of scores the two numbers. */
export const attentionProgram = remembered((headWidth: number): GpuProgram => {
  const form = forwardForm(headWidth);
  const bias = attendedBias(["bias", "secondBias"]);
  const score = (i: number, j: number) =>
    `scoreOf(product${i}${j}, example, head, ${ownRow(form, i)}, ${otherRow(j)})`;
  const top = (i: number) => largestOf([`largest${i}`, ...sharesOf(form, i)]);
  return {
    name: `attention ${headWidth}`,
    inputs: { ...sources, bias: "f32", secondBias: "f32" },
    outputs: { mixed: "vec4f", statistics: "f32" },
    uniforms: { ...sizes, ...bias.uniforms },
    code: `${bias.code}
${beginning(form, ["queries"])}
  ${fillOwn(form, "queries", "query", ofRows)}
  ${eachOwn(form, (i) => `var largest${i} = ${lowest}; var sum${i} = 0.0;`)}
  ${zeros(form, "mixed")}
  for (var begin = 0u; begin < given.keyRows; begin += ${form.other}u) {
    ${fillOther(form, "key", ofKeys)}
    ${products(form, "product", "queries")}
    ${eachPair(form, (i, j) => `let score${i}${j} = ${score(i, j)};`)}
    ${share(form, (i) => largestOf(form.others.map((j) => `score${i}${j}`)))}
    workgroupBarrier();
    ${eachOwn(form, (i) => `let top${i} = ${top(i)}; let fade${i} = exp(largest${i} - top${i});`)}
    ${eachOwn(form, (i) => `largest${i} = top${i}; sum${i} *= fade${i};`)}
    ${eachSum(form, (i, j) => `mixed${i}${j} *= fade${i};`)}
    ${weigh(form, (i, j) => `select(0.0, exp(score${i}${j} - top${i}), ${otherRow(j)} < given.keyRows)`)}
    ${fillOther(form, "value", ofKeys)}
    ${addWeighted(form, "mixed", (i) => `sum${i} += ${weightAt(form, i)};`)}
  }
  ${eachOwn(
    form,
    (i) => `${write(form, "mixed", i, ofRows, ` / sum${i}`)}
  ${writeOfRow(form, i, [`statistics[place * 2u] = largest${i};`, `statistics[place * 2u + 1u] = 1.0 / sum${i};`])}`,
  )}
}`,
  };
});

/** What is written once for own row i of the queries, at its `place` among all rows. */
function writeOfRow(form: AttentionForm, i: number, lines: readonly string[]): string {
  return `if (x == 0u && ${ownRow(form, i)} < given.rows) {
    let place = matrix * given.rows + ${ownRow(form, i)};
    ${lines.join(" ")}
  }`;
}

const backwardSources = { ...sources, dMixed: "vec4f", bias: "f32" } as const;

/** Place of a row of queries among all; the last one's for a row beyond it. */
const placeOf = (row: string) => `matrix * given.rows + min(${row}, given.rows - 1u)`;

/**
 * Gradient of the queries, and of each row `ofRow`: its two numbers, and `along`, Σ dp·p, which the gradients of all its scores need,
 * p·(dp − Σ dp·p). A first turn over the keys makes it. What attention gave would serve, too, but would have to be kept, or made again at
 * the same cost and stored. The three are in one buffer since a device may have no more than eight in a program.
 */
export const queryGradientProgram = remembered((headWidth: number): GpuProgram => {
  const form = backwardForm(headWidth);
  const bias = attendedBias(["bias", "bias"]);
  const probability = (i: number, j: number) =>
    `probabilityOf(product${i}${j}, example, head, ${ownRow(form, i)}, ${otherRow(j)}, largest${i}, scale${i})`;
  return {
    name: `attention to queries ${headWidth}`,
    inputs: { ...backwardSources, statistics: "f32" },
    outputs: { dQuery: "vec4f", ofRow: "vec4f" },
    uniforms: { ...sizes, ...bias.uniforms },
    code: `${bias.code}
${beginning(form, ["queries", "changes"])}
  ${fillOwn(form, "queries", "query", ofRows)}
  ${fillOwn(form, "changes", "dMixed", ofRows)}
  ${eachOwn(form, (i) => `let place${i} = ${placeOf(ownRow(form, i))};`)}
  ${eachOwn(form, (i) => `let largest${i} = statistics[place${i} * 2u]; let scale${i} = statistics[place${i} * 2u + 1u];`)}
  ${eachOwn(form, (i) => `var along${i} = 0.0;`)}
  ${zeros(form, "dQuery")}
  for (var turn = 0u; turn < 2u; turn++) {
    for (var begin = 0u; begin < given.keyRows; begin += ${form.other}u) {
    ${fillOther(form, "value", ofKeys)}
    ${products(form, "dp", "changes")}
    ${fillOther(form, "key", ofKeys)}
    ${products(form, "product", "queries")}
    ${eachPair(form, (i, j) => `let p${i}${j} = ${probability(i, j)};`)}
    if (turn == 0u) {
    ${eachPair(form, (i, j) => `along${i} += dp${i}${j} * p${i}${j};`)}
    } else {
    ${weigh(form, (i, j) => `p${i}${j} * (dp${i}${j} - along${i})`)}
    workgroupBarrier();
    ${addWeighted(form, "dQuery")}
    }
    }
    if (turn == 0u) {
    ${share(form, (i) => `along${i}`)}
    workgroupBarrier();
    ${eachOwn(form, (i) => `along${i} = ${sharesOf(form, i).join(" + ")};`)}
    }
  }
  ${eachOwn(
    form,
    (i) => `${write(form, "dQuery", i, ofRows)}
  ${writeOfRow(form, i, [`ofRow[place] = vec4f(largest${i}, scale${i}, along${i}, 0.0);`])}`,
  )}
}`,
  };
});

/** Gradients of keys and values: a workgroup owns a tile of them and goes over the rows in order. */
export const keyGradientProgram = remembered((headWidth: number): GpuProgram => {
  const form = backwardForm(headWidth);
  const bias = attendedBias(["bias", "bias"]);
  const probability = (i: number, j: number) =>
    `probabilityOf(product${i}${j}, example, head, ${otherRow(j)}, ${ownRow(form, i)}, numbers${j}.x, numbers${j}.y)`;
  const dScores = weigh(form, (i, j) => `p${i}${j} * (dp${i}${j} - numbers${j}.z)`);
  return {
    name: `attention to keys ${headWidth}`,
    inputs: { ...backwardSources, ofRow: "vec4f" },
    outputs: { dKey: "vec4f", dValue: "vec4f" },
    uniforms: { ...sizes, ...bias.uniforms },
    code: `${bias.code}
${beginning(form, ["keys", "values"])}
  ${fillOwn(form, "keys", "key", ofKeys)}
  ${fillOwn(form, "values", "value", ofKeys)}
  ${zeros(form, "dKey")}
  ${zeros(form, "dValue")}
  for (var begin = 0u; begin < given.rows; begin += ${form.other}u) {
    ${eachOther(form, (j) => `let numbers${j} = ofRow[${placeOf(otherRow(j))}];`)}
    ${fillOther(form, "query", ofRows)}
    ${products(form, "product", "keys")}
    ${eachPair(form, (i, j) => `let p${i}${j} = ${probability(i, j)};`)}
    ${weigh(form, (i, j) => `p${i}${j}`)}
    ${fillOther(form, "dMixed", ofRows)}
    ${products(form, "dp", "values")}
    ${addWeighted(form, "dValue")}
    ${fillOther(form, "query", ofRows, dScores)}
    ${addWeighted(form, "dKey")}
  }
  ${eachOwn(
    form,
    (i) => `${write(form, "dKey", i, ofKeys)}
  ${write(form, "dValue", i, ofKeys)}`,
  )}
}`,
  };
});
