// A task declaration to its data, template, labels and longest input.

import type { Diagnostics, Place } from "../diagnostics/diagnostic.ts";
import type { Expression, Field, RecordEntry, TaskDeclaration } from "../syntax/ast.ts";
import type { Choice, DataSource, Metric, Setting, Shots, Target, Task } from "./program.ts";
import { checkMetrics, readMetrics, readNumberTarget, readScore } from "./resolve-scoring.ts";
import { readTextTarget } from "./resolve-text-target.ts";
import { fieldsOf, template } from "./template.ts";
import { complete, readSettings, type Schema, type WrittenField } from "./read-settings.ts";
import { readShots } from "./read-shots.ts";
import { argumentsOf, callOf, integer, text, wrongValue } from "./read-value.ts";
import { dataSource, overlap, sameRows } from "./resolve-source.ts";
import { type Context, placeOf } from "./scope.ts";

interface TaskSettings {
  readonly train: DataSource;
  readonly validation: DataSource;
  readonly test: DataSource;
  readonly input: string;
  readonly target: Target;
  readonly metrics: readonly Metric[];
  readonly max_tokens: number;
  readonly shots: Shots | undefined;
}

/** Settings of a `task` block. */
export const taskSchema: Schema<TaskSettings> = {
  train: { read: dataSource, example: 'train = jsonl("train.jsonl")' },
  validation: { read: dataSource, example: 'validation = jsonl("validation.jsonl")' },
  test: { read: dataSource, example: 'test = jsonl("test.jsonl")' },
  input: { read: template, example: 'input = "{text}"' },
  target: {
    read: callOf<Target>({ choice: readChoice, number: readNumberTarget, text: readTextTarget }),
    example: 'target = choice("label", ["no", "yes"])',
  },
  metrics: { read: readMetrics, default: ["accuracy"], example: "metrics = [accuracy]" },
  max_tokens: { read: integer({ min: 1, max: 1_000_000 }), example: "max_tokens = 256" },
  shots: { read: readShots, default: undefined, example: "shots = 16" },
};

/** Of a task that is only named: what it lacks. It is the block's only setting. */
const unsupportedSchema: Schema<{ readonly unsupported: string }> = {
  unsupported: { read: text, example: 'unsupported = "it needs a backbone that sees pictures"' },
};

/** `usedAt`: where a tune takes it; a declaration is checked without one. */
export function resolveTask(
  declaration: TaskDeclaration,
  context: Context,
  changed: readonly WrittenField[],
  usedAt?: Place,
): Task | undefined {
  const { name, doc } = declaration;
  const place = placeOf(context, name);
  const declared = declaration.fields.map((field: Field): WrittenField => ({ field, context }));
  const owner = { name: name.text, place, context };
  const { found } = context;
  if (declared.some(({ field }) => field.name.text === "unsupported")) {
    const reason = readSettings(owner, [declared], unsupportedSchema).unsupported;
    if (!reason || !usedAt) return undefined;
    const related = [{ place: reason.place, message: "declared so" }];
    found.report("program/unsupported-task", usedAt, { task: name.text, reason: reason.value }, { related });
    return undefined;
  }
  const all = complete(readSettings(owner, [declared, changed], taskSchema));
  if (!all) return undefined;
  const { train, validation, test, input, target, metrics, max_tokens: maxTokens, shots } = all;
  const errorsBefore = found.errorCount;
  checkSplits({ train, validation, test }, found);
  checkLabelIsHidden(input, target, found);
  checkMetrics(metrics, target, found);
  if (shots.value && target.value.kind === "text") {
    const parameters = { name: "shots", expected: "a target of classes", found: "free text" };
    found.report("program/wrong-value", shots.place, parameters);
  }
  if (found.errorCount > errorsBefore) return undefined;
  return {
    kind: "task",
    name: name.text,
    place,
    doc,
    train,
    validation,
    test,
    input,
    target,
    metrics,
    maxTokens,
    shots,
  };
}

