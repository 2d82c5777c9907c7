// A method declaration to its arguments, and a call of a method to their values.

import type { ArgumentDeclaration, Call, Expression, MethodDeclaration } from "../syntax/ast.ts";
import type { Method, MethodArgument, MethodUse, Resource, Setting } from "./program.ts";
import {
  argumentsOf,
  constant,
  integer,
  number,
  oneOf,
  type Reader,
  text,
  wrongValue,
} from "./read-value.ts";
import { resourceAt } from "./resource.ts";
import { type Context, originOf, placeOf } from "./scope.ts";

export function resolveMethod(declaration: MethodDeclaration, context: Context): Method {
  const seen = new Map<string, MethodArgument>();
  for (const argument of declaration.arguments) {
    const resolved = resolveArgument(argument, context);
    const first = resolved && seen.get(resolved.name);
    if (first) {
      const related = [{ place: first.place, message: "first declared here" }];
      context.found.report(
        "program/duplicate-name",
        placeOf(context, argument.name),
        { name: first.name },
        { related },
      );
    } else if (resolved) seen.set(resolved.name, resolved);
  }
  return {
    kind: "method",
    name: declaration.name.text,
    place: placeOf(context, declaration.name),
    doc: declaration.doc,
    origin: originOf(context),
    arguments: [...seen.values()],
    declaration,
    source: context.document.source,
  };
}

function resolveArgument(argument: ArgumentDeclaration, context: Context): MethodArgument | undefined {
  const types = oneOf("int", "float", "text", "file");
  const type = types(argument.type, context, "the type of an argument");
  if (!type || argument.name.text === "") return undefined;
  const readers: Readonly<Record<typeof type, Reader<number | string>>> = {
    int: integer(),
    float: number(),
    text,
    // A file lies beside the program that names it: a method cannot know one.
    file: (value, at, name) => wrongValue(value, at, name, "no default"),
  };
  const reader = readers[type];
  const fallback = argument.default && reader(argument.default, context, argument.name.text);
  return { name: argument.name.text, type, default: fallback, place: placeOf(context, argument.name) };
}

/** A method's call with every argument given, defaulted or `auto`; `undefined` when one is missing or wrong. */
export function resolveMethodUse(method: Method, call: Call, context: Context): MethodUse | undefined {
  const place = placeOf(context, call);
  const names = method.arguments.map((argument) => argument.name);
  const given = argumentsOf(call, context, names);
  // A misspelt argument has been reported: the one it was meant to be is not missing as well.
  const misspelt = given.size < call.arguments.length;
  const values = new Map<string, Setting<number | "auto">>();
  const texts = new Map<string, Setting<string>>();
  const files = new Map<string, Setting<readonly Resource[]>>();
  for (const argument of method.arguments) {
    const { name, type, default: fallback } = argument;
    const written = given.get(name);
    if (written) {
      const setting = { place: placeOf(context, written.value), from: originOf(context) };
      const set = <T>(target: Map<string, Setting<T>>, value: T | undefined) =>
        value !== undefined && target.set(name, { value, ...setting });
      if (type === "text") set(texts, text(written.value, context, name));
      else if (type === "file") set(files, filePaths(written.value, context, name));
      else set(values, argumentValue(argument, written.value, context));
    } else if (typeof fallback === "number") {
      values.set(name, { value: fallback, place: argument.place, from: "default" });
    } else if (fallback !== undefined) {
      texts.set(name, { value: fallback, place: argument.place, from: "default" });
    } else if (!misspelt) {
      context.found.report("program/missing-argument", place, { callee: method.name, name });
    }
  }
  const isComplete = values.size + texts.size + files.size === method.arguments.length;
  return isComplete ? { method, arguments: values, texts, files, place } : undefined;
}

/** `"runs/mnli/1/adapter.safetensors"`, or a list of such. */
const filePaths: Reader<readonly Resource[]> = (value, context, name) => {
  const written = value.kind === "List" ? value.items : [value];
  const paths = written.map((each) => (each.kind === "StringLiteral" ? each.value : undefined));
  const known = paths.filter((path) => path !== undefined);
  if (known.length < paths.length || known.length === 0) {
    return wrongValue(value, context, name, "a file's path in quotes, or a list of such");
  }
  return known.map((path) => resourceAt(context, path));
};

function argumentValue(
  argument: MethodArgument,
  value: Expression,
  context: Context,
): number | "auto" | undefined {
  if (value.kind === "Name" && value.text === "auto") {
    if (argument.type === "int") return "auto";
    context.found.report("program/auto-not-here", placeOf(context, value), { name: argument.name });
    return undefined;
  }
  // A size is never negative; what a float may be, only the method knows.
  if (argument.type === "int") return integer({ min: 0 })(value, context, argument.name);
  return constant(value) ?? number()(value, context, argument.name);
}
