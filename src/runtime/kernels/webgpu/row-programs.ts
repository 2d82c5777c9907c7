// Programs with one workgroup for each row: norms and softmax, forward and backward. Sums run in a fixed order.

import { gridIndex, remembered, type GpuProgram } from "./dispatch.ts";

/** Threads for a row: few where the rows are short and many, many where they are as long as a vocabulary. */
export type RowThreads = 64 | 256;

export function threadsFor(columns: number): RowThreads {
  return columns <= 2048 ? 64 : 256;
}

/** `main` with the row's number, the first of its entries and the thread's number; `body` runs for every row. */
function perRow(threads: RowThreads, body: string): string {
  return `${gridIndex}
var<workgroup> shares: array<f32, ${threads}>;

fn sumOver(lane: u32, share: f32) -> f32 {
  shares[lane] = share;
  workgroupBarrier();
  for (var half = ${threads / 2}u; half > 0u; half >>= 1u) {
    if (lane < half) { shares[lane] += shares[lane + half]; }
    workgroupBarrier();
  }
  let total = shares[0];
  workgroupBarrier();
  return total;
}

fn maxOver(lane: u32, share: f32) -> f32 {
  shares[lane] = share;
  workgroupBarrier();
  for (var half = ${threads / 2}u; half > 0u; half >>= 1u) {
    if (lane < half) { shares[lane] = max(shares[lane], shares[lane + half]); }
    workgroupBarrier();
  }
  let largest = shares[0];
  workgroupBarrier();
  return largest;
}

@compute @workgroup_size(${threads})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let row = gridIndex(group, groups);
  if (row >= given.rows) { return; }
  let start = row * given.columns;
  let end = start + given.columns;
${body}
}`;
}

const overRow = (threads: RowThreads, body: string) =>
  `for (var at = start + lane; at < end; at += ${threads}u) { ${body} }`;

/** What a norm does first and keeps: "rms" neither takes the mean away nor keeps x̂; "plain" keeps it; "centred" does both. */
export type NormForm = "rms" | "plain" | "centred";

/** y = x̂·w (+ b) with x̂ = c·r, r = 1/√(mean(c²) + ε), c = x or x − mean(x). Writes y and r, and x̂ where it is kept. */
export const normProgram = remembered((form: NormForm, threads: RowThreads): GpuProgram => {
  const [centred, keepsNormal] = [form === "centred", form !== "rms"];
  return {
    name: `${form} norm ${threads}`,
    inputs: { x: "f32", weight: "f32", ...(centred ? { shift: "f32" } : {}) },
    outputs: { y: "f32", scale: "f32", ...(keepsNormal ? { normal: "f32" } : {}) },
    uniforms: { rows: "u32", columns: "u32", epsilon: "f32" },
    code: perRow(
      threads,
      `
  var mean = 0.0;
  ${
    centred
      ? `var sum = 0.0;
  ${overRow(threads, "sum += x[at];")}
  mean = sumOver(lane, sum) / f32(given.columns);`
      : ""
  }
  var squares = 0.0;
  ${overRow(threads, "let c = x[at] - mean; squares += c * c;")}
  let r = inverseSqrt(sumOver(lane, squares) / f32(given.columns) + given.epsilon);
  ${overRow(
    threads,
    `let unit = (x[at] - mean) * r;
    ${keepsNormal ? "normal[at] = unit;" : ""}
    y[at] = unit * weight[at - start]${centred ? " + shift[at - start]" : ""};`,
  )}
  if (lane == 0u) { scale[row] = r; }`,
    ),
  };
});

/** Gradient of the norm: r·(g − mean(g) − x̂·mean(g·x̂)) with g = dy·w, the first mean only where it is centred; plus `onto`. */
export const normBackwardProgram = remembered(
  (form: NormForm, onto: boolean, threads: RowThreads): GpuProgram => {
    const centred = form === "centred";
    const unit = form === "rms" ? "x[at] * r" : "x[at]"; // what was kept is x or x̂
    return {
      name: `${form} norm backward${onto ? " onto" : ""} ${threads}`,
      inputs: { dy: "f32", x: "f32", scale: "f32", weight: "f32", ...(onto ? { onto: "f32" } : {}) },
      outputs: { dx: "f32" },
      uniforms: { rows: "u32", columns: "u32" },
      code: perRow(
        threads,
        `
  let r = scale[row];
  var sum = 0.0;
  var along = 0.0;
  ${overRow(threads, `let g = dy[at] * weight[at - start]; sum += g; along += g * (${unit});`)}
  let meanAlong = sumOver(lane, along) / f32(given.columns);
  let mean = ${centred ? "sumOver(lane, sum) / f32(given.columns)" : "0.0"};
  ${overRow(
    threads,
    `let g = dy[at] * weight[at - start];
    dx[at] = r * (g - mean - (${unit}) * meanAlong)${onto ? " + onto[at]" : ""};`,
  )}`,
      ),
    };
  },
);

/** softmax(scores + bias) over the last of four axes. The bias's stride is 0 along an axis that it repeats. */
export const softmaxProgram = remembered((threads: RowThreads): GpuProgram => ({
  name: `softmax ${threads}`,
  inputs: { scores: "f32", bias: "f32" },
  outputs: { probabilities: "f32" },
  uniforms: {
    rows: "u32", // of all matrices together
    columns: "u32",
    heads: "u32",
    queries: "u32",
    biasBatch: "u32",
    biasHead: "u32",
    biasQuery: "u32",
    biasColumn: "u32",
  },
  code: perRow(
    threads,
    `
  let matrix = row / given.queries;
  let biasAt = (matrix / given.heads) * given.biasBatch + (matrix % given.heads) * given.biasHead
    + (row % given.queries) * given.biasQuery;
  var largest = -3.4e38;
  ${overRow(threads, "largest = max(largest, scores[at] + bias[biasAt + (at - start) * given.biasColumn]);")}
  largest = maxOver(lane, largest);
  var sum = 0.0;
  ${overRow(
    threads,
    `let e = exp(scores[at] + bias[biasAt + (at - start) * given.biasColumn] - largest);
    probabilities[at] = e;
    sum += e;`,
  )}
  let total = sumOver(lane, sum);
  ${overRow(threads, "probabilities[at] = probabilities[at] / total;")}`,
  ),
}));

/** Gradient of softmax with respect to the scores: p·(dp − Σ dp·p). */
export const softmaxBackwardProgram = remembered((threads: RowThreads): GpuProgram => ({
  name: `softmax backward ${threads}`,
  inputs: { dProbabilities: "f32", probabilities: "f32" },
  outputs: { dScores: "f32" },
  uniforms: { rows: "u32", columns: "u32" },
  code: perRow(
    threads,
    `
  var along = 0.0;
  ${overRow(threads, "along += dProbabilities[at] * probabilities[at];")}
  let total = sumOver(lane, along);
  ${overRow(threads, "dScores[at] = probabilities[at] * (dProbabilities[at] - total);")}`,
  ),
}));
