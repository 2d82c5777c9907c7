// Programs of a training step's second half: squares of the gradients, the verdict on the step, AdamW, and the report for the host.

import type { GpuProgram } from "./dispatch.ts";
import { perEntry } from "./element-programs.ts";

/** Threads of a workgroup that adds up. */
export const lanes = 256;

/** What the status of a step is, in its report and in what all later steps read; 0 is a good one. */
export const failed = { loss: 1, gradient: 2, norm: 3, values: 4 } as const;

/** Whether a number is infinite or none, told by its bits: a shader's compiler may take for granted that there are no such numbers. */
const isStrange = "fn isStrange(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) == 0x7f800000u; }";

/** Sums run in a fixed order. */
const overLanes = `
var<workgroup> shares: array<f32, ${lanes}>;
var<workgroup> most: array<u32, ${lanes}>;

fn sumOver(lane: u32, share: f32) -> f32 {
  shares[lane] = share;
  workgroupBarrier();
  for (var half = ${lanes / 2}u; half > 0u; half >>= 1u) {
    if (lane < half) { shares[lane] += shares[lane + half]; }
    workgroupBarrier();
  }
  let total = shares[0];
  workgroupBarrier();
  return total;
}

fn maxOver(lane: u32, share: u32) -> u32 {
  most[lane] = share;
  workgroupBarrier();
  for (var half = ${lanes / 2}u; half > 0u; half >>= 1u) {
    if (lane < half) { most[lane] = max(most[lane], most[lane + half]); }
    workgroupBarrier();
  }
  let largest = most[0];
  workgroupBarrier();
  return largest;
}`;

/** Of a gradient's share of each workgroup, the sum of squares, and the bits of an entry that is not finite, or 0. */
export const squaresProgram: GpuProgram = {
  name: "squares of gradients",
  inputs: { gradient: "f32" },
  outputs: {},
  changes: { squares: "f32", strange: "u32" },
  uniforms: { count: "u32", offset: "u32", groups: "u32" }, // the tensor's entries, its first place among the sums, its workgroups
  code: `${isStrange}
${overLanes}
@compute @workgroup_size(${lanes})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  var sum = 0.0;
  var bits = 0u;
  for (var at = group.x * ${lanes}u + lane; at < given.count; at += given.groups * ${lanes}u) {
    let g = gradient[at];
    if (isStrange(g)) { bits = bitcast<u32>(g); }
    sum += g * g;
  }
  let total = sumOver(lane, sum);
  let found = maxOver(lane, bits);
  if (lane == 0u) {
    squares[given.offset + group.x] = total;
    strange[given.offset + group.x] = found;
  }
}`,
};

/**
 * The norm of all gradients and the factor of each limit, and whether the step may move anything. `owners` has tensor and limit
 * of each sum. `verdict` becomes loss, norm and the factors; `state` holds the status of the first bad step, its tensor, the bits of its
 * strange entry, and 1 where values that are not finite were made.
 */
export const verdictProgram: GpuProgram = {
  name: "verdict on a step",
  inputs: { loss: "f32", squares: "f32", strange: "u32", owners: "u32", limits: "f32" },
  outputs: {},
  changes: { verdict: "f32", state: "u32" },
  uniforms: { sums: "u32", limitCount: "u32" },
  code: `${isStrange}
${overLanes}
@compute @workgroup_size(${lanes})
fn main(@builtin(local_invocation_index) lane: u32) {
  var all = 0.0;
  for (var limit = 0u; limit < given.limitCount; limit++) {
    var share = 0.0;
    for (var at = lane; at < given.sums; at += ${lanes}u) {
      if (owners[2u * at + 1u] == limit) { share += squares[at]; }
    }
    let sum = sumOver(lane, share);
    all += sum;
    // torch's clip_grad_norm_, its 1e-6 in the denominator included
    let norm = sqrt(sum) + 1e-6;
    if (lane == 0u) { verdict[2u + limit] = select(1.0, limits[limit] / norm, norm > limits[limit]); }
  }
  var culprit = 0u; // the largest is the first tensor
  for (var at = lane; at < given.sums; at += ${lanes}u) {
    if (strange[at] != 0u) { culprit = max(culprit, 0xffffffffu - owners[2u * at]); }
  }
  let tensor = 0xffffffffu - maxOver(lane, culprit);
  var bits = 0u;
  for (var at = lane; at < given.sums; at += ${lanes}u) {
    if (owners[2u * at] == tensor) { bits = max(bits, strange[at]); }
  }
  let entry = maxOver(lane, bits);
  if (lane != 0u) { return; }
  let norm = sqrt(all);
  verdict[0] = loss[0];
  verdict[1] = norm;
  var status = 0u;
  if (isStrange(loss[0])) { status = ${failed.loss}u; }
  else if (entry != 0u) { status = ${failed.gradient}u; }
  else if (isStrange(all)) { status = ${failed.norm}u; }
  if (state[0] == 0u && status != 0u) {
    state[0] = status;
    state[1] = tensor;
    state[2] = entry;
  }
}`,
};

