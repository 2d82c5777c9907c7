// A diagnostic as a terminal shows it: the source line, the mark, the related places, what to do.

import { lineText, positionAt, type SourceText } from "../source/source-text.ts";
import type { Diagnostic, Place } from "./diagnostic.ts";

export interface RenderOptions {
  /** ANSI colours. */
  readonly color: boolean;
}

/**
 * ```
 * error plan/over-budget: this method trains 79,560 parameters; the budget is 76,800 (+3.59%)
 *   ┌ rte.dept:17:14
 * 17│   method   = dept(length = 60, rank = 30)
 *   │              ^^^^^^^^^^^^^^^^^^^^^^^^^^^^
 *   help: …
 * ```
 */
export function renderDiagnostic(diagnostic: Diagnostic, { color }: RenderOptions): string {
  const { severity, code, message, place, related, help, fixes } = diagnostic;
  const paint = color ? paints : plain;
  const tone = severity === "error" ? paint.red : paint.yellow;
  const places = [place, ...related.map((each) => each.place)];
  const gutter = Math.max(...places.map((each) => String(lineOf(each)).length));
  return [
    `${tone(severity)} ${paint.dim(code)}: ${paint.bold(message)}`,
    ...renderPlace(place, gutter, tone, "^", "", paint),
    ...related.flatMap((each) => renderPlace(each.place, gutter, paint.blue, "-", each.message, paint)),
    ...(help === undefined ? [] : [`${" ".repeat(gutter)} ${paint.cyan("help:")} ${help}`]),
    ...fixes.map(({ title }) => `${" ".repeat(gutter)} ${paint.cyan("fix:")}  ${title}`),
    "",
  ].join("\n");
}

/** `2 errors, 1 warning`; empty when there is nothing to say. */
export function renderSummary(diagnostics: readonly Diagnostic[]): string {
  const count = (severity: Diagnostic["severity"]) =>
    diagnostics.filter((each) => each.severity === severity).length;
  const parts = [
    [count("error"), "error"],
    [count("warning"), "warning"],
  ] as const;
  return parts
    .filter(([number]) => number > 0)
    .map(([number, word]) => `${number} ${word}${number === 1 ? "" : "s"}`)
    .join(", ");
}

type Paint = (text: string) => string;

const ansi =
  (code: number): Paint =>
  (text) =>
    `\u001b[${code}m${text}\u001b[0m`;
const paints = {
  red: ansi(31),
  yellow: ansi(33),
  blue: ansi(34),
  cyan: ansi(36),
  bold: ansi(1),
  dim: ansi(2),
};
const same: Paint = (text) => text;
const plain: typeof paints = { red: same, yellow: same, blue: same, cyan: same, bold: same, dim: same };

function renderPlace(
  { source, span }: Place,
  gutter: number,
  tone: Paint,
  mark: string,
  message: string,
  paint: typeof paints,
): string[] {
  const { line, column } = positionAt(source, span.start);
  const text = lineText(source, line);
  const end = positionAt(source, span.end);
  // A span over several lines is marked to the end of its first.
  const length = Math.max(1, (end.line === line ? end.column : text.length + 1) - column);
  const bar = paint.dim("│");
  // A tab before the mark stays a tab, so that the mark stands under its text.
  const indent = text.slice(0, column - 1).replace(/[^\t]/g, " ");
  const marks = tone(mark.repeat(length) + (message === "" ? "" : ` ${message}`));
  return [
    `${" ".repeat(gutter)} ${paint.dim("┌")} ${source.path}:${line}:${column}`,
    `${paint.dim(String(line).padStart(gutter))} ${bar} ${text}`,
    `${" ".repeat(gutter)} ${bar} ${indent}${marks}`,
  ];
}

function lineOf({ source, span }: { source: SourceText; span: { start: number } }): number {
  return positionAt(source, span.start).line;
}
