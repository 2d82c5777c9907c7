// A diagnostic, and the collector that every phase reports into.

import type { SourceText } from "../source/source-text.ts";
import type { Span } from "../source/span.ts";
import { catalog, type Code, type ParametersOf } from "./catalog.ts";

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

export interface Diagnostic {
  readonly code: Code;
  readonly severity: Severity;
  readonly message: string;
  readonly place: Place;
  readonly related: readonly { readonly place: Place; readonly message: string }[];
  readonly help: string | undefined;
  readonly fixes: readonly Fix[];
}

/** What a report may say beyond its message. `help` replaces the catalogue's. */
export interface Extra {
  readonly related?: readonly { readonly place: Place; readonly message: string }[];
  readonly help?: string;
  readonly fixes?: readonly Fix[];
}

/**
 * Collects what the phases find; a phase never throws for a user's mistake. The same report at the same place counts
 * once: a method that three tunes use is checked three times and wrong once.
 */
export class Diagnostics {
  readonly #all: Diagnostic[] = [];
  #errors = 0;

  report<C extends Code>(code: C, place: Place, parameters: ParametersOf<C>, extra: Extra = {}): void {
    const entry = catalog[code];
    const values = parameters as Readonly<Record<string, string | number>>;
    const help = extra.help ?? ("help" in entry ? fill(entry.help, values) : undefined);
    const message = fill(entry.message, values);
    if (entry.severity === "error") this.#errors++;
    if (
      this.#all.some(
        (other) => other.message === message && other.code === code && samePlace(other.place, place),
      )
    ) {
      return;
    }
    this.#all.push({
      code,
      severity: entry.severity,
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
    const files = [...new Set(this.#all.map((found) => found.place.source.path))];
    return [...this.#all].sort(
      (a, b) =>
        files.indexOf(a.place.source.path) - files.indexOf(b.place.source.path) ||
        a.place.span.start - b.place.span.start,
    );
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
