// Rows of a dataset on the Hugging Face Hub, read from the Parquet files of one of its splits.

import path from "node:path";
import { fetchFiles, listRepository, type Listing } from "../hub/repository.ts";
import type { RemoteFile } from "../hub/download.ts";
import { type HubSettings, hubSettings } from "../hub/hub-settings.ts";
import { NotThere } from "../hub/request.ts";
import { OperationalError } from "../operational-error.ts";
import { readParquet } from "./parquet.ts";
import { describeSource, type HubSource, type SourceRow } from "./source.ts";

/** `hubDataset("aps/super_glue", "rte", "train")`: a split of a configuration of a dataset. */
export function hubDataset(repository: string, config: string, split: string): HubSource {
  return { kind: "hub", repository, config, split };
}

/** The branch on which the Hub keeps every dataset once more, as Parquet. */
const converted = "refs/convert/parquet";

/**
 * The split's rows, fetched first where the cache lacks them: the repository's own Parquet files, or those the Hub made of it. Throws
 * an OperationalError for a split that is not there, or of which the Hub has only a part.
 */
export async function* readHubDataset(
  source: HubSource,
  settings: HubSettings = hubSettings(),
): AsyncGenerator<SourceRow> {
  const { listing, files } = await findSplit(source, settings);
  const snapshot = await fetchFiles(listing, files, settings);
  const name = describeSource(source);
  let rows = 0;
  for (const file of files) {
    const location = path.join(snapshot, file.path);
    for await (const { fields } of readParquet({ kind: "parquet", location }))
      yield { place: `${name}, row ${++rows}`, fields };
  }
}

async function findSplit(
  source: HubSource,
  settings: HubSettings,
): Promise<{ readonly listing: Listing; readonly files: readonly RemoteFile[] }> {
  const { repository: id, config, split } = source;
  const list = (revision: string) => listRepository({ kind: "datasets", id, revision }, settings);
  const own = await list("main");
  const ownFiles = ownSplit(own.files, config, split);
  if (ownFiles.length > 0) return { listing: own, files: ownFiles };

  // Not every Hub converts, nor does the Hub convert what is private.
  const made = await list(converted).catch((error: unknown) => {
    if (error instanceof NotThere) return { ...own, files: [] };
    throw error;
  });
  const files = made.files.filter((file) => path.posix.dirname(file.path) === `${config}/${split}`);
  if (files.length > 0) return { listing: made, files: inOrder(files) };
  const folders = new Set(made.files.map((file) => path.posix.dirname(file.path)));
  if (folders.has(`${config}/partial-${split}`))
    throw new OperationalError(`${describeSource(source)}: the Hub keeps only a part of it as Parquet`);
  const known = new Set([...ownNames(own.files), ...[...folders].filter((folder) => folder.includes("/"))]);
  throw new OperationalError(
    `${id} has no split ${config}/${split} as Parquet; it has ${[...known].sort().slice(0, 12).join(", ") || "none"}`,
  );
}

/** The splits that the repository's own Parquet files are, as "config/split". */
function ownNames(files: readonly RemoteFile[]): readonly string[] {
  return files.flatMap(({ path: file }) => {
    const { dir, base } = path.posix.parse(file);
    const [, name] = parquetName.exec(base) ?? [];
    const config = dir.replace(/^data\/|\/data$/, "");
    return name === undefined ? [] : [`${["", "data"].includes(config) ? "default" : config}/${name}`];
  });
}

/** Split, and of how many files it is one. */
const parquetName = /^(.+?)(?:-\d{5}-of-(\d{5})(?:-[0-9a-f]+)?)?\.parquet$/;

/** `rte/train-00000-of-00002.parquet` and its like; the default configuration may also lie in `data/`. */
function ownSplit(files: readonly RemoteFile[], config: string, split: string): readonly RemoteFile[] {
  const folders = [
    config,
    `${config}/data`,
    `data/${config}`,
    ...(config === "default" ? ["data", "."] : []),
  ];
  for (const folder of folders) {
    const found = files.flatMap((file) => {
      const { dir, base } = path.posix.parse(file.path);
      const [, name, total] = parquetName.exec(base) ?? [];
      return name === split && (dir || ".") === folder ? [{ file, total: Number(total ?? 1) }] : [];
    });
    if (found.length > 0 && found.every(({ total }) => total === found.length))
      return inOrder(found.map(({ file }) => file));
  }
  return [];
}

function inOrder(files: readonly RemoteFile[]): readonly RemoteFile[] {
  return files.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}
