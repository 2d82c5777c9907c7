// A training script as data: what the file will say, before any text exists.

import type { RuntimeName, RuntimeType } from "./runtime-names.ts";

export interface Script {
  /** Lines of the comment at the head. */
  readonly header: readonly string[];
  readonly imports: { readonly values: readonly RuntimeName[]; readonly types: readonly RuntimeType[] };
  readonly sections: readonly Section[];
}

export interface Section {
  /** One line above the section; the first has none. */
  readonly comment: string | undefined;
  readonly statements: readonly Statement[];
}

export type Statement =
  | { readonly kind: "const"; readonly name: string; readonly value: Code; readonly comment?: string }
  | { readonly kind: "return"; readonly value: Code; readonly comment?: string }
  | { readonly kind: "run"; readonly value: Code }
  | {
      readonly kind: "function";
      readonly name: string;
      readonly doc: readonly string[];
      readonly parameters: readonly { readonly name: string; readonly type: string }[];
      readonly returns: string;
      readonly body: readonly Statement[];
    };

/** An expression of the emitted script. */
export type Code =
  | { readonly kind: "name"; readonly text: string }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  | { readonly kind: "flag"; readonly value: boolean }
  | { readonly kind: "call"; readonly callee: string; readonly arguments: readonly Code[] }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Code; readonly right: Code }
  | { readonly kind: "list"; readonly items: readonly Code[] }
  | { readonly kind: "object"; readonly entries: readonly Entry[] }
  | { readonly kind: "await"; readonly value: Code };

export interface Entry {
  readonly key: string;
  readonly value: Code;
  readonly comment?: string | undefined;
}

export function name(text: string): Code {
  return { kind: "name", text };
}

export function number(value: number): Code {
  return { kind: "number", value };
}

export function text(value: string): Code {
  return { kind: "text", value };
}

export function call(callee: string, ...values: readonly Code[]): Code {
  return { kind: "call", callee, arguments: values };
}

export function list(...items: readonly Code[]): Code {
  return { kind: "list", items };
}

export function object(...entries: readonly (Entry | undefined)[]): Code {
  return { kind: "object", entries: entries.filter((entry) => entry !== undefined) };
}

export function entry(key: string, value: Code, comment?: string): Entry {
  return { key, value, comment };
}

/** Every name that code reads, functions included; `tf.add` reads `tf`. */
export function namesRead(statements: readonly Statement[]): ReadonlySet<string> {
  const read = new Set<string>();
  const visit = (code: Code): void => {
    if (code.kind === "name") read.add(firstPart(code.text));
    else if (code.kind === "call") {
      read.add(firstPart(code.callee));
      code.arguments.forEach(visit);
    } else if (code.kind === "binary") [code.left, code.right].forEach(visit);
    else if (code.kind === "list") code.items.forEach(visit);
    else if (code.kind === "object") code.entries.forEach(({ value }) => visit(value));
    else if (code.kind === "await") visit(code.value);
  };
  for (const statement of statements) {
    if (statement.kind === "function") readOutside(statement.body).forEach((each) => read.add(each));
    else visit(statement.value);
  }
  return read;
}

/** Names that a function's body reads and does not declare. */
function readOutside(body: readonly Statement[]): readonly string[] {
  const declared = new Set(body.flatMap((each) => (each.kind === "const" ? [each.name] : [])));
  return [...namesRead(body)].filter((each) => !declared.has(each));
}

function firstPart(path: string): string {
  return path.replace(/^new /, "").split(".")[0] ?? path;
}
