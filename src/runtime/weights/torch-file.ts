// Reads the tensors of a file written by torch.save (PyTorch 1.6 and later), and nothing else that could be in it.

import { OperationalError } from "../operational-error.ts";
import { openRandomAccess, type RandomAccessFile } from "./random-access-file.ts";
import { readView, storageTypeNames, TensorView, viewOf, type TorchDtype } from "./torch-tensor.ts";
import { unpickle } from "./unpickle.ts";
import { readZipDirectory, readZipEntry, type ZipEntry } from "./zip-file.ts";

/** Values of one tensor in row-major order, whatever its strides were. */
export interface TorchTensor {
  readonly shape: readonly number[];
  /** As it is stored. */
  readonly dtype: TorchDtype;
  /** As 32-bit floats; wider numbers are rounded to them. */
  readonly values: Float32Array;
}

/**
 * The tensors by name; inside nested dictionaries and lists the names are joined by dots. No code of the file is
 * run. Throws an OperationalError naming the file when it is missing, damaged, older than PyTorch 1.6, without
 * tensors, or when it asks for a class or a function that tensors do not need.
 */
export function readTorchFile(path: string): Map<string, TorchTensor> {
  const file = openRandomAccess(path);
  try {
    const entries = readTorchEntries(file);
    return readTensors(file, entries, collectViews(path, unpickleTensors(file, entries)));
  } finally {
    file.close();
  }
}

type Entries = ReadonlyMap<string, ZipEntry>;

/** The entries by their names inside the one folder they all lie in. */
function readTorchEntries(file: RandomAccessFile): Entries {
  const start = Buffer.alloc(Math.min(file.size, 2));
  file.read(0, start);
  if (start.toString("latin1") !== "PK") {
    throw new OperationalError(
      `${file.path} is not a file of torch.save, or older than PyTorch 1.6; load it with PyTorch and save it again`,
    );
  }
  const inFolder = (name: string): string => name.slice(name.indexOf("/") + 1);
  const entries = new Map([...readZipDirectory(file)].map(([name, entry]) => [inFolder(name), entry]));
  const byteOrder = entries.get("byteorder");
  if (byteOrder !== undefined && readZipEntry(file, byteOrder).toString("latin1") !== "little") {
    throw new OperationalError(`${file.path} was written on a big-endian machine; save it again on another`);
  }
  return entries;
}

function unpickleTensors(file: RandomAccessFile, entries: Entries): unknown {
  const pickle = entries.get("data.pkl");
  if (pickle === undefined)
    throw new OperationalError(`${file.path} has no data.pkl: not a file of torch.save`);
  const where = `${file.path}: ${pickle.name}`;
  const functions = new Map<string, (args: readonly unknown[]) => unknown>([
    ["collections.OrderedDict", ([items = []]) => dictionaryOf(items, where)],
    ["torch._utils._rebuild_tensor_v2", (args) => viewOf(args, where)],
    ["torch._utils._rebuild_parameter", ([tensor]) => tensor],
  ]);
  for (const name of storageTypeNames) functions.set(name, () => null); // named in storages, never called
  return unpickle(readZipEntry(file, pickle), where, { functions, persistent: (id) => id });
}

function dictionaryOf(items: unknown, where: string): Map<unknown, unknown> {
  if (Array.isArray(items) && items.every((pair) => Array.isArray(pair) && pair.length === 2)) {
    return new Map(items as [unknown, unknown][]);
  }
  throw new OperationalError(`${where} is damaged: a dictionary is not made of pairs`);
}

const deepest = 100; // containers inside one another; names would grow without bounds

/** Finds the tensors in a value; a container that comes twice, or holds itself, is entered once. */
function collectViews(path: string, value: unknown): Map<string, TensorView> {
  const found = new Map<string, TensorView>();
  const entered = new Set<unknown>();
  const enter = (inside: unknown, names: readonly string[]) => {
    if (inside instanceof TensorView && names.length > 0) found.set(names.join("."), inside);
    const isContainer = inside instanceof Map || Array.isArray(inside);
    if (!isContainer || entered.has(inside)) return;
    if (names.length === deepest)
      throw new OperationalError(`${path} nests its values more than ${deepest} deep`);
    entered.add(inside);
    for (const [key, inner] of inside.entries()) enter(inner, [...names, String(key)]);
  };
  enter(value, []);
  if (found.size === 0) throw new OperationalError(`${path} holds no tensor under a name`);
  return found;
}

/** Reads the storages one after the other, so that only one is in memory beside the values. */
function readTensors(file: RandomAccessFile, entries: Entries, views: ReadonlyMap<string, TensorView>) {
  const tensors = new Map<string, TorchTensor>();
  let last: { readonly storage: string; readonly bytes: Buffer } | undefined;
  for (const [name, view] of views) {
    const { storage, dtype, shape } = view;
    const entry = entries.get(`data/${storage}`);
    if (entry === undefined) {
      throw new OperationalError(
        `${file.path} is damaged: the values of ${name} (data/${storage}) are missing`,
      );
    }
    last = last?.storage === storage ? last : { storage, bytes: readZipEntry(file, entry) };
    tensors.set(name, { shape, dtype, values: readView(view, last.bytes, `${file.path}: ${entry.name}`) });
  }
  return tensors;
}
