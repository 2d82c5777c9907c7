// A target that is any text: the backbone learns to write it, and is scored by what it writes.

import { OperationalError } from "../operational-error.ts";
import type { Beams } from "../models/backbone.ts";
import type { Tokenizer } from "../tokenizer.ts";
import { fillTemplate, listFields } from "./fields.ts";
import type { SourceRow } from "./source.ts";

/** How a text is written: most tokens of it, its end counted, and with beams or greedily. */
export interface WritingSettings {
  readonly maxTokens: number;
  readonly beams?: Beams;
}

export interface FreeText extends WritingSettings {
  readonly kind: "text";
  /** With `{field}` where a row's field goes. A field that is a list gives a right answer for each of its items. */
  readonly template: string;
}

/** What an example is to be answered with. */
export interface Answer {
  /** Of the first reference, cut to the most tokens, its end-of-text id last. */
  readonly ids: readonly number[];
  /** Tokens of it before it is cut. */
  readonly fullLength: number;
  /** Texts that are right, at least one. */
  readonly references: readonly string[];
}

export function freeText(template: string, settings: WritingSettings): FreeText {
  return { kind: "text", template, ...settings };
}

/** Throws an OperationalError for a row without an answer, or with several fields that are lists. */
export function answerOf(row: SourceRow, { template, maxTokens }: FreeText, tokenizer: Tokenizer): Answer {
  const references = referencesOf(row, template);
  const [first] = references;
  if (first === undefined)
    throw new OperationalError(`${row.place}: no answer; a list of answers needs at least one`);
  const { ids } = tokenizer.encodeTarget(first);
  const cut = ids.length > maxTokens ? [...ids.slice(0, maxTokens - 1), tokenizer.endId] : ids;
  return { ids: cut, fullLength: ids.length, references };
}

function referencesOf(row: SourceRow, template: string): readonly string[] {
  const [list, another] = listFields(template, row);
  if (!list) return [fillTemplate(template, row)];
  if (another) {
    throw new OperationalError(
      `${row.place}: ${list.name} and ${another.name} are lists; of a target's fields one may be`,
    );
  }
  return list.items.map((item) =>
    fillTemplate(template, { ...row, fields: { ...row.fields, [list.name]: item } }),
  );
}
