// `// dept-ignore CODE: reason`: comments that excuse one line from one code.

import { type Code, isCode, isConfigurable } from "../diagnostics/catalog.ts";
import type { Diagnostics, Place } from "../diagnostics/diagnostic.ts";
import { lineText, positionAt, type SourceText } from "../source/source-text.ts";
import type { Comment, Document } from "../syntax/ast.ts";
import { reportUnknownCode } from "./load-rules.ts";

export interface Excuse {
  readonly code: Code;
  /** The comment. */
  readonly place: Place;
  /** The line that is excused. */
  readonly line: number;
}

/** Those of every file that was read; one without a reason, or for what cannot be excused, is reported and left out. */
export function readExcuses(documents: Iterable<Document>, found: Diagnostics): readonly Excuse[] {
  return [...documents].flatMap(({ source, comments }) =>
    comments.flatMap((comment) => readExcuse(comment, source, found) ?? []),
  );
}

function readExcuse(
  { text, doc, span }: Comment,
  source: SourceText,
  found: Diagnostics,
): Excuse | undefined {
  const written = doc ? undefined : /^dept-ignore(?![\w-])\s*([^\s:]*)\s*(?::\s*(.*))?/.exec(text);
  if (!written) return undefined;
  const [, code = "", reason = ""] = written;
  const place = { source, span };
  const start = source.text.indexOf(
    code,
    source.text.indexOf("dept-ignore", span.start) + "dept-ignore".length,
  );
  const named = { source, span: { start, end: start + code.length } };
  if (code === "") found.report("project/ignore-form", place, { problem: "names no code" });
  else if (!isCode(code)) reportUnknownCode(code, named, found, (known) => known);
  else if (!isConfigurable(code))
    found.report("project/sound-rule", named, { code, action: "silenced by a comment" });
  else if (reason === "") found.report("project/ignore-form", place, { problem: "gives no reason" });
  else return { code, place, line: excusedLine(source, span.start) };
  return undefined;
}

/** The comment's own line when something stands before it there, else the next line that holds more than a comment. */
function excusedLine(source: SourceText, start: number): number {
  const { line, column } = positionAt(source, start);
  if (
    lineText(source, line)
      .slice(0, column - 1)
      .trim() !== ""
  )
    return line;
  let next = line + 1;
  while (next < source.lineStarts.length && /^\s*(\/\/.*)?$/.test(lineText(source, next))) next++;
  return next;
}
