// A tune declaration to one training run.

import type { Expression, Field, GroupBlock, TrainBlock, TuneDeclaration } from "../syntax/ast.ts";
import type { Backbone, Budget, Group, MethodUse, Schedule, Task, Train, Tune } from "./program.ts";
import { complete, readSettings, type Schema, type WrittenField } from "./read-settings.ts";
import { argumentsOf, callOf, constant, integer, number, type Reader, wrongValue } from "./read-value.ts";
import { type Context, placeOf } from "./scope.ts";

/** How a tune's names become things; `resolve-program.ts` provides it. */
export interface NameReaders {
  readonly backbone: Reader<Backbone>;
  readonly task: Reader<Task>;
  readonly method: Reader<MethodUse>;
  readonly budget: Reader<Budget>;
}

interface TuneSettings {
  readonly backbone: Backbone;
  readonly task: Task;
  readonly method: MethodUse;
  readonly budget: Budget | undefined;
}

interface TrainSettings {
  readonly steps: number;
  readonly batch: number;
  readonly schedule: Schedule;
  readonly evaluate: number | undefined;
  readonly seed: number;
  readonly clip: number;
}

interface GroupSettings {
  readonly lr: number | undefined;
  readonly weight_decay: number;
}

/** Settings of a `train` block. */
export const trainSchema: Schema<TrainSettings> = {
  steps: { read: integer({ min: 1 }), example: "steps = 30_000" },
  batch: { read: integer({ min: 1 }), default: 32, example: "batch = 32" },
  schedule: {
    read: callOf<Schedule>({ linear: linearSchedule, constant: constantSchedule }),
    default: { kind: "linear", warmup: 0 },
    example: "schedule = linear(warmup = 500)",
  },
  evaluate: { read: callOf({ every: readEvery }), default: undefined, example: "evaluate = every(1_000)" },
  seed: { read: integer({ min: 0, max: 2 ** 32 - 1 }), default: 42, example: "seed = 42" },
  clip: { read: number({ min: 1e-6 }), default: 1, example: "clip = 1.0" },
};

/** Settings of a `group` block. The learning rate has no default; the plan reports a missing one with its tensors. */
export const groupSchema: Schema<GroupSettings> = {
  lr: { read: number({ min: 0 }), default: undefined, example: "lr = 3e-1" },
  weight_decay: { read: number({ min: 0 }), default: 0, example: "weight_decay = 0.01" },
};

export function resolveTune(
  declaration: TuneDeclaration,
  context: Context,
  readers: NameReaders,
): Tune | undefined {
  const { name, items, doc } = declaration;
  const place = placeOf(context, name);
  const errorsBefore = context.found.errorCount;
  const owner = { name: name.text, place, context };
  const fields = items.filter((item): item is Field => item.kind === "Field");
  const things = complete(readSettings<TuneSettings>(owner, [written(fields, context)], tuneSchema(readers)));
  const train = resolveTrain(declaration, context);
  const groups = resolveGroups(items, context);
  if (!things || !train) return undefined;
  return {
    name: name.text,
    family: undefined,
    place,
    sound: context.found.errorCount === errorsBefore,
    doc: doc ?? headOf(context),
    backbone: things.backbone.value,
    task: things.task.value,
    method: things.method.value,
    budget: things.budget.value,
    groups,
    train,
  };
}

/** The doc comment at the head of the file, above its imports: it speaks for a tune that has none of its own. */
function headOf({ document }: Context): string | undefined {
  const [firstImport] = document.imports;
  if (!firstImport) return undefined;
  const head = document.comments.filter(({ doc, span }) => doc && span.end <= firstImport.span.start);
  return head.length > 0 ? head.map(({ text }) => text).join("\n") : undefined;
}

function tuneSchema(readers: NameReaders): Schema<TuneSettings> {
  return {
    backbone: { read: readers.backbone, example: "backbone = t5_base" },
    task: { read: readers.task, example: "task = rte" },
    method: { read: readers.method, example: "method = dept(length = 40, rank = 45)" },
    budget: { read: readers.budget, default: undefined, example: "budget = exactly(76_800)" },
  };
}

