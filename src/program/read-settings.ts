// Reads a block of settings against a schema: unknown, doubled and missing ones are reported.

import type { Place } from "../diagnostics/diagnostic.ts";
import { wordFix } from "../diagnostics/word-fix.ts";
import type { Field } from "../syntax/ast.ts";
import type { Setting } from "./program.ts";
import type { Reader } from "./read-value.ts";
import { type Context, didYouMean, originOf, placeOf } from "./scope.ts";

/** One setting of a block: how it is read and what it is when it is left out. */
export interface SettingSchema<T> {
  readonly read: Reader<T>;
  /** What stands in when the setting is left out; without it the setting must be given. */
  readonly default?: T;
  /** A line as one would write it, for the message that it is missing. */
  readonly example: string;
}

export type Schema<Values> = { readonly [K in keyof Values]: SettingSchema<Values[K]> };

/** The settings read; one that is missing or wrong is `undefined` and has been reported. */
export type Settings<Values> = { readonly [K in keyof Values]: Setting<Values[K]> | undefined };

/** A field and the file it stands in: a task's own fields and the ones that a tune changes may come from two files. */
export interface WrittenField {
  readonly field: Field;
  readonly context: Context;
}

/**
 * Reads the blocks in `written` by `schema`. A name that stands twice in one block is a mistake; one that stands in a
 * later block too (`rte { max_tokens = 256 }`) replaces the declared one.
 */
export function readSettings<Values extends object>(
  owner: { readonly name: string; readonly place: Place; readonly context: Context },
  written: readonly (readonly WrittenField[])[],
  schema: Schema<Values>,
): Settings<Values> {
  const latest = latestFields(owner.name, written, Object.keys(schema));
  const settings: Record<string, Setting<unknown> | undefined> = {};
  for (const [name, entry] of Object.entries<SettingSchema<unknown>>(schema)) {
    const given = latest.get(name);
    if (given) {
      const value = entry.read(given.field.value, given.context, name);
      const place = placeOf(given.context, given.field.value);
      settings[name] = value === undefined ? undefined : { value, place, from: originOf(given.context) };
    } else if ("default" in entry) {
      settings[name] = { value: entry.default, place: owner.place, from: "default" };
    } else settings[name] = undefined;
  }
  const missing = Object.entries<SettingSchema<unknown>>(schema).filter(
    ([name, entry]) => !latest.has(name) && !("default" in entry),
  );
  if (missing.length > 0) {
    const names = missing.map(([name]) => name).join(", ");
    const examples = missing.map(([, { example }]) => example).join("   ");
    owner.context.found.report("program/missing-setting", owner.place, {
      owner: owner.name,
      names,
      examples,
    });
  }
  return settings as Settings<Values>;
}

function latestFields(
  owner: string,
  written: readonly (readonly WrittenField[])[],
  known: readonly string[],
): ReadonlyMap<string, WrittenField> {
  const latest = new Map<string, WrittenField>();
  for (const block of written) {
    const first = new Map<string, WrittenField>();
    // A fix never writes a second one of a setting that stands there already.
    const present = new Set(block.map(({ field }) => field.name.text));
    const free = known.filter((each) => !present.has(each));
    for (const each of block) {
      const name = each.field.name.text;
      const before = first.get(name);
      if (name === "") continue;
      if (!known.includes(name)) reportUnknown(owner, each, known, free);
      else if (before) reportDuplicate(each, before);
      else first.set(name, each);
    }
    for (const [name, each] of first) latest.set(name, each);
  }
  return latest;
}

function reportUnknown(
  owner: string,
  { field, context }: WrittenField,
  known: readonly string[],
  free: readonly string[],
): void {
  const name = field.name.text;
  const suggestion = didYouMean(name, known);
  const place = placeOf(context, field.name);
  const fixes = wordFix(name, free, place);
  const parameters = { name, suggestion, owner, known: known.join(", ") };
  context.found.report("program/unknown-setting", place, parameters, { fixes });
}

function reportDuplicate({ field, context }: WrittenField, first: WrittenField): void {
  const related = [{ place: placeOf(first.context, first.field), message: "first set here" }];
  const place = placeOf(context, field.name);
  context.found.report("program/duplicate-setting", place, { name: field.name.text }, { related });
}

/** All settings there, or `undefined` when one is missing. */
export function complete<Values>(
  settings: Settings<Values>,
): { readonly [K in keyof Values]: Setting<Values[K]> } | undefined {
  const all = Object.values<Setting<unknown> | undefined>(settings);
  return all.every((setting) => setting !== undefined)
    ? (settings as { readonly [K in keyof Values]: Setting<Values[K]> })
    : undefined;
}
