// The directory of a zip file whose entries are stored as they are, as torch.save writes them (PKWARE APPNOTE 6.3).

import { crc32 } from "node:zlib";
import { OperationalError } from "../operational-error.ts";
import type { RandomAccessFile } from "./random-access-file.ts";

/** One stored entry. */
export interface ZipEntry {
  readonly name: string;
  readonly size: number;
  readonly crc32: number;
  /** Where its header begins in the file. */
  readonly header: number;
}

const damaged = (path: string, what: string) => new OperationalError(`${path} is damaged: ${what}`);

/** The entries by name. Throws an OperationalError when the file is not a sound zip file of stored entries. */
export function readZipDirectory(file: RandomAccessFile): ReadonlyMap<string, ZipEntry> {
  const { offset, size, count } = findDirectory(file);
  if (offset + size > file.size) throw damaged(file.path, "its directory lies outside of it");
  const bytes = readAt(file, offset, size);
  const entries = new Map<string, ZipEntry>();
  let position = 0;
  for (let index = 0; index < count; index++) {
    if (position + 46 > size || bytes.readUInt32LE(position) !== 0x02014b50) {
      throw damaged(file.path, `entry ${index + 1} of the ${count} in its directory is incomplete`);
    }
    const { entry, length } = readDirectoryEntry(file, bytes.subarray(position));
    entries.set(entry.name, entry);
    position += length;
  }
  return entries;
}

/** The bytes of an entry, compared with their checksum. */
export function readZipEntry(file: RandomAccessFile, { name, size, header, ...entry }: ZipEntry): Buffer {
  if (header + 30 > file.size) throw damaged(file.path, `${name} lies outside of it`);
  const local = readAt(file, header, 30);
  if (local.readUInt32LE(0) !== 0x04034b50)
    throw damaged(file.path, `${name} is not where its directory says`);
  const begin = header + 30 + local.readUInt16LE(26) + local.readUInt16LE(28);
  if (begin + size > file.size) throw damaged(file.path, `${name} ends after the file does`);
  const bytes = readAt(file, begin, size);
  if (crc32(bytes) !== entry.crc32)
    throw damaged(file.path, `${name} does not have the checksum it was written with`);
  return bytes;
}

/** Where the directory lies, from the record at the end of the file or the longer one it points to. */
function findDirectory(file: RandomAccessFile) {
  const length = Math.min(file.size, 22 + 0xffff + 20); // the record, the longest comment, the 64-bit locator
  const start = file.size - length;
  const tail = readAt(file, start, length);
  const end = tail.lastIndexOf("PK\x05\x06", length - 22, "latin1");
  if (length < 22 || end < 0) throw damaged(file.path, "it has no zip directory; it may be incomplete");
  if (end >= 20 && tail.readUInt32LE(end - 20) === 0x07064b50) {
    const position = Number(tail.readBigUInt64LE(end - 20 + 8));
    if (position + 56 > file.size) throw damaged(file.path, "its directory lies outside of it");
    const record = readAt(file, position, 56);
    if (record.readUInt32LE(0) !== 0x06064b50) throw damaged(file.path, "its directory cannot be found");
    const [count, size, offset] = [32, 40, 48].map((at) => Number(record.readBigUInt64LE(at)));
    return { count: count ?? 0, size: size ?? 0, offset: offset ?? 0 };
  }
  return {
    count: tail.readUInt16LE(end + 10),
    size: tail.readUInt32LE(end + 12),
    offset: tail.readUInt32LE(end + 16),
  };
}

/** One entry of the directory, and how many bytes of the directory it takes. */
function readDirectoryEntry(file: RandomAccessFile, bytes: Buffer) {
  const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((at) => bytes.readUInt16LE(at));
  const nameEnd = 46 + (nameBytes ?? 0);
  const extraEnd = nameEnd + (extraBytes ?? 0);
  const length = extraEnd + (commentBytes ?? 0);
  if (length > bytes.length) throw damaged(file.path, "its directory is incomplete");
  const name = bytes.toString("utf8", 46, nameEnd);
  if (bytes.readUInt16LE(8) & 1) throw new OperationalError(`${file.path}: ${name} is encrypted`);
  if (bytes.readUInt16LE(10) !== 0) {
    throw new OperationalError(`${file.path}: ${name} is compressed; torch.save stores entries as they are`);
  }
  const wide = wideFields(bytes.subarray(nameEnd, extraEnd));
  // In this order, and only those that do not fit 32 bits: unpacked size, packed size, position.
  const field = (at: number) =>
    bytes.readUInt32LE(at) === 0xffffffff ? wide.shift() : bytes.readUInt32LE(at);
  const [size, , header] = [field(24), field(20), field(42)];
  if (size === undefined || header === undefined) throw damaged(file.path, `${name} has no size or no place`);
  return { entry: { name, size, header, crc32: bytes.readUInt32LE(16) } satisfies ZipEntry, length };
}

/** The 64-bit numbers of an entry's extra field. */
function wideFields(extra: Buffer): number[] {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    const count = Math.min(extra.readUInt16LE(at + 2), extra.length - at - 4) >> 3;
    return Array.from({ length: count }, (_, i) => Number(extra.readBigUInt64LE(at + 4 + 8 * i)));
  }
  return [];
}

function readAt(file: RandomAccessFile, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  file.read(position, bytes);
  return bytes;
}
