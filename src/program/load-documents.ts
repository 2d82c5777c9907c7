// Reads the entry file and everything it imports, each file once.

import { Diagnostics, type Place } from "../diagnostics/diagnostic.ts";
import { type Host, importedPath, isStandard } from "../host.ts";
import { sourceText } from "../source/source-text.ts";
import type { Document } from "../syntax/ast.ts";
import { parse } from "../syntax/parse.ts";

/** All documents by path; the entry is the first. */
export type Documents = ReadonlyMap<string, Document>;

/**
 * The entry file and its imports, in the order they are met. Unreadable imports and cycles are reported at the import.
 * An unreadable entry is the caller's mistake: check that it exists before compiling.
 */
export async function loadDocuments(entry: string, host: Host, found: Diagnostics): Promise<Documents> {
  const documents = new Map<string, Document>();
  const asked = new Map<string, ReadonlySet<string>>();

  async function load(
    path: string,
    importers: readonly string[],
    importedAt: Place | undefined,
    names: ReadonlySet<string> | undefined,
  ): Promise<void> {
    if (importers.includes(path) && importedAt) {
      const cycle = [...importers.slice(importers.indexOf(path)), path].join(" → ");
      found.report("program/import-cycle", importedAt, { cycle });
    }
    const before = asked.get(path);
    if (documents.has(path) && !(names && before && [...names].some((name) => !before.has(name)))) return;
    const wanted = names && new Set([...(before ?? []), ...names]);
    const text = await host.read(path);
    if (text === undefined) {
      if (!importedAt) throw new Error(`there is no file ${path}`);
      found.report("program/no-file", importedAt, { path });
      return;
    }
    const document = parse(sourceText(path, text), found, wanted);
    documents.set(path, document);
    if (wanted) asked.set(path, wanted);
    for (const { from, names: imported } of document.imports) {
      if (from.value === "") continue;
      const target = importedPath(path, from.value);
      // The standard library is known to be sound; of its files only what is imported is read, which is most of a check's time.
      const only = isStandard(target) ? new Set(imported.map(({ name }) => name.text)) : undefined;
      await load(target, [...importers, path], { source: document.source, span: from.span }, only);
    }
  }

  await load(entry, [], undefined, undefined);
  return documents;
}
