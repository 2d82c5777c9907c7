// An open file, read at any position: large weights files are never held whole.

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { OperationalError, unreadable } from "../operational-error.ts";

export interface RandomAccessFile {
  readonly path: string;
  /** Length in bytes when it was opened. */
  readonly size: number;
  /** Fills `target` from the bytes at `position`. Throws an OperationalError when the file ends before. */
  read(position: number, target: Uint8Array): void;
  close(): void;
}

/** Opens a file; the caller closes it. Throws an OperationalError naming the file. */
export function openRandomAccess(path: string): RandomAccessFile {
  const descriptor = openForReading(path);
  const read = (position: number, target: Uint8Array) => {
    for (let done = 0; done < target.length;) {
      // Node reads at most 2 GiB at once.
      const count = readSome(path, descriptor, target.subarray(done, done + (1 << 30)), position + done);
      if (count === 0) {
        throw new OperationalError(`${path} ends at byte ${position + done}; it changed while it was read`);
      }
      done += count;
    }
  };
  return { path, size: fstatSync(descriptor).size, read, close: () => closeSync(descriptor) };
}

function openForReading(path: string): number {
  try {
    return openSync(path, "r");
  } catch (error) {
    throw unreadable(path, error);
  }
}

function readSome(path: string, descriptor: number, target: Uint8Array, position: number): number {
  try {
    return readSync(descriptor, target, 0, target.length, position);
  } catch (error) {
    throw unreadable(path, error);
  }
}
