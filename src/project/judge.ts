// How grave a report is in this project, and which excuses it needed.

import { type Code, entryOf } from "../diagnostics/catalog.ts";
import type { Diagnostics, Fix, Place } from "../diagnostics/diagnostic.ts";
import { positionAt } from "../source/source-text.ts";
import type { Document } from "../syntax/ast.ts";
import type { Rules } from "./load-rules.ts";
import { type Excuse, readExcuses } from "./read-excuses.ts";

export interface Judgement {
  readonly excuses: readonly Excuse[];
  /** Those that silenced something. */
  readonly used: ReadonlySet<Excuse>;
}

/** From here on `found` goes by the project's rules and leaves out what a comment excuses. */
export function judge(rules: Rules, documents: Iterable<Document>, found: Diagnostics): Judgement {
  const severityOf = (code: Code) => rules.get(code) ?? entryOf(code).severity;
  found.judgeBy(severityOf);
  const excuses = readExcuses(documents, found);
  const byLine = new Map<string, Excuse>();
  const used = new Set<Excuse>();
  for (const excuse of excuses) byLine.set(key(excuse.code, excuse.place, excuse.line), excuse);
  found.judgeBy((code, place) => {
    const excuse = byLine.get(key(code, place, positionAt(place.source, place.span.start).line));
    if (excuse) used.add(excuse);
    return excuse ? "off" : severityOf(code);
  });
  return { excuses, used };
}

function key(code: Code, { source }: Place, line: number): string {
  return `${code} ${line} ${source.path}`;
}

/**
 * Excuses of the entry that silenced nothing. Only where every rule had its say: an error elsewhere keeps later phases
 * from reporting what would have been excused, and what another file declares is judged where it is used.
 */
export function reportUnused({ excuses, used }: Judgement, entry: string, found: Diagnostics): void {
  if (found.errorCount > 0) return;
  for (const excuse of excuses) {
    const { code, place } = excuse;
    // What rows or a device would show has not been looked at here.
    if (used.has(excuse) || place.source.path !== entry || entryOf(code).asks) continue;
    found.report("project/ignore-unused", place, { code }, { fixes: [removal(place)] });
  }
}

/** The comment, and its line when nothing else stands there. */
function removal({ source, span }: Place): Fix {
  const lineStart = source.text.lastIndexOf("\n", span.start - 1) + 1;
  const lineEnd = source.text.indexOf("\n", span.end);
  const before = source.text.slice(lineStart, span.start);
  const isAlone = before.trim() === "";
  const start = isAlone ? lineStart : lineStart + before.trimEnd().length;
  const end = isAlone && lineEnd >= 0 ? lineEnd + 1 : span.end;
  const edit = { place: { source, span: { start, end } }, text: "" };
  return { title: "remove the comment", safe: true, edits: [edit] };
}
