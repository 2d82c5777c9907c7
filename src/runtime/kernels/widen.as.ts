// 16-bit floating point widened to 32 bits in WebAssembly SIMD. AssemblyScript, not TypeScript.
//
// Source and target may overlap when the source is the upper half of the target: reading stays ahead of writing.

/** bfloat16 is the upper half of a 32-bit float. `source` need not be aligned. */
export function widenBfloat16(source: usize, target: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    v128.store(target + ((<usize>i) << 2), i32x4.shl(v128.load_ext<u16>(source + ((<usize>i) << 1)), 16));
  }
  for (; i < count; i++)
    store<u32>(target + ((<usize>i) << 2), (<u32>load<u16>(source + ((<usize>i) << 1))) << 16);
}

/**
 * Four binary16 values, each in the low half of a 32-bit lane. Exponent and fraction are shifted into place and multiplied
 * by 2^112, which corrects the exponent's bias and makes subnormals right; what then reaches 2^16 was infinity or NaN.
 */
function widen4(halves: v128): v128 {
  const magnitude = i32x4.shl(v128.and(halves, i32x4.splat(0x7fff)), 13);
  const value = f32x4.mul(magnitude, f32x4.splat(reinterpret<f32>(0x77800000)));
  const special = v128.and(f32x4.ge(value, f32x4.splat(65536)), i32x4.splat(0x7f800000));
  const sign = i32x4.shl(v128.and(halves, i32x4.splat(0x8000)), 16);
  return v128.or(v128.or(value, special), sign);
}

/** IEEE 754 binary16, exactly, subnormals, infinities and NaN included. `source` need not be aligned. */
export function widenFloat16(source: usize, target: usize, count: i32): void {
  let i = 0;
  for (; i + 4 <= count; i += 4) {
    v128.store(target + ((<usize>i) << 2), widen4(v128.load_ext<u16>(source + ((<usize>i) << 1))));
  }
  for (; i < count; i++) {
    const half = i32x4.splat(load<u16>(source + ((<usize>i) << 1)));
    store<f32>(target + ((<usize>i) << 2), f32x4.extract_lane(widen4(half), 0));
  }
}
