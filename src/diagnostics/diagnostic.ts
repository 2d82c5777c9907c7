// A diagnostic, and the collector that every phase reports into.

import type { SourceText } from "../source/source-text.ts";
import type { Span } from "../source/span.ts";
import { type Code, entryOf, type ParametersOf } from "./catalog.ts";

export type Severity = "error" | "warning";

/** A place in a file. */
export interface Place {
  readonly source: SourceText;
  readonly span: Span;
}

/** A change of the source that an editor can apply, and `--fix` too where it is safe. */
export interface Fix {
  readonly title: string;
  /** It restores what was plainly meant; left out for one choice among several, which a person must make. */
  readonly safe?: true;
  readonly edits: readonly { readonly place: Place; readonly text: string }[];
}

/** Another place that a diagnostic is about, and what stands there. */
export interface Related {
  readonly place: Place;
  readonly message: string;
}

export interface Diagnostic {
  readonly code: Code;
  readonly severity: Severity;
  readonly message: string;
  readonly place: Place;
  readonly related: readonly Related[];
  readonly help: string | undefined;
  readonly fixes: readonly Fix[];
}

/** What a report may say beyond its message. `help` replaces the catalogue's. */
export interface Extra {
  readonly related?: readonly Related[];
  readonly help?: string;
  readonly fixes?: readonly Fix[];
}

/** How grave a report is in this project and at this place. */
export type Judge = (code: Code, place: Place) => Severity | "off";

/**
 * Collects what the phases find; a phase never throws for a user's mistake. The same report at the same place counts
 * once: a method that three tunes use is checked three times and wrong once.
 */
export class Diagnostics {
  readonly #all: Diagnostic[] = [];
  readonly #seen = new Set<string>();
  #judge: Judge = (code) => entryOf(code).severity;
  #errors = 0;

  /** From here on: a project's rules and excuses are known only once its files have been read. */
  judgeBy(judge: Judge): void {
    this.#judge = judge;
  }

  report<C extends Code>(code: C, place: Place, parameters: ParametersOf<C>, extra: Extra = {}): void {
    const severity = this.#judge(code, place);
    if (severity === "off") return;
    const entry = entryOf(code);
    const values = parameters as Readonly<Record<string, string | number>>;
    const help = extra.help ?? (entry.help === undefined ? undefined : fill(entry.help, values));
    const message = fill(entry.message, values);
    if (severity === "error") this.#errors++;
    const { source, span } = place;
    const key = `${code} ${source.path}:${span.start}-${span.end} ${message}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    this.#all.push({
      code,
      severity,
      message,
      place,
      related: extra.related ?? [],
      help,
      fixes: extra.fixes ?? [],
    });
  }

  /** Errors reported so far, repeated ones too: a phase compares it to know whether its own part failed. */
  get errorCount(): number {
    return this.#errors;
  }

  /** Errors of one room: the part of a code before its slash. */
  errorsIn(room: string): number {
    return this.#all.filter(({ code, severity }) => severity === "error" && code.startsWith(`${room}/`))
      .length;
  }

  /** By file in order of first report, then by offset; equal places keep the order of reporting. */
  inSourceOrder(): readonly Diagnostic[] {
    const files = new Map<string, number>();
    for (const { place } of this.#all)
      if (!files.has(place.source.path)) files.set(place.source.path, files.size);
    const rank = ({ place }: Diagnostic) => files.get(place.source.path) ?? 0;
    return [...this.#all].sort((a, b) => rank(a) - rank(b) || a.place.span.start - b.place.span.start);
  }
}

export function samePlace(a: Place, b: Place): boolean {
  return a.source.path === b.source.path && a.span.start === b.span.start && a.span.end === b.span.end;
}

function fill(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`diagnostic parameter ${name} is missing in: ${template}`);
    return typeof value === "number" ? value.toLocaleString("en-US") : value;
  });
}
