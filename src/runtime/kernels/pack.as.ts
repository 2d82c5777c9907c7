// Operands of a matrix product packed into strips of lines, as 32-bit floats whatever they are stored in. AssemblyScript, not
// TypeScript.

import { widenFinite4, widenHalf, widenUpper, widenUpper4 } from "./widen.as";

/** What the numbers of an operand are: 32-bit floats, finite ones of IEEE 754 binary16, or the upper halves of 32-bit floats. */
export const enum Stored {
  F32,
  F16,
  BF16,
}

/** Four vectors transposed: their first values to `target`, their second ones `step` bytes behind, and so on. */
function storeTransposed(a: v128, b: v128, c: v128, d: v128, target: usize, step: usize): void {
  const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const ab1 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const cd1 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  v128.store(target, v128.shuffle<i64>(ab0, cd0, 0, 2));
  v128.store(target + step, v128.shuffle<i64>(ab0, cd0, 1, 3));
  v128.store(target + 2 * step, v128.shuffle<i64>(ab1, cd1, 0, 2));
  v128.store(target + 3 * step, v128.shuffle<i64>(ab1, cd1, 1, 3));
}

/** Writes the 4×4 block at `source` (rows `stride` bytes apart) transposed: its columns to `target`, `step` bytes apart. */
function transpose4(source: usize, stride: usize, target: usize, step: usize): void {
  const a = v128.load(source);
  const b = v128.load(source + stride);
  const c = v128.load(source + 2 * stride);
  const d = v128.load(source + 3 * stride);
  storeTransposed(a, b, c, d, target, step);
}

/**
 * Packs lines into strips of `width` (4 or 8) lines: target[strip][k][line], zero where a strip has too few lines. Line i
 * begins at `source + i * lineStep` and its values lie `valueStep` bytes apart; one of the two steps is 4.
 */
export function pack(
  source: usize,
  target: usize,
  lines: i32,
  k: i32,
  width: i32,
  lineStep: usize,
  valueStep: usize,
): void {
  const step = (<usize>width) << 2;
  for (let first = 0; first < lines; first += width) {
    const present = min(width, lines - first);
    const from = source + <usize>first * lineStep;
    const to = target + <usize>first * ((<usize>k) << 2);
    let done = 0;
    if (present == width) {
      if (lineStep == 4) {
        for (; done < k; done++) {
          const s = from + <usize>done * valueStep;
          const t = to + <usize>done * step;
          v128.store(t, v128.load(s));
          if (width == 8) v128.store(t, v128.load(s, 16), 16);
        }
      } else {
        for (; done + 4 <= k; done += 4) {
          const s = from + <usize>done * 4;
          const t = to + <usize>done * step;
          transpose4(s, lineStep, t, step);
          if (width == 8) transpose4(s + 4 * lineStep, lineStep, t + 16, step);
        }
      }
    }
    for (; done < k; done++) {
      for (let line = 0; line < width; line++) {
        const value = line < present ? load<f32>(from + <usize>line * lineStep + <usize>done * valueStep) : 0;
        store<f32>(to + <usize>done * step + ((<usize>line) << 2), value);
      }
    }
  }
}

/** Four values of 16 bits each, widened. */
function loadHalves(source: usize, stored: Stored): v128 {
  const halves = v128.load_ext<i16>(source);
  return stored == Stored.F16 ? widenFinite4(halves) : widenUpper4(halves);
}

/** `transpose4` of values of 16 bits, widened on the way. */
function transposeHalves4(source: usize, stride: usize, target: usize, step: usize, stored: Stored): void {
  const a = loadHalves(source, stored);
  const b = loadHalves(source + stride, stored);
  const c = loadHalves(source + 2 * stride, stored);
  const d = loadHalves(source + 3 * stride, stored);
  storeTransposed(a, b, c, d, target, step);
}

/** `pack` for values of 16 bits, into strips of 8 lines; one of the two steps is 2. Source need not be aligned. */
export function packHalves(
  source: usize,
  target: usize,
  lines: i32,
  k: i32,
  lineStep: usize,
  valueStep: usize,
  stored: Stored,
): void {
  for (let first = 0; first < lines; first += 8) {
    const present = min(8, lines - first);
    const from = source + <usize>first * lineStep;
    const to = target + <usize>first * ((<usize>k) << 2);
    let done = 0;
    if (present == 8) {
      if (lineStep == 2) {
        for (; done < k; done++) {
          const s = from + <usize>done * valueStep;
          const t = to + ((<usize>done) << 5);
          v128.store(t, loadHalves(s, stored));
          v128.store(t, loadHalves(s + 8, stored), 16);
        }
      } else {
        for (; done + 4 <= k; done += 4) {
          const s = from + ((<usize>done) << 1);
          const t = to + ((<usize>done) << 5);
          transposeHalves4(s, lineStep, t, 32, stored);
          transposeHalves4(s + 4 * lineStep, lineStep, t + 16, 32, stored);
        }
      }
    }
    for (; done < k; done++) {
      for (let line = 0; line < 8; line++) {
        const s = from + <usize>line * lineStep + <usize>done * valueStep;
        const t = to + ((<usize>done) << 5) + ((<usize>line) << 2);
        if (line >= present) store<f32>(t, 0);
        else if (stored == Stored.F16) widenHalf(s, t);
        else widenUpper(s, t);
      }
    }
  }
}
