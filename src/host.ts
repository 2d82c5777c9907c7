// The compiler's only door to files.

import { readFile, realpath, rename, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, posix, resolve } from "node:path";

/** Reads texts by the paths that diagnostics print: as the user wrote them, or `std/…` for the standard library. */
export interface Host {
  /** The text, or `undefined` when there is no such file. */
  read(path: string): Promise<string | undefined>;
  /** Replaces a file whole or not at all. A host that only reads leaves it out. */
  write?(path: string, text: string): Promise<void>;
  /** Where relative paths begin, absolute and with slashes. Left out: nothing is looked for above that place. */
  readonly folder?: string;
}

/** Files on disk, relative paths from `folder`; `std/…` from the package's own standard library. */
export function nodeHost(folder: string = process.cwd()): Host {
  return {
    folder: folder.replaceAll("\\", "/"),
    async read(path) {
      const file = isStandard(path) ? standardFile(path) : resolve(folder, path);
      try {
        return await readFile(file, "utf8");
      } catch (error) {
        if (["ENOENT", "ENOTDIR", "EISDIR"].includes((error as NodeJS.ErrnoException).code ?? ""))
          return undefined;
        throw error;
      }
    },
    async write(path, text) {
      if (isStandard(path)) throw new Error(`the standard library is not written to: ${path}`);
      const file = await realpath(resolve(folder, path)); // a link stays a link
      const partial = join(dirname(file), `.${process.pid}.partial`);
      const { mode } = await stat(file);
      await writeFile(partial, text, { mode });
      await rename(partial, file);
    },
  };
}

/** Files held in memory, before those of `below` (the standard library, say). What is written stays in memory. */
export function memoryHost(files: Readonly<Record<string, string>>, below?: Host): Host {
  const held = new Map(Object.entries(files));
  return {
    async read(path) {
      return held.get(path) ?? (await below?.read(path));
    },
    async write(path, text) {
      held.set(path, text);
    },
  };
}

export function isStandard(path: string): boolean {
  return path.startsWith("std/");
}

/** Where an import written in `importer` points: `std/…` to the standard library, `./…` beside the importer. */
export function importedPath(importer: string, from: string): string {
  if (isStandard(from)) return from.endsWith(".dept") ? from : `${from}.dept`;
  return posix.join(posix.dirname(importer), from);
}

/** Resolved through the package's `imports`, which works from the sources and from the built package alike. */
function standardFile(path: string): string {
  const folder = dirname(createRequire(import.meta.url).resolve("#stdlib/methods.dept"));
  return join(folder, path.slice("std/".length));
}
