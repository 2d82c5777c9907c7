// Documents to a program: names bound, values known.

import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { wordFix } from "../diagnostics/word-fix.ts";
import type { Call, Configured, Declaration, Expression, Name } from "../syntax/ast.ts";
import type { Documents } from "./load-documents.ts";
import type { Backbone, Method, MethodUse, Program, Task, Tune } from "./program.ts";
import type { WrittenField } from "./read-settings.ts";
import { isMissing, type Reader, wrongValue } from "./read-value.ts";
import { resolveBackbone } from "./resolve-backbone.ts";
import { budgetReader } from "./resolve-budget.ts";
import { resolveComparison } from "./resolve-comparison.ts";
import { resolveMethod, resolveMethodUse } from "./resolve-method.ts";
import { resolveSweep } from "./resolve-sweep.ts";
import { resolveTask } from "./resolve-task.ts";
import { type NameReaders, resolveSeeds } from "./resolve-tune.ts";
import { type Binding, bindNames, type Context, didYouMean, placeOf } from "./scope.ts";

export function resolveProgram(documents: Documents, found: Diagnostics): Program {
  const contexts = bindNames(documents, found);
  const [entry, context] = [...contexts][0] ?? [];
  if (entry === undefined || context === undefined)
    return { entry: "", tunes: [], legs: new Map(), methods: [] };

  const readers = nameReaders();
  const tunes: Tune[] = [];
  const legs = new Map<string, number>();
  const methods: Method[] = [];
  for (const declaration of context.document.declarations) {
    if (declaration.kind === "TuneDeclaration") {
      tunes.push(...resolveSeeds(declaration, context, readers));
    } else if (declaration.kind === "MethodDeclaration") {
      methods.push(resolveMethod(declaration, context));
    } else if (declaration.kind === "BackboneDeclaration") {
      resolveBackbone(declaration, context, []);
    } else if (declaration.kind === "TaskDeclaration") {
      resolveTask(declaration, context, []);
    } else if (declaration.kind === "CompareDeclaration") {
      const members = resolveComparison(declaration, context, readers);
      tunes.push(...members.tunes);
      legs.set(declaration.name.text, members.declared);
    } else tunes.push(...resolveSweep(declaration, context, readers));
  }
  return { entry, tunes, legs, methods };
}

/** Readers of named things. A thing that several tunes name is resolved for each; repeated reports fall together. */
function nameReaders(): NameReaders {
  const method: Reader<MethodUse> = (expression, context, setting) => {
    const [name, call] = calledName(
      expression,
      context,
      setting,
      "a method with its arguments, like dept(length = 40, …)",
    );
    const binding = name && lookUp(name, context);
    if (!name || !call || !binding) return undefined;
    if (binding.declaration.kind === "MethodDeclaration") {
      return resolveMethodUse(resolveMethod(binding.declaration, binding.context), call, context);
    }
    return wrongKind(name, context, binding.declaration, setting, "method");
  };

  const backbone: Reader<Backbone> = (expression, context, setting) => {
    const [name, changed] = configuredName(expression, context, setting, "a backbone");
    const binding = name && lookUp(name, context);
    if (!name || !binding) return undefined;
    const { declaration } = binding;
    if (declaration.kind === "BackboneDeclaration")
      return resolveBackbone(declaration, binding.context, changed);
    return wrongKind(name, context, declaration, setting, "backbone");
  };

  const task: Reader<Task> = (expression, context, setting) => {
    const [name, changed] = configuredName(expression, context, setting, "a task");
    const binding = name && lookUp(name, context);
    if (!name || !binding) return undefined;
    const { declaration } = binding;
    if (declaration.kind === "TaskDeclaration")
      return resolveTask(declaration, binding.context, changed, placeOf(context, name));
    return wrongKind(name, context, declaration, setting, "task");
  };

  return { backbone, task, method, budget: budgetReader(method) };
}

/** `t5_base`, or `rte { max_tokens = 256 }` with the fields that it changes. */
function configuredName(
  expression: Expression,
  context: Context,
  setting: string,
  expected: string,
): readonly [Name | undefined, readonly WrittenField[]] {
  if (isMissing(expression)) return [undefined, []];
  if (expression.kind === "Name") return [expression, []];
  if (expression.kind === "Configured") return [expression.base, changedFields(expression, context)];
  wrongValue(expression, context, setting, expected);
  return [undefined, []];
}

function changedFields(configured: Configured, context: Context): readonly WrittenField[] {
  return configured.fields.map((field) => ({ field, context }));
}

function calledName(
  expression: Expression,
  context: Context,
  setting: string,
  expected: string,
): readonly [Name, Call] | readonly [undefined, undefined] {
  if (expression.kind === "Call") return [expression.callee, expression];
  wrongValue(expression, context, setting, expected);
  return [undefined, undefined];
}

function lookUp(name: Name, context: Context): Binding | undefined {
  if (name.text === "") return undefined;
  const binding = context.names.get(name.text);
  if (binding) return binding;
  // A name whose import failed has been reported at the import.
  const imported = context.document.imports.flatMap((each) => each.names);
  if (imported.some((each) => (each.alias ?? each.name).text === name.text)) return undefined;
  const suggestion = didYouMean(name.text, context.names.keys());
  const place = placeOf(context, name);
  const fixes = wordFix(name.text, context.names.keys(), place);
  context.found.report("program/unknown-name", place, { name: name.text, suggestion }, { fixes });
  return undefined;
}

const kinds = {
  BackboneDeclaration: "backbone",
  TaskDeclaration: "task",
  MethodDeclaration: "method",
  TuneDeclaration: "tune",
  CompareDeclaration: "compare",
  SweepDeclaration: "sweep",
} as const satisfies Record<Declaration["kind"], string>;

function wrongKind(
  name: Name,
  context: Context,
  declaration: Declaration,
  setting: string,
  expected: string,
): undefined {
  const parameters = { name: name.text, found: kinds[declaration.kind], setting, expected };
  context.found.report("program/wrong-kind", placeOf(context, name), parameters);
  return undefined;
}
