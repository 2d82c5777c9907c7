// A repository of the Hub in the standard cache: its commit, the list of its files, and those that were asked for.

import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import path from "node:path";
import { writeWholeFile } from "../adapters/whole-file.ts";
import { OperationalError } from "../operational-error.ts";
import { fileSize } from "../report/numbers.ts";
import { DownloadBar } from "./download-bar.ts";
import { bytesOf, downloadBlob, makeFolder, type RemoteFile } from "./download.ts";
import type { HubSettings } from "./hub-settings.ts";
import { patiently, request } from "./request.ts";

/** `revision` is a branch, a tag or a commit. */
export interface Repository {
  readonly kind: "models" | "datasets";
  readonly id: string;
  readonly revision: string;
}

/** A repository at one commit. */
export interface Listing {
  readonly repository: Repository;
  readonly commit: string;
  readonly files: readonly RemoteFile[];
}

/** The snapshot's folder of the revision's commit, where the cache knows it; it may hold only some of the files. */
export function cachedSnapshot(repository: Repository, settings: HubSettings): string | undefined {
  const commit = cachedCommit(repository, settings);
  if (commit === undefined) return undefined;
  const snapshot = path.join(folderOf(repository, settings), "snapshots", commit);
  return existsSync(snapshot) ? snapshot : undefined;
}

/**
 * The repository's files. A commit and a list that the cache has are used as they stand, and the Hub is not asked: a run
 * today and one next month read the same. Throws an OperationalError for a repository that is not there or not allowed.
 */
export async function listRepository(repository: Repository, settings: HubSettings): Promise<Listing> {
  checkId(repository);
  const known = cachedListing(repository, settings);
  if (known) return known;
  const { id, kind, revision } = repository;
  const address = `${settings.endpoint}/api/${kind}/${id}`;
  const what = revision === "main" ? id : `${id} at ${revision}`;
  const { sha } = await readJson(`${address}/revision/${encodeURIComponent(revision)}`, what, settings);
  if (typeof sha !== "string" || !/^[0-9a-f]{40}$/.test(sha))
    throw new OperationalError(`${what}: the Hub names no commit`);
  const files = await readTree(`${address}/tree/${sha}?recursive=true`, what, settings);
  const folder = folderOf(repository, settings);
  for (const [file, text] of [
    [path.join(folder, "dept", `${sha}.json`), JSON.stringify(files)],
    [path.join(folder, "refs", revision), sha],
  ] as const) {
    makeFolder(path.dirname(file));
    writeWholeFile(file, text);
  }
  // A reference to a commit without a snapshot is a damaged cache to the Hub's own tools.
  makeFolder(path.join(folder, "snapshots", sha));
  return { repository, commit: sha, files };
}

/** The files in the snapshot's folder, fetched where they are not there yet; returns the folder. */
export async function fetchFiles(
  { repository, commit }: Listing,
  files: readonly RemoteFile[],
  settings: HubSettings,
): Promise<string> {
  const folder = folderOf(repository, settings);
  const snapshot = path.join(folder, "snapshots", commit);
  for (const file of files) {
    const pointer = path.join(snapshot, file.path);
    if (bytesOf(pointer) === file.bytes) continue;
    const what = `${repository.id}/${file.path}`;
    const blobs = path.join(folder, "blobs");
    const fetches = !settings.offline && bytesOf(path.join(blobs, file.hash)) !== file.bytes;
    if (fetches) process.stderr.write(`fetching ${what}, ${fileSize(file.bytes)}\n`);
    const bar = new DownloadBar(file.bytes);
    const kind = repository.kind === "datasets" ? "datasets/" : "";
    const escaped = file.path.split("/").map(encodeURIComponent).join("/");
    const url = `${settings.endpoint}/${kind}${repository.id}/resolve/${commit}/${escaped}`;
    try {
      link(await downloadBlob(url, what, file, blobs, settings, (have) => bar.draw(have)), pointer);
    } finally {
      bar.close();
    }
  }
  return snapshot;
}

