// One matrix from a weights file to the device, in the 16 bits that the file has for its numbers where the backend multiplies by such.
// One with an infinity or NaN among them is widened.

import { addressOf, wasmBackend } from "../backends/wasm-heap.ts";
import { makeHalfMatrix, takesHalves, type HalfMatrix, type Matrix } from "../primitives/half-matrix.ts";
import { tf, type Tensor, type Tensor1D, type Tensor2D } from "../tf.ts";
import { areFinite, bytesPerValue, isHalfDtype } from "./half-precision.ts";
import { loadTensor } from "./load-tensor.ts";
import type { WeightsFile } from "./safetensors.ts";

/** A matrix in 16 bits, and its bits where JavaScript reads them: asked for anew each time, since a heap may move. */
export interface LoadedHalf {
  readonly matrix: HalfMatrix;
  readonly halves: () => Uint16Array;
}

/** A matrix that is only multiplied by, `[out, in]`; the caller disposes it. */
export function loadMatrix(file: WeightsFile, name: string): Matrix {
  return loadHalf(file, name)?.matrix ?? (loadTensor(file, name) as Tensor2D);
}

/** Any tensor of a backbone: its matrices as `loadMatrix` has them, all others in 32 bits. */
export function loadWeight(file: WeightsFile, name: string): Tensor | HalfMatrix {
  return loadHalf(file, name)?.matrix ?? loadTensor(file, name);
}

/** A matrix that the file has in 16 bits, where the backend takes it so. */
export function loadHalf(file: WeightsFile, name: string): LoadedHalf | undefined {
  const form = halfFormOf(file, name);
  if (!form) return undefined;
  if (tf.getBackend() === "wasm") return loadIntoHeap(file, name, form);
  const halves = readHalves(file, name, form);
  return halves && { matrix: makeHalfMatrix(form.dtype, form.shape, halves), halves: () => halves };
}

/**
 * A matrix that the file has as `[in, parts × out]`, turned and cut: `parts` of `[out, in]`. Turned in JavaScript's memory,
 * since the device's would hold it twice.
 */
export function loadTurned(file: WeightsFile, name: string, parts: number): readonly Matrix[] {
  const form = halfFormOf(file, name);
  const [into = 0, all = 0] = file.tensors.get(name)?.shape ?? [];
  const shape: [number, number] = [all / parts, into];
  const part = <T extends Float32Array | Uint16Array>(turned: T, index: number) =>
    turned.subarray(index * shape[0] * into, (index + 1) * shape[0] * into) as T;
  const indices = Array.from({ length: parts }, (_, index) => index);
  const halves = form && readHalves(file, name, form);
  if (form && halves) {
    const turned = turn(halves, into, all);
    return indices.map((index) => makeHalfMatrix(form.dtype, shape, part(turned, index)));
  }
  const turned = turn(file.read(name).data, into, all);
  return indices.map((index) => tf.tensor2d(part(turned, index), shape));
}

/** Whether a tensor of the file is a matrix in 16 bits that the backend takes so, if it is finite. */
export function staysHalf(file: WeightsFile, name: string): boolean {
  return halfFormOf(file, name) !== undefined;
}

type HalfForm = Pick<HalfMatrix, "dtype" | "shape">;

function halfFormOf(file: WeightsFile, name: string): HalfForm | undefined {
  const { dtype = "", shape = [] } = file.tensors.get(name) ?? {};
  const [rows, columns] = shape;
  if (!isHalfDtype(dtype) || !takesHalves(tf.getBackend())) return undefined;
  if (rows === undefined || columns === undefined || shape.length > 2) return undefined;
  return { dtype, shape: [rows, columns] };
}

const bytesOf = ({ dtype, shape: [rows, columns] }: HalfForm): number =>
  bytesPerValue[dtype] * rows * columns;

/** Nothing where they are not finite. */
function readHalves(file: WeightsFile, name: string, form: HalfForm): Uint16Array | undefined {
  const bytes = new Uint8Array(bytesOf(form));
  file.readBytes(name, bytes);
  const halves = new Uint16Array(bytes.buffer);
  return areFinite(halves, form.dtype) ? halves : undefined;
}

/** Nothing where they are not finite. */
function loadIntoHeap(file: WeightsFile, name: string, form: HalfForm): LoadedHalf | undefined {
  const backend = wasmBackend();
  const info = backend.makeOutput([Math.ceil(bytesOf(form) / 4)], "int32");
  const place = (): Uint8Array => {
    const address = addressOf(backend, info);
    return backend.wasm.HEAPU8.subarray(address, address + bytesOf(form));
  };
  file.readBytes(name, place());
  const halves = () => {
    const { buffer, byteOffset, byteLength } = place();
    return new Uint16Array(buffer, byteOffset, byteLength / 2);
  };
  const bits = tf.engine().makeTensorFromTensorInfo(info) as Tensor1D;
  if (areFinite(halves(), form.dtype)) return { matrix: { ...form, bits }, halves };
  bits.dispose();
  return undefined;
}

const block = 32; // of rows and columns at a time, which the nearest cache holds

/** Row by row instead of column by column: `[rows, columns]` → `[columns, rows]`. */
function turn<T extends Float32Array | Uint16Array>(values: T, rows: number, columns: number): T {
  const turned = values.slice() as T;
  for (let top = 0; top < rows; top += block) {
    for (let left = 0; left < columns; left += block) {
      for (let row = top; row < Math.min(top + block, rows); row++) {
        for (let column = left; column < Math.min(left + block, columns); column++)
          turned[column * rows + row] = values[row * columns + column] ?? 0;
      }
    }
  }
  return turned;
}
