// One file of the Hub as a blob of the cache: taken up where it broke off, and checked before it has its name.

import { createHash } from "node:crypto";
import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { hostname } from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { messageOf, OperationalError } from "../operational-error.ts";
import type { HubSettings } from "./hub-settings.ts";
import { patiently, request } from "./request.ts";

/** A file as the Hub lists it. */
export interface RemoteFile {
  readonly path: string;
  readonly bytes: number;
  /** SHA-256 of its bytes where Git LFS keeps it, else the SHA-1 that git gives it; the blob's name in the cache. */
  readonly hash: string;
}

/**
 * Fetches `url` into the folder `blobs` unless it is there, and returns the blob's path. Every process writes a file of
 * its own, so two of them never mix; what a process left that is no longer there is taken over. Throws an
 * OperationalError when the bytes are not those the Hub lists: nothing of them is kept. `onBytes` hears how many are there.
 */
export async function downloadBlob(
  url: string,
  what: string,
  file: RemoteFile,
  blobs: string,
  settings: HubSettings,
  onBytes: (have: number) => void = () => undefined,
): Promise<string> {
  const blob = path.join(blobs, file.hash);
  if (bytesOf(blob) === file.bytes) return blob;
  makeFolder(blobs);
  const partial = claimPartial(blob);
  const takenUp = bytesOf(partial) > 0;
  const fetchAll = () =>
    patiently(
      what,
      settings,
      () => fetchRest(url, what, file, partial, settings, onBytes),
      () => bytesOf(partial),
    );
  await fetchAll();
  if (!(await isRight(partial, file))) {
    rmSync(partial, { force: true });
    // What was left behind may have been the wrong half of it.
    if (takenUp) await fetchAll();
    if (!takenUp || !(await isRight(partial, file))) {
      rmSync(partial, { force: true });
      throw new OperationalError(
        `${what}: the bytes that arrived are not those the Hub lists (checksum ${file.hash}); try again, or look at HF_ENDPOINT`,
      );
    }
  }
  renameSync(partial, blob);
  return blob;
}

async function fetchRest(
  url: string,
  what: string,
  { bytes }: RemoteFile,
  partial: string,
  settings: HubSettings,
  onBytes: (have: number) => void,
): Promise<void> {
  if (bytesOf(partial) > bytes) rmSync(partial);
  const have = Math.max(0, bytesOf(partial));
  if (have === bytes && bytesOf(partial) >= 0) return;
  const response = await request(url, what, settings, have > 0 ? { range: `bytes=${have}-` } : {});
  const continues = response.headers.get("content-range")?.startsWith(`bytes ${have}-`) === true;
  if (response.status === 206 && !continues) {
    await response.body?.cancel();
    rmSync(partial, { force: true });
    throw new Error("the Hub answers with another part than was asked for");
  }
  // A server that knows no ranges sends everything again.
  const goesOn = response.status === 206;
  const sink = createWriteStream(partial, { flags: goesOn ? "a" : "w" });
  const body = response.body === null ? Readable.from([]) : Readable.fromWeb(response.body);
  await pipeline(body, (chunks) => counted(chunks, goesOn ? have : 0, onBytes), sink);
  const arrived = bytesOf(partial);
  if (arrived < bytes) throw new Error(`the connection ended after ${arrived} of ${bytes} bytes`);
}

async function* counted(chunks: AsyncIterable<Uint8Array>, before: number, onBytes: (have: number) => void) {
  let have = before;
  for await (const chunk of chunks) {
    onBytes((have += chunk.length));
    yield chunk;
  }
}

/** SHA-256, or for what git itself keeps the SHA-1 of "blob", the length, a zero and the bytes. */
async function isRight(partial: string, { bytes, hash }: RemoteFile): Promise<boolean> {
  if (bytesOf(partial) !== bytes) return false;
  const digest = hash.length === 64 ? createHash("sha256") : createHash("sha1").update(`blob ${bytes}\0`);
  for await (const chunk of createReadStream(partial, { highWaterMark: 1 << 20 }))
    digest.update(chunk as Buffer);
  return digest.digest("hex") === hash;
}

/** This process's own unfinished file: one that a process of this machine left behind, where there is one. */
function claimPartial(blob: string): string {
  const [folder, name] = [path.dirname(blob), path.basename(blob)];
  const own = `${blob}.${hostname()}-${process.pid}.incomplete`;
  for (const other of readdirSync(folder)) {
    const [, host, owner] = /\.(.+)-(\d+)\.incomplete$/.exec(other.slice(name.length)) ?? [];
    if (!other.startsWith(name) || host !== hostname() || isAlive(Number(owner))) continue;
    try {
      renameSync(path.join(folder, other), own);
      break;
    } catch {
      // Another process was faster.
    }
  }
  return own;
}

function isAlive(id: number): boolean {
  try {
    process.kill(id, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** -1 for a file that is not there. */
export function bytesOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? -1;
}

export function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true });
  } catch (error) {
    throw new OperationalError(`the Hugging Face cache cannot be written to: ${messageOf(error)}`);
  }
}
