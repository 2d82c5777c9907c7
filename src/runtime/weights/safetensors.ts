// Reads .safetensors files (https://github.com/huggingface/safetensors), checking the whole header before any value.

import { OperationalError } from "../operational-error.ts";
import { bytesPerValue, widen, type StoredDtype } from "./half-precision.ts";
import { openRandomAccess, type RandomAccessFile } from "./random-access-file.ts";

/** Where one tensor lies in its file. */
export interface StoredTensor {
  /** As written in the file; only F32, F16 and BF16 can be read. */
  readonly dtype: string;
  readonly shape: readonly number[];
  /** First byte and the one after the last, counted from the start of the file. */
  readonly begin: number;
  readonly end: number;
}

/** Values of one tensor in row-major order. */
export interface TensorValues {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Open weights, in one file or several: their headers are known to be sound, their values are read on demand. */
export interface WeightsFile {
  /** What to name when something is wrong with the whole: the file, or the index of several. */
  readonly path: string;
  /** Every file that holds values. */
  readonly files: readonly string[];
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** The values of one tensor, widened to 32 bits. */
  read(name: string): TensorValues;
  /** The bytes of one tensor as they are stored, into `target` (`end - begin` bytes long). */
  readBytes(name: string, target: Uint8Array): void;
  close(): void;
}

export interface SafetensorsFile extends WeightsFile {
  readonly metadata: Readonly<Record<string, string>>;
}

/** Opens a file and checks its header; the caller closes it. Throws an OperationalError naming file and tensor. */
export function openSafetensors(path: string): SafetensorsFile {
  const file = openRandomAccess(path);
  try {
    const { tensors, metadata } = readHeader(file);
    const readBytes = (name: string, target: Uint8Array) =>
      file.read(stored(path, tensors, name).begin, target);
    const read = (name: string) => {
      const { dtype, shape, begin, end } = stored(path, tensors, name);
      const bytes = new Uint8Array(end - begin);
      readBytes(name, bytes);
      return { shape, data: widen(bytes, readableDtype(path, name, dtype)) };
    };
    return { path, files: [path], metadata, tensors, read, readBytes, close: file.close };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Reads a small file whole. */
export function readSafetensors(path: string): {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: Readonly<Record<string, TensorValues>>;
} {
  const file = openSafetensors(path);
  try {
    const tensors = Object.fromEntries([...file.tensors.keys()].map((name) => [name, file.read(name)]));
    return { metadata: file.metadata, tensors };
  } finally {
    file.close();
  }
}

/** The dtype, when it is one whose values can be read. */
export function readableDtype(path: string, name: string, dtype: string): StoredDtype {
  if (dtype in bytesPerValue) return dtype as StoredDtype;
  throw new OperationalError(
    `${path}: tensor ${name} is stored as ${dtype}; only F32, F16 and BF16 can be read`,
  );
}

function stored(path: string, tensors: ReadonlyMap<string, StoredTensor>, name: string): StoredTensor {
  const tensor = tensors.get(name);
  if (tensor === undefined) throw new OperationalError(`${path}: there is no tensor ${name} in this file`);
  return tensor;
}

const longestHeader = 100_000_000; // bytes; the limit of the reference implementation

function readHeader(file: RandomAccessFile) {
  const { path, size: fileBytes } = file;
  if (fileBytes < 8) throw new OperationalError(`${path} is ${fileBytes} bytes long: not a safetensors file`);
  const prefix = Buffer.alloc(8);
  file.read(0, prefix);
  const headerBytes = Number(prefix.readBigUInt64LE());
  if (headerBytes > longestHeader) throw new OperationalError(`${path} is not a safetensors file`);
  if (8 + headerBytes > fileBytes) {
    throw new OperationalError(
      `${path} is truncated: its header needs ${8 + headerBytes} bytes, the file has ${fileBytes}`,
    );
  }
  const text = Buffer.alloc(headerBytes);
  file.read(8, text);
  const { __metadata__: metadata = {}, ...entries } = parseHeader(path, text.toString("utf8"));
  const tensors = new Map<string, StoredTensor>();
  for (const [name, entry] of Object.entries(entries)) {
    tensors.set(name, readEntry(`${path}: tensor ${name}`, entry, 8 + headerBytes));
  }
  checkLayout(path, tensors, 8 + headerBytes, fileBytes);
  return { tensors, metadata: checkMetadata(path, metadata) };
}

function parseHeader(path: string, text: string): Record<string, unknown> {
  try {
    const header: unknown = JSON.parse(text);
    if (typeof header === "object" && header !== null && !Array.isArray(header)) {
      return header as Record<string, unknown>;
    }
  } catch {
    // falls through to the one message for both
  }
  throw new OperationalError(`${path} is not a safetensors file: its header is not a JSON object`);
}

function checkMetadata(path: string, metadata: unknown): Record<string, string> {
  const texts = typeof metadata === "object" && metadata !== null ? Object.values(metadata) : [undefined];
  if (texts.every((text) => typeof text === "string")) return metadata as Record<string, string>;
  throw new OperationalError(`${path}: __metadata__ must be texts under names`);
}

function readEntry(where: string, entry: unknown, dataStart: number): StoredTensor {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Record<string, unknown>;
  if (typeof dtype !== "string") throw new OperationalError(`${where} has no dtype`);
  if (!isCounts(shape)) throw new OperationalError(`${where} has a damaged shape: ${JSON.stringify(shape)}`);
  const [begin, end] = isCounts(offsets) && offsets.length === 2 ? offsets : [];
  if (begin === undefined || end === undefined || end < begin) {
    throw new OperationalError(`${where} has damaged offsets: ${JSON.stringify(offsets)}`);
  }
  const size = (bytesPerValue as Record<string, number>)[dtype];
  const values = shape.reduce((product, axis) => product * axis, 1);
  if (size !== undefined && end - begin !== values * size) {
    throw new OperationalError(
      `${where}: [${shape.join(", ")}] of ${dtype} needs ${values * size} bytes, its offsets hold ${end - begin}`,
    );
  }
  return { dtype, shape, begin: dataStart + begin, end: dataStart + end };
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((count) => Number.isSafeInteger(count) && count >= 0);
}

/** The tensors must fill the file: no gap, no overlap, nothing missing at the end. */
function checkLayout(
  path: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  start: number,
  fileBytes: number,
) {
  const inOrder = [...tensors].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  const last = inOrder.at(-1)?.[1].end ?? start;
  if (last > fileBytes) {
    const first = inOrder.find(([, { end }]) => end > fileBytes)?.[0];
    throw new OperationalError(
      `${path} is truncated: its tensors need ${last} bytes, the file has ${fileBytes}; first incomplete tensor: ${first}`,
    );
  }
  let position = start;
  for (const [name, { begin, end }] of inOrder) {
    if (begin !== position) {
      const relation = begin < position ? "overlaps the tensor before it" : "leaves a gap before it";
      throw new OperationalError(
        `${path}: tensor ${name} ${relation} (begins at ${begin}, expected ${position})`,
      );
    }
    position = end;
  }
  if (position !== fileBytes) {
    throw new OperationalError(`${path}: ${fileBytes - position} bytes after the last tensor belong to none`);
  }
}