/** What is evaluated must not have been trained on, nor what is published have chosen the adapter. */
function checkSplits(
  splits: Readonly<Record<"train" | "validation" | "test", Setting<DataSource>>>,
  found: Diagnostics,
): void {
  const { train, validation, test } = splits;
  for (const [setting, { value, place }] of Object.entries({ validation, test })) {
    if (!overlap(value, train.value)) continue;
    const related = [{ place: train.place, message: "trained on here" }];
    found.report("program/evaluates-training-data", place, { setting }, { related });
  }
  if (overlap(test.value, validation.value) && !overlap(test.value, train.value)) {
    const related = [{ place: validation.place, message: "validation" }];
    found.report("program/test-is-validation", test.place, {}, { related });
  }
  if (overlap(validation.value, train.value) || !sameRows(validation.value, train.value)) return;
  if (sameRows(test.value, train.value)) return;
  const related = [
    { place: train.place, message: "trained on the others of these rows" },
    { place: test.place, message: "tested on rows from elsewhere" },
  ];
  found.report("program/validation-from-train", validation.place, {}, { related });
}

function checkLabelIsHidden(input: Setting<string>, target: Setting<Target>, found: Diagnostics): void {
  const { value } = target;
  const answers = value.kind === "text" ? fieldsOf(value.template) : [value.field];
  const field = fieldsOf(input.value).find((each) => answers.includes(each));
  if (field === undefined) return;
  const related = [{ place: target.place, message: "the label's field" }];
  found.report("program/label-in-input", input.place, { field: `{${field}}` }, { related });
}

/** `choice("label", ["no", "yes"])` or `choice("label", { 0: "no", 1: "yes" })`. */
function readChoice(call: Extract<Expression, { kind: "Call" }>, context: Context): Choice | undefined {
  const given = argumentsOf(call, context, ["field", "texts", "score"]);
  const missing = ["field", "texts"].find((parameter) => !given.has(parameter));
  const [fieldArgument, textsArgument] = [given.get("field"), given.get("texts")];
  if (!fieldArgument || !textsArgument) {
    const parameters = { callee: "choice", name: missing ?? "field" };
    context.found.report("program/missing-argument", placeOf(context, call), parameters);
    return undefined;
  }
  const field = text(fieldArgument.value, context, "field");
  const texts = readTexts(textsArgument.value, context);
  const score = readScore(given.get("score"), context);
  if (field === undefined || texts === undefined || !score) return undefined;
  return { kind: "choice", field, texts, ...score };
}

const labels = "at least two labels: a list of texts, or a record from each value in the data to its text";

function readTexts(expression: Expression, context: Context): Choice["texts"] | undefined {
  const texts =
    expression.kind === "List"
      ? expression.items.map((item) => labelledText(item, item, context))
      : expression.kind === "RecordLiteral"
        ? expression.entries.map((entry) => labelledText(entry.key, entry.value, context))
        : [];
  if (texts.length < 2) return wrongValue(expression, context, "choice", labels);
  const complete = texts.filter((each) => each !== undefined);
  return complete.length === texts.length && distinct(complete, expression, context) ? complete : undefined;
}

function labelledText(
  key: RecordEntry["key"] | Expression,
  value: Expression,
  context: Context,
): Choice["texts"][number] | undefined {
  const label = text(value, context, "a label's text");
  if (label === undefined) return undefined;
  if (key.kind === "StringLiteral") return { value: key.value, text: label };
  if (key.kind === "NumberLiteral") return { value: String(key.value), text: label };
  return key.kind === "Name" ? { value: key.text, text: label } : undefined;
}

function distinct(texts: Choice["texts"], expression: Expression, context: Context): boolean {
  for (const part of ["value", "text"] as const) {
    const seen = texts.map((each) => each[part]);
    const twice = seen.find((each, index) => seen.indexOf(each) !== index);
    if (twice === undefined) continue;
    const parameters = {
      name: "choice",
      expected: "labels that all differ",
      found: `${JSON.stringify(twice)} twice`,
    };
    context.found.report("program/wrong-value", placeOf(context, expression), parameters);
    return false;
  }
  return true;
}
