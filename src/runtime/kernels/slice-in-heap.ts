// Slice on the wasm backend within the heap. The stock kernel copies the whole tensor out of it first, whatever the slice.

import type { KernelFunc, TensorInfo } from "../backends/tensorflow.ts";
import { addressOf, type WasmBackend } from "../backends/wasm-heap.ts";

const bytesOfValue = 4;

/** What is neither float32 nor int32 goes to the stock kernel. */
export function sliceInHeap(stock: KernelFunc): KernelFunc {
  return (call) => {
    const { x } = call.inputs as { x: TensorInfo };
    if (x.dtype !== "float32" && x.dtype !== "int32") return stock(call);
    const attrs = call.attrs as { begin: number | readonly number[]; size?: number | readonly number[] };
    const begin = perAxis(attrs.begin, x.shape.length, 0);
    const asked = perAxis(attrs.size ?? [], x.shape.length, -1);
    const size = x.shape.map((extent, axis) => {
      const count = asked[axis] ?? -1;
      return count < 0 ? extent - (begin[axis] ?? 0) : count;
    });

    const backend = call.backend as WasmBackend;
    const out = backend.makeOutput(size, x.dtype);
    const [from, to] = [addressOf(backend, x), addressOf(backend, out)];
    const heap = backend.wasm.HEAPU8;
    const run = bytesOfValue * runLength(x.shape, size);
    let at = to;
    for (const offset of offsets(x.shape, begin, size)) {
      const start = from + bytesOfValue * offset;
      heap.copyWithin(at, start, start + run);
      at += run;
    }
    return out;
  };
}

/** Axes from here on are taken whole, so that values lie side by side along the axis before. */
function firstWhole(shape: readonly number[], size: readonly number[]): number {
  let axis = shape.length;
  while (axis > 0 && size[axis - 1] === shape[axis - 1]) axis--;
  return axis;
}

/** Values that lie side by side in the slice and in the tensor. */
function runLength(shape: readonly number[], size: readonly number[]): number {
  return size.slice(Math.max(0, firstWhole(shape, size) - 1)).reduce((product, count) => product * count, 1);
}

/** Where each run begins in the tensor, in values. */
function offsets(shape: readonly number[], begin: readonly number[], size: readonly number[]): number[] {
  if (size.includes(0)) return [];
  const last = Math.max(0, firstWhole(shape, size) - 1); // the axis that runs lie along
  let starts = [0];
  for (const [axis, extent] of shape.entries()) {
    const first = begin[axis] ?? 0;
    const count = axis < last ? (size[axis] ?? 1) : 1; // of later axes only where they begin
    starts = starts.flatMap((start) => Array.from({ length: count }, (_, i) => start * extent + first + i));
  }
  return starts;
}

/** One number, or fewer than there are axes, is of the first ones. */
function perAxis(given: number | readonly number[], rank: number, rest: number): readonly number[] {
  const values = typeof given === "number" ? [given] : given;
  return Array.from({ length: rank }, (_, axis) => values[axis] ?? rest);
}