/**
 * AdamW of one tensor, in place: `adamWStep` of train/adamw.ts with 32 bits on the way. `previous` takes the values from before. Where
 * the verdict on this step or an earlier one is bad, nothing moves. Eight buffers: no device need take more.
 */
export const adamWProgram: GpuProgram = {
  name: "adamw",
  inputs: { gradient: "f32", verdict: "f32", rates: "vec4f" },
  outputs: {},
  changes: { state: "atomic<u32>", values: "f32", first: "f32", second: "f32", previous: "f32" },
  uniforms: {
    count: "u32",
    tensor: "u32",
    limit: "u32",
    beta1: "f32",
    rest1: "f32",
    beta2: "f32",
    rest2: "f32",
    epsilon: "f32",
  },
  code: perEntry(
    `
  if (atomicLoad(&state[0]) != 0u) { return; }
  let step = rates[given.tensor]; // rate, 1 − β₁ᵗ, 1 − β₂ᵗ, λ
  let g = gradient[at] * verdict[2u + given.limit];
  let value = values[at];
  let m = given.beta1 * first[at] + given.rest1 * g;
  let v = given.beta2 * second[at] + given.rest2 * g * g;
  first[at] = m;
  second[at] = v;
  previous[at] = value;
  let next = value - step.x * (m / step.y / (sqrt(v / step.z) + given.epsilon) + step.w * value);
  values[at] = next;
  if (isStrange(next)) { atomicStore(&state[3], 1u); }`,
    isStrange,
  ),
};

/** What the host is to know of the step: the bits of loss and norm, and the state, which becomes `bad` where values did. */
export const reportProgram: GpuProgram = {
  name: "report of a step",
  inputs: { verdict: "f32" },
  outputs: { report: "u32" },
  changes: { state: "u32" },
  uniforms: { bad: "u32" },
  code: `@compute @workgroup_size(1)
fn main() {
  if (state[3] != 0u && state[0] == 0u) { state[0] = given.bad; }
  report[0] = bitcast<u32>(verdict[0]);
  report[1] = bitcast<u32>(verdict[1]);
  report[2] = state[0];
  report[3] = state[1];
  report[4] = state[2];
}`,
};

/**
 * Rows added to those of a table's gradient. `places` has a row of the table and where its share of `order` begins and ends; `order` counts
 * rows. So every entry is one sum in one order.
 */
export const addRowsProgram: GpuProgram = {
  name: "rows added to a gradient",
  inputs: { rows: "f32", places: "u32", order: "u32" },
  outputs: {},
  changes: { gradient: "f32" },
  uniforms: { count: "u32", width: "u32" },
  code: perEntry(`
  let place = 3u * (at / given.width);
  let column = at % given.width;
  let into = places[place] * given.width + column;
  var sum = gradient[into];
  for (var next = places[place + 1u]; next < places[place + 2u]; next++) { sum += rows[order[next] * given.width + column]; }
  gradient[into] = sum;`),
};
