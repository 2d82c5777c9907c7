// A method declaration to its arguments, and a call of a method to their values.

import type { ArgumentDeclaration, Call, Expression, MethodDeclaration } from "../syntax/ast.ts";
import type { Method, MethodArgument, MethodUse, Setting } from "./program.ts";
import { argumentsOf, constant, integer, number, oneOf } from "./read-value.ts";
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
  const type = oneOf("int", "float")(argument.type, context, "the type of an argument");
  if (!type || argument.name.text === "") return undefined;
  const reader = type === "int" ? integer() : number();
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
  for (const argument of method.arguments) {
    const written = given.get(argument.name);
    if (written) {
      const value = argumentValue(argument, written.value, context);
      if (value === undefined) continue;
      values.set(argument.name, { value, place: placeOf(context, written.value), from: originOf(context) });
    } else if (argument.default !== undefined) {
      values.set(argument.name, { value: argument.default, place: argument.place, from: "default" });
    } else if (!misspelt) {
      const parameters = { callee: method.name, name: argument.name };
      context.found.report("program/missing-argument", place, parameters);
    }
  }
  return values.size === method.arguments.length ? { method, arguments: values, place } : undefined;
}

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
