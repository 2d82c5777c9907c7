// Which declaration each name of a file means.

import { nearestWord } from "../diagnostics/nearest-word.ts";
import type { Diagnostics, Place } from "../diagnostics/diagnostic.ts";
import { wordFix } from "../diagnostics/word-fix.ts";
import { importedPath, isStandard } from "../host.ts";
import type { Span } from "../source/span.ts";
import type { Declaration, Document } from "../syntax/ast.ts";
import type { Documents } from "./load-documents.ts";
import type { Origin } from "./program.ts";

/** A declaration and the file it stands in. */
export interface Binding {
  readonly declaration: Declaration;
  readonly context: Context;
}

/** One file while it is being resolved: its names, and where to report. */
export interface Context {
  readonly document: Document;
  readonly names: ReadonlyMap<string, Binding>;
  readonly found: Diagnostics;
}

export function placeOf(context: Context, node: { readonly span: Span }): Place {
  return { source: context.document.source, span: node.span };
}

export function originOf(context: Context): Origin {
  return isStandard(context.document.source.path) ? "stdlib" : "source";
}

/** A context for every document, by path; imports are bound, doubled and missing names reported. */
export function bindNames(documents: Documents, found: Diagnostics): ReadonlyMap<string, Context> {
  const contexts = new Map<string, Context & { readonly names: Map<string, Binding> }>();
  for (const [path, document] of documents) contexts.set(path, { document, names: new Map(), found });
  for (const context of contexts.values()) bindDeclarations(context);
  // Imports see only what a file declares itself, so the order of files does not matter.
  const declared = new Map([...contexts].map(([path, { names }]) => [path, new Map(names)]));
  for (const [path, context] of contexts) bindImports(path, context, declared);
  return contexts;
}

function bindDeclarations(context: Context & { readonly names: Map<string, Binding> }): void {
  for (const declaration of context.document.declarations) {
    const name = declaration.name.text;
    const first = context.names.get(name);
    if (name === "") continue;
    if (first) reportDuplicate(context, declaration.name, name, first);
    else context.names.set(name, { declaration, context });
  }
}

function bindImports(
  path: string,
  context: Context & { readonly names: Map<string, Binding> },
  declared: ReadonlyMap<string, ReadonlyMap<string, Binding>>,
): void {
  for (const { names, from } of context.document.imports) {
    const target = importedPath(path, from.value);
    const exported = declared.get(target);
    if (!exported) continue; // the file could not be read: reported there
    for (const { name, alias } of names) {
      const binding = exported.get(name.text);
      const local = alias ?? name;
      const first = context.names.get(local.text);
      if (name.text === "") continue;
      if (!binding) {
        const suggestion = didYouMean(name.text, exported.keys());
        const parameters = { path: target, name: name.text, suggestion };
        const fixes = wordFix(name.text, exported.keys(), placeOf(context, name));
        context.found.report("program/not-exported", placeOf(context, name), parameters, { fixes });
      } else if (first) reportDuplicate(context, local, local.text, first);
      else context.names.set(local.text, binding);
    }
  }
}

function reportDuplicate(
  context: Context,
  node: { readonly span: Span },
  name: string,
  first: Binding,
): void {
  const related = [{ place: placeOf(first.context, first.declaration.name), message: "first declared here" }];
  context.found.report("program/duplicate-name", placeOf(context, node), { name }, { related });
}

/** `; did you mean x?` or nothing. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const nearest = nearestWord(word, known);
  return nearest ? `; did you mean ${nearest}?` : "";
}
