// 16-bit floating point widened to 32 bits in WebAssembly SIMD. AssemblyScript, not TypeScript.
//
// Source and target of many values may overlap when the source is the upper half of the target: reading stays ahead of writing.

/** Four bfloat16 values, each in the low half of a 32-bit lane: each is the upper half of a 32-bit float. */
export function widenUpper4(halves: v128): v128 {
  return i32x4.shl(halves, 16);
}

/** One bfloat16 value. */
export function widenUpper(source: usize, target: usize): void {
  store<u32>(target, (<u32>load<u16>(source)) << 16);
}

/** `source` need not be aligned. */
export function widenBfloat16(source: usize, target: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    v128.store(target + ((<usize>i) << 2), widenUpper4(v128.load_ext<u16>(source + ((<usize>i) << 1))));
  }
  for (; i < count; i++) widenUpper(source + ((<usize>i) << 1), target + ((<usize>i) << 2));
}

/**
 * Four binary16 values, each in the low half of a 32-bit lane. Exponent and fraction are shifted into place and multiplied
 * by 2^112, which corrects the exponent's bias and makes subnormals right; what then reaches 2^16 was infinity or NaN.
 */
export function widen4(halves: v128): v128 {
  const magnitude = i32x4.shl(v128.and(halves, i32x4.splat(0x7fff)), 13);
  const value = f32x4.mul(magnitude, f32x4.splat(reinterpret<f32>(0x77800000)));
  const special = v128.and(f32x4.ge(value, f32x4.splat(65536)), i32x4.splat(0x7f800000));
  const sign = i32x4.shl(v128.and(halves, i32x4.splat(0x8000)), 16);
  return v128.or(v128.or(value, special), sign);
}

/**
 * Four finite binary16 values, sign-extended to 32-bit lanes: sign and magnitude are shifted into place, and the multiplication keeps
 * the sign. A third of the work, for what is widened again and again.
 */
export function widenFinite4(halves: v128): v128 {
  const placed = v128.and(i32x4.shl(halves, 13), i32x4.splat(0x8fffe000));
  return f32x4.mul(placed, f32x4.splat(reinterpret<f32>(0x77800000)));
}

/** One binary16 value. */
export function widenHalf(source: usize, target: usize): void {
  store<f32>(target, f32x4.extract_lane(widen4(i32x4.splat(load<u16>(source))), 0));
}

/** IEEE 754 binary16, exactly, subnormals, infinities and NaN included. `source` need not be aligned. */
export function widenFloat16(source: usize, target: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    v128.store(target + ((<usize>i) << 2), widen4(v128.load_ext<u16>(source + ((<usize>i) << 1))));
  }
  for (; i < count; i++) widenHalf(source + ((<usize>i) << 1), target + ((<usize>i) << 2));
}