function resolveTrain(declaration: TuneDeclaration, context: Context): Train | undefined {
  const blocks = declaration.items.filter((item): item is TrainBlock => item.kind === "TrainBlock");
  reportRepeated(blocks, "train", context);
  const block = blocks[0];
  const place = block ? placeOf(context, block) : placeOf(context, declaration.name);
  const owner = { name: "train", place: firstWord(place, block !== undefined), context };
  const all = complete(readSettings(owner, [written(block?.fields ?? [], context)], trainSchema));
  if (!all) return undefined;
  const { evaluate, steps, ...rest } = all;
  // Ten evaluations unless the file says otherwise.
  const every = evaluate.value ?? Math.max(1, Math.ceil(steps.value / 10));
  return { ...rest, steps, evaluateEvery: { ...evaluate, value: every } };
}

/** The keyword of a block: marking a whole block would underline lines that are right. */
function firstWord(place: Train["steps"]["place"], isBlock: boolean): Train["steps"]["place"] {
  const { start, end } = place.span;
  return isBlock ? { ...place, span: { start, end: Math.min(end, start + "train".length) } } : place;
}

function resolveGroups(items: TuneDeclaration["items"], context: Context): readonly Group[] {
  const blocks = items.filter((item): item is GroupBlock => item.kind === "GroupBlock");
  const groups = new Map<string, Group>();
  for (const block of blocks) {
    const name = block.name.text;
    const place = placeOf(context, block.name);
    const first = groups.get(name);
    if (first) {
      const related = [{ place: first.place, message: "first set here" }];
      context.found.report("program/duplicate-setting", place, { name: `group ${name}` }, { related });
      continue;
    }
    const owner = { name: `group ${name}`, place, context };
    const { lr, weight_decay: weightDecay } = readSettings(
      owner,
      [written(block.fields, context)],
      groupSchema,
    );
    const rate = lr && lr.value !== undefined ? { ...lr, value: lr.value } : undefined;
    const decay = weightDecay ?? { value: 0, place, from: "default" };
    // A learning rate that was written wrong has been reported: the plan must not call it missing.
    if (lr) groups.set(name, { name, place, learningRate: rate, weightDecay: decay });
    else
      groups.set(name, {
        name,
        place,
        learningRate: { value: 1, place, from: "default" },
        weightDecay: decay,
      });
  }
  return [...groups.values()];
}

function reportRepeated(blocks: readonly TrainBlock[], name: string, context: Context): void {
  const [first, ...others] = blocks;
  for (const other of others) {
    if (!first) return;
    const related = [{ place: firstWord(placeOf(context, first), true), message: "first set here" }];
    context.found.report(
      "program/duplicate-setting",
      firstWord(placeOf(context, other), true),
      { name },
      { related },
    );
  }
}

function written(fields: readonly Field[], context: Context): readonly WrittenField[] {
  return fields.map((field) => ({ field, context }));
}

function linearSchedule(call: Extract<Expression, { kind: "Call" }>, context: Context): Schedule | undefined {
  const warmup = argumentsOf(call, context, ["warmup"]).get("warmup");
  const steps = warmup ? readWarmup(warmup.value, context) : 0;
  return steps === undefined ? undefined : { kind: "linear", warmup: steps };
}

/** Papers give a share of all steps, programs a number of them, and the one is easily written for the other. */
function readWarmup(expression: Expression, context: Context): number | undefined {
  const share = expression.kind === "PercentLiteral" ? expression.value / 100 : constant(expression);
  if (share === undefined || share <= 0 || share >= 1)
    return integer({ min: 0 })(expression, context, "warmup");
  const example = `${Number((share * 100).toPrecision(6))}% of 30,000 steps is ${Math.round(share * 30_000).toLocaleString("en-US")}`;
  const help = `it counts steps, like those of train: ${example}`;
  return wrongValue(expression, context, "warmup", "a number of steps", { help });
}

function constantSchedule(call: Extract<Expression, { kind: "Call" }>, context: Context): Schedule {
  argumentsOf(call, context, []);
  return { kind: "constant" };
}

function readEvery(call: Extract<Expression, { kind: "Call" }>, context: Context): number | undefined {
  const steps = argumentsOf(call, context, ["steps"]).get("steps");
  return steps
    ? integer({ min: 1 })(steps.value, context, "every")
    : wrongValue(call, context, "evaluate", "a number of steps, like every(1_000)");
}