function cachedCommit(repository: Repository, settings: HubSettings): string | undefined {
  const { revision } = repository;
  if (/^[0-9a-f]{40}$/.test(revision)) return revision;
  const reference = path.join(folderOf(repository, settings), "refs", revision);
  return existsSync(reference) ? readFileSync(reference, "utf8").trim() : undefined;
}

function cachedListing(repository: Repository, settings: HubSettings): Listing | undefined {
  const commit = cachedCommit(repository, settings);
  const list = path.join(folderOf(repository, settings), "dept", `${commit ?? "none"}.json`);
  if (commit === undefined) return undefined;
  if (existsSync(list)) return { repository, commit, files: JSON.parse(readFileSync(list, "utf8")) };
  const snapshot = path.join(folderOf(repository, settings), "snapshots", commit);
  if (!settings.offline || !existsSync(snapshot)) return undefined;
  // Another tool filled the cache, and the Hub cannot be asked what there would be beside it.
  return { repository, commit, files: filesBelow(snapshot) };
}

function filesBelow(snapshot: string): RemoteFile[] {
  const names = readdirSync(snapshot, { recursive: true, encoding: "utf8" });
  return names.flatMap((name) => {
    const found = statSync(path.join(snapshot, name), { throwIfNoEntry: false });
    return found?.isFile() ? [{ path: name.split(path.sep).join("/"), bytes: found.size, hash: "" }] : [];
  });
}

function folderOf({ kind, id }: Repository, { cache }: HubSettings): string {
  return path.join(cache, `${kind}--${id.replaceAll("/", "--")}`);
}

/** Ids and paths become parts of file names here. */
function checkId({ id, revision }: Repository): void {
  const sound = /^[\w.-]+(\/[\w.-]+)?$/.test(id) && isInside(id) && isInside(revision);
  if (!sound) throw new OperationalError(`"${id}" is no repository of the Hub; write owner/name`);
}

function isInside(file: string): boolean {
  return !path.isAbsolute(file) && !file.split(/[/\\]/).includes("..");
}

async function readJson(
  url: string,
  what: string,
  settings: HubSettings,
): Promise<Readonly<Record<string, unknown>>> {
  return patiently(what, settings, async () => {
    const response = await request(url, what, settings);
    return (await response.json()) as Readonly<Record<string, unknown>>;
  });
}

async function readTree(first: string, what: string, settings: HubSettings): Promise<RemoteFile[]> {
  const files: RemoteFile[] = [];
  for (let url: string | undefined = first; url !== undefined;) {
    const page: string = url;
    const [entries, next] = await patiently(what, settings, async () => {
      const response = await request(page, what, settings);
      const following = /<([^>]+)>;\s*rel="next"/.exec(response.headers.get("link") ?? "")?.[1];
      return [(await response.json()) as readonly TreeEntry[], following] as const;
    });
    for (const { type, path: name, size, oid, lfs } of entries) {
      const hash = lfs?.oid ?? oid;
      if (type !== "file" || !isInside(name) || !/^([0-9a-f]{40}|[0-9a-f]{64})$/.test(hash)) continue;
      files.push({ path: name, bytes: lfs?.size ?? size, hash });
    }
    url = next;
  }
  return files;
}

/** As the Hub's tree has it. */
interface TreeEntry {
  readonly type: string;
  readonly path: string;
  readonly size: number;
  readonly oid: string;
  readonly lfs?: { readonly oid: string; readonly size: number };
}

function link(blob: string, pointer: string): void {
  makeFolder(path.dirname(pointer));
  rmSync(pointer, { force: true });
  try {
    symlinkSync(path.relative(path.dirname(pointer), blob), pointer);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    // Another process was faster; or the system, as Windows does, keeps links for administrators.
    if (code !== "EEXIST") copyFileSync(blob, pointer);
  }
}
