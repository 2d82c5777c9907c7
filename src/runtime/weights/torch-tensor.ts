// The tensors of a torch.save file: views of storages, each with an offset and a stride for each axis.

import { OperationalError } from "../operational-error.ts";
import { widen } from "./half-precision.ts";
import { PickledName } from "./unpickle.ts";

/** Classes of storages, the dtype of their values and how one run of bytes becomes numbers. */
const storageTypes = {
  "torch.FloatStorage": ["F32", 4, (bytes: Buffer) => widen(bytes, "F32")],
  "torch.HalfStorage": ["F16", 2, (bytes: Buffer) => widen(bytes, "F16")],
  "torch.BFloat16Storage": ["BF16", 2, (bytes: Buffer) => widen(bytes, "BF16")],
  "torch.DoubleStorage": ["F64", 8, (bytes: Buffer) => new Float64Array(...whole(bytes, 8))],
  "torch.LongStorage": [
    "I64",
    8,
    (bytes: Buffer) => Array.from(new BigInt64Array(...whole(bytes, 8)), Number),
  ],
  "torch.IntStorage": ["I32", 4, (bytes: Buffer) => new Int32Array(...whole(bytes, 4))],
  "torch.ShortStorage": ["I16", 2, (bytes: Buffer) => new Int16Array(...whole(bytes, 2))],
  "torch.CharStorage": ["I8", 1, (bytes: Buffer) => new Int8Array(...whole(bytes, 1))],
  "torch.ByteStorage": ["U8", 1, (bytes: Buffer): ArrayLike<number> => bytes],
  "torch.BoolStorage": ["BOOL", 1, (bytes: Buffer): ArrayLike<number> => bytes],
} as const;

type StorageType = keyof typeof storageTypes;

export type TorchDtype = (typeof storageTypes)[StorageType][0];

export const storageTypeNames = Object.keys(storageTypes) as readonly StorageType[];

/** One tensor as the pickle describes it; its values are elsewhere in the file. */
export class TensorView {
  readonly type: StorageType;
  /** The name of the storage in the file, and how many values it holds. */
  readonly storage: string;
  readonly count: number;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];

  constructor(fields: Omit<TensorView, "dtype">) {
    this.type = fields.type;
    this.storage = fields.storage;
    this.count = fields.count;
    this.offset = fields.offset;
    this.shape = fields.shape;
    this.strides = fields.strides;
  }

  get dtype(): TorchDtype {
    return storageTypes[this.type][0];
  }
}

const mostRepeated = 1 << 24; // values of an expanded tensor; more would be an attack on the memory

/** The view that torch._utils._rebuild_tensor_v2 is asked for. Throws an OperationalError that begins with `where`. */
export function viewOf([storageId, offset, shape, strides]: readonly unknown[], where: string): TensorView {
  const wrong = (what: string) => new OperationalError(`${where} is damaged: ${what}`);
  const [kind, type, storage, , count] = Array.isArray(storageId) ? (storageId as unknown[]) : [];
  if (kind !== "storage" || !isStorageName(type) || typeof storage !== "string" || !isCount(count)) {
    throw wrong("a tensor has no storage");
  }
  if (!isCount(offset) || !areCounts(shape) || !areCounts(strides) || shape.length !== strides.length) {
    throw wrong("a tensor has no shape, or not one stride for each axis");
  }
  const values = shape.reduce((product, axis) => product * axis, 1);
  const last = shape.reduce((sum, axis, i) => sum + (axis - 1) * (strides[i] ?? 0), offset);
  if (values > 0 && last >= count) {
    throw wrong(`a tensor [${shape.join(", ")}] reads value ${last} of a storage of ${count}`);
  }
  if (values > Math.max(count, mostRepeated)) {
    throw wrong(`a tensor [${shape.join(", ")}] repeats the ${count} values of its storage too often`);
  }
  return new TensorView({ type: type.name as StorageType, storage, count, offset, shape, strides });
}

/** The values of a view in row-major order, from the bytes of its storage. */
export function readView(view: TensorView, bytes: Buffer, where: string): Float32Array {
  const { count, offset, shape, strides } = view;
  const [dtype, size, read] = storageTypes[view.type];
  if (bytes.length !== count * size) {
    throw new OperationalError(
      `${where} is damaged: ${count} values of ${dtype} need ${count * size} bytes, it has ${bytes.length}`,
    );
  }
  const stored = read(bytes);
  const values = new Float32Array(shape.reduce((product, axis) => product * axis, 1));
  const index = shape.map(() => 0);
  let from = offset;
  for (let to = 0; to < values.length; to++) {
    values[to] = stored[from] ?? NaN;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const stride = strides[axis] ?? 0;
      const next = (index[axis] ?? 0) + 1;
      from += stride;
      index[axis] = next;
      if (next < (shape[axis] ?? 0)) break;
      index[axis] = 0;
      from -= next * stride;
    }
  }
  return values;
}

function isStorageName(type: unknown): type is PickledName {
  return type instanceof PickledName && type.name in storageTypes;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function areCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isCount);
}

/** What a typed array over all of the bytes is made of. */
function whole(bytes: Buffer, size: number): [ArrayBufferLike, number, number] {
  return [bytes.buffer, bytes.byteOffset, bytes.length / size];
}
