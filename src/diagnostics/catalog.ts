// Every code the compiler can report, from the messages of each room. The only place wording lives is messages/.

import type { Entry } from "./entry.ts";
import { graphMessages } from "./messages/graph.ts";
import { planMessages } from "./messages/plan.ts";
import { programMessages } from "./messages/program.ts";
import { projectMessages } from "./messages/project.ts";
import { syntaxMessages } from "./messages/syntax.ts";

export const catalog = {
  ...projectMessages,
  ...syntaxMessages,
  ...programMessages,
  ...graphMessages,
  ...planMessages,
} as const;

export type Code = keyof typeof catalog;

/** The catalogue's entry of a code, with what it may leave out. */
export function entryOf(code: Code): Entry {
  return catalog[code];
}

export function isCode(text: string): text is Code {
  return Object.hasOwn(catalog, text);
}

/** Whether a project may set its severity, or a comment silence it. */
export function isConfigurable(code: Code): boolean {
  const { severity, policy } = entryOf(code);
  return severity === "warning" || policy === true;
}

type NamesIn<Text extends string> = Text extends `${string}{${infer Name}}${infer Rest}`
  ? Name | NamesIn<Rest>
  : never;

type HelpOf<C extends Code> = (typeof catalog)[C] extends { readonly help: infer Help extends string }
  ? Help
  : "";

/** The parameters a code's message and help name: a missing or an extra one does not compile. */
export type ParametersOf<C extends Code> = Readonly<
  Record<NamesIn<(typeof catalog)[C]["message"]> | NamesIn<HelpOf<C>>, string | number>
>;
