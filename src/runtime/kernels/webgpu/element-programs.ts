// Programs with one thread for each entry: activations with and without a gate, forward and backward, and rotary positions.

import { geluCubic, geluFactor, type Activation } from "../../primitives/activations.ts";
import { gridIndex, remembered, type GpuProgram } from "./dispatch.ts";

/** Entries that one workgroup computes. */
export const entriesOfGroup = 256;

/** `body` runs for every entry `at`. */
export function perEntry(body: string, functions = ""): string {
  return `${gridIndex}
${functions}
@compute @workgroup_size(${entriesOfGroup})
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let at = gridIndex(group, groups) * ${entriesOfGroup}u + lane;
  if (at >= given.count) { return; }
  ${body}
}`;
}

const sigmoid = "fn sigmoid(z: f32) -> f32 { return 1.0 / (1.0 + exp(-z)); }";

/** Abramowitz and Stegun, 7.1.26: within 1.5e-7, as TensorFlow.js has it. */
const distribution = `
fn distribution(x: f32) -> f32 {
  let z = abs(x) * 0.7071067811865476;
  let t = 1.0 / (1.0 + 0.3275911 * z);
  let tail = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
  return 0.5 + 0.5 * sign(x) * (1.0 - tail * exp(-z * z));
}`;

/** Each activation as `active(x)` and its derivative as `slope(x)`. */
const activations: Record<Activation, string> = {
  relu: `
fn activated(x: f32) -> f32 { return max(x, 0.0); }
fn slope(x: f32) -> f32 { return select(0.0, 1.0, x > 0.0); }`,
  gelu: `${sigmoid}
fn gate(x: f32) -> f32 { return sigmoid(x * (x * x * ${geluCubic * geluFactor} + ${geluFactor})); }
fn activated(x: f32) -> f32 { return x * gate(x); }
fn slope(x: f32) -> f32 {
  let open = gate(x);
  return open + x * open * (1.0 - open) * (x * x * ${3 * geluCubic * geluFactor} + ${geluFactor});
}`,
  silu: `${sigmoid}
fn activated(x: f32) -> f32 { return x * sigmoid(x); }
fn slope(x: f32) -> f32 {
  let open = sigmoid(x);
  return open * (1.0 + x * (1.0 - open));
}`,
  erfGelu: `${distribution}
fn activated(x: f32) -> f32 { return x * distribution(x); }
fn slope(x: f32) -> f32 { return distribution(x) + x * exp(-0.5 * x * x) * 0.3989422804014327; }`,
};

export const activateProgram = remembered((kind: Activation): GpuProgram => ({
  name: kind,
  inputs: { x: "f32" },
  outputs: { y: "f32" },
  uniforms: { count: "u32" },
  code: perEntry("y[at] = activated(x[at]);", activations[kind]),
}));

export const activateBackwardProgram = remembered((kind: Activation): GpuProgram => ({
  name: `${kind} backward`,
  inputs: { dy: "f32", x: "f32" },
  outputs: { dx: "f32" },
  uniforms: { count: "u32" },
  code: perEntry("dx[at] = dy[at] * slope(x[at]);", activations[kind]),
}));

export const gateProgram = remembered((kind: Activation): GpuProgram => ({
  name: `${kind} gate`,
  inputs: { x: "f32", straight: "f32" },
  outputs: { y: "f32" },
  uniforms: { count: "u32" },
  code: perEntry("y[at] = activated(x[at]) * straight[at];", activations[kind]),
}));

export const gateBackwardProgram = remembered((kind: Activation): GpuProgram => ({
  name: `${kind} gate backward`,
  inputs: { dy: "f32", x: "f32", straight: "f32" },
  outputs: { dx: "f32", dStraight: "f32" },
  uniforms: { count: "u32" },
  code: perEntry(
    "dx[at] = dy[at] * straight[at] * slope(x[at]); dStraight[at] = dy[at] * activated(x[at]);",
    activations[kind],
  ),
}));

/** x·cos ± swapped(x)·sin over `[batch, heads, rows, headWidth]`; the rotation repeats over the heads, perhaps over the batch. */
export const rotateProgram = remembered((back: boolean): GpuProgram => ({
  name: back ? "rotate back" : "rotate",
  inputs: { x: "f32", cosine: "f32", sine: "f32" },
  outputs: { y: "f32" },
  uniforms: { count: "u32", heads: "u32", matrix: "u32", headWidth: "u32", batchStride: "u32" },
  code: perEntry(`
  let column = at % given.headWidth;
  let half = given.headWidth / 2u;
  let other = select(at - half, at + half, column < half);
  let turn = (at / (given.matrix * given.heads)) * given.batchStride + at % given.matrix;
  y[at] = x[at] * cosine[turn] ${back ? "-" : "+"} x[other] * sine[turn];`),
}));
