// What the emitted functions of the harder methods compute, against the same formula in plain loops.

import { beforeAll, expect, test } from "vitest";
import { check, emit } from "../../src/compile.ts";
import { nodeHost } from "../../src/host.ts";
import * as runtime from "../../src/runtime/index.ts";
import { startBackend, tf } from "../../src/runtime/tf.ts";
import type { Method } from "../../src/runtime/train/step.ts";
import { randomValues, type Shape } from "../support/finite-differences.ts";

const [d, s, n] = [128, 16, 5];
const lengths = [5, 2];

beforeAll(async () => {
  await startBackend("cpu");
});

/** The function of a tune of the scenario `family`, and random tensors of the shapes that its plan says. */
async function emitted(tune: string, method: string) {
  const folder = "test/scenarios/family";
  const { plans } = await check(`${folder}/main.dept`, nodeHost());
  const plan = plans.find((each) => each.tune.name === tune);
  if (!plan) throw new Error(`no plan of ${tune}`);
  const { javascript } = await emit(plan, { folder, version: "0.0.0" });
  const text = new RegExp(`^function ${method}\\([^]*?^}`, "m").exec(javascript)?.[0];
  const constants = [...javascript.matchAll(/^const (\w+) = [\d._]+;/gm)].map(([line]) => line).join("\n");
  const names = Object.keys(runtime);
  const make = new Function(...names, `${constants}\n${text}\nreturn ${method};`);
  const run = make(...Object.values(runtime)) as Method;
  const values = new Map(plan.tensors.map(({ name, shape }) => [name, random(shape, name)]));
  const tensors = plan.tensors.map(({ name, shape }) => [
    name,
    tf.tensor(valuesOf(values, name), [...shape]),
  ]);
  const x = random([2, n, d], "x");
  const isWord = Float32Array.from({ length: 2 * n }, (_, at) =>
    at % n < (lengths[Math.floor(at / n)] ?? 0) ? 1 : 0,
  );
  const output = run(Object.fromEntries(tensors), tf.tensor3d(x, [2, n, d]), {
    mask: tf.tensor3d(isWord, [2, n, 1]),
    ids: tf.zeros([2, n], "int32"),
  });
  return { of: (name: string) => valuesOf(values, name), x, rows: output.arraySync() };
}

function random(shape: Shape, name: string): Float32Array {
  return randomValues(shape, `value of ${name}`);
}

function valuesOf(values: ReadonlyMap<string, Float32Array>, name: string): Float32Array {
  return values.get(name) ?? new Float32Array();
}

function sum(count: number, term: (index: number) => number): number {
  return Array.from({ length: count }, (_, index) => term(index)).reduce((a, b) => a + b, 0);
}

function softmax(scores: readonly number[]): number[] {
  const weights = scores.map((score) => Math.exp(score - Math.max(...scores)));
  return weights.map((weight) => weight / sum(weights.length, (i) => weights[i] ?? 0));
}

test("ACCEPT puts every row together block by block from that block's codewords", async () => {
  const { of, x, rows } = await emitted("codewords", "accept");
  const [C, W, D, V] = [of("C"), of("W"), of("D"), of("V")];
  /** Entry `column` of row `row`: Σ over the codewords of its block, `words` of them, each `part` long. */
  const entry = (book: Float32Array, weights: Float32Array, part: number, words: number, all: number) => {
    return (row: number, column: number) => {
      const [block, at] = [Math.floor(column / part), column % part];
      return sum(words, (word) => {
        const codeword = book[(block * part + at) * words + word] ?? NaN;
        return codeword * (weights[(block * words + word) * all + row] ?? NaN);
      });
    };
  };
  const prompt = entry(C, W, 16, 3, 4);
  const offset = entry(D, V, 64, 3, s);
  for (const column of [0, 15, 16, 77, 127]) {
    for (const row of [0, 3]) expect(rows[1]?.[row]?.[column]).toBeCloseTo(prompt(row, column), 4);
    for (const row of [0, 4]) {
      const expected = (x[(n + row) * d + column] ?? NaN) + (8 / Math.sqrt(3)) * offset(row, column);
      expect(rows[1]?.[4 + row]?.[column]).toBeCloseTo(expected, 3);
    }
  }
});

test("SMoP hands every example the prompt its own words choose, scaled by the choice's weight", async () => {
  const { of, x, rows } = await emitted("sparse", "smop");
  const [P, W] = [of("P"), of("W")];
  for (const example of [0, 1]) {
    const words = lengths[example] ?? 0;
    const mean = Array.from({ length: d }, (_, k) =>
      sum(words, (row) => (x[(example * n + row) * d + k] ?? NaN) / words),
    );
    const shares = softmax(
      [0, 1, 2].map((expert) => sum(d, (k) => (mean[k] ?? NaN) * (W[k * 3 + expert] ?? NaN))),
    );
    const chosen = shares.indexOf(Math.max(...shares));
    for (const row of [0, 1]) {
      const expected = (P[(chosen * 2 + row) * d + 9] ?? NaN) * (shares[chosen] ?? NaN);
      expect(rows[example]?.[row]?.[9]).toBeCloseTo(expected, 4);
    }
    expect(rows[example]?.[2]?.[9]).toBe(x[example * n * d + 9]);
  }
});

test("ATTEMPT mixes the sources and its own prompt by what the words have most of", async () => {
  const { of, x, rows } = await emitted("mixed", "attempt");
  const [S, P, Wd, Wu, gain, bias] = ["S", "P", "Wd", "Wu", "gain", "bias"].map(of) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const prompts = [S.subarray(0, 4 * d), S.subarray(4 * d), P];
  const most = (values: Float32Array, from: number, count: number, k: number) =>
    Math.max(...Array.from({ length: count }, (_, row) => values[(from + row) * d + k] ?? NaN));
  for (const example of [0, 1]) {
    const words = lengths[example] ?? 0;
    const hidden = [0, 1, 2].map((h) => {
      const z = sum(d, (k) => most(x, example * n, words, k) * (Wd[k * 3 + h] ?? NaN));
      return z / (1 + Math.exp(-z));
    });
    const up = Array.from({ length: d }, (_, k) =>
      sum(3, (h) => (hidden[h] ?? NaN) * (Wu[h * d + k] ?? NaN)),
    );
    const mean = sum(d, (k) => up[k] ?? NaN) / d;
    const deviation = Math.sqrt(sum(d, (k) => ((up[k] ?? NaN) - mean) ** 2) / d + 1e-5);
    const query = up.map((value, k) => ((value - mean) / deviation) * (gain[k] ?? NaN) + (bias[k] ?? NaN));
    const shares = softmax(
      prompts.map((each) => sum(d, (k) => (query[k] ?? NaN) * most(each, 0, 4, k)) / 348),
    );
    for (const row of [0, 3]) {
      const at = row * d + 50;
      const expected = (P[at] ?? NaN) + sum(3, (j) => (shares[j] ?? NaN) * (prompts[j]?.[at] ?? NaN));
      expect(rows[example]?.[row]?.[50]).toBeCloseTo(expected, 4);
    }
  }
});
