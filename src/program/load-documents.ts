// Reads the entry file and everything it imports, each file once.

import { Diagnostics, type Place } from "../diagnostics/diagnostic.ts";
import { type Host, importedPath } from "../host.ts";
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

  async function load(
    path: string,
    importers: readonly string[],
    importedAt: Place | undefined,
  ): Promise<void> {
    if (importers.includes(path) && importedAt) {
      const cycle = [...importers.slice(importers.indexOf(path)), path].join(" → ");
      found.report("program/import-cycle", importedAt, { cycle });
    }
    if (documents.has(path)) return;
    const text = await host.read(path);
    if (text === undefined) {
      if (!importedAt) throw new Error(`there is no file ${path}`);
      found.report("program/no-file", importedAt, { path });
      return;
    }
    const document = parse(sourceText(path, text), found);
    documents.set(path, document);
    for (const { from } of document.imports) {
      if (from.value === "") continue;
      await load(importedPath(path, from.value), [...importers, path], {
        source: document.source,
        span: from.span,
      });
    }
  }

  await load(entry, [], undefined);
  return documents;
}
