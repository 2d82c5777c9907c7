// 16-bit floating point widened to 32 bits on the webgpu backend: as WGSL for programs that read such numbers, and as a program of its own.
//
// By integers: of WGSL's unpack2x16float drivers may make zeros where a number is subnormal.

import type { Tensor2D } from "../../backends/tensorflow.ts";
import type { HalfMatrix } from "../../primitives/half-matrix.ts";
import type { HalfDtype } from "../../weights/half-precision.ts";
import { dispatch, gridIndex, gridOf, remembered, type GpuProgram } from "./dispatch.ts";

/**
 * WGSL of `widenHalf`, which makes an f32 of a u32's lower 16 bits whatever is above them, and of `widen4`, which makes a vec4f of the
 * four numbers in two words, the first of each word in its lower half.
 */
export const widening: Record<HalfDtype, string> = {
  F16: `
fn widenHalf(half: u32) -> f32 { return widen4(vec2u(half, 0u))[0]; }

fn widen4(words: vec2u) -> vec4f {
  let halves = vec4u(words.x & 0xffffu, words.x >> 16u, words.y & 0xffffu, words.y >> 16u);
  let magnitude = (halves & vec4u(0x7fffu)) << vec4u(13u); // exponent and fraction in the places they have in 32 bits
  let bias = select(vec4u(0x38000000u), vec4u(0x70000000u), magnitude >= vec4u(0x0f800000u)); // infinity and NaN stay so
  let subnormal = bitcast<vec4u>(vec4f(halves & vec4u(0x3ffu)) * 0x1p-24f);
  let widened = select(magnitude + bias, subnormal, magnitude < vec4u(0x00800000u));
  return bitcast<vec4f>(widened | ((halves & vec4u(0x8000u)) << vec4u(16u)));
}`,
  BF16: `
fn widenHalf(half: u32) -> f32 { return bitcast<f32>(half << 16u); }

fn widen4(words: vec2u) -> vec4f {
  return bitcast<vec4f>(vec4u(words.x << 16u, words.x & 0xffff0000u, words.y << 16u, words.y & 0xffff0000u));
}`,
};

const threads = 64;
const numbersOfGroup = 4 * threads;

const widenProgram = remembered((dtype: HalfDtype): GpuProgram => ({
  name: `widen ${dtype}`,
  inputs: { bits: "u32" },
  outputs: { wide: "f32" },
  uniforms: { size: "u32" },
  code: `${gridIndex}
${widening[dtype]}

@compute @workgroup_size(${threads})
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) thread: u32) {
  let first = gridIndex(group, groups) * ${numbersOfGroup}u + thread * 4u;
  if (first >= given.size) { return; }
  let numbers = widen4(vec2u(bits[first / 2u], bits[min(first / 2u + 1u, (given.size - 1u) / 2u)]));
  for (var step = 0u; step < min(4u, given.size - first); step++) { wide[first + step] = numbers[step]; }
}`,
}));

export function widenKernel({ dtype, shape, bits }: HalfMatrix): Tensor2D {
  const size = shape[0] * shape[1];
  const [wide] = dispatch(
    widenProgram(dtype),
    [bits],
    [shape],
    [size],
    gridOf(Math.ceil(size / numbersOfGroup)),
  );
  if (!wide) throw new Error("widening gave nothing");
  return wide as Tensor2D;
}
