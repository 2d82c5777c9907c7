// A tune declaration to one training run.

import type { Field, GroupBlock, TrainBlock, TuneDeclaration } from "../syntax/ast.ts";
import { expandSeeds } from "./expand-seeds.ts";
import type {
  Backbone,
  Budget,
  Group,
  MethodUse,
  Optimizer,
  Schedule,
  Setting,
  Task,
  Train,
  Tune,
} from "./program.ts";
import { complete, readSettings, type Schema, type WrittenField } from "./read-settings.ts";
import { flag, interval, optimizer, schedule } from "./read-train.ts";
import { integer, number, oneOf, type Reader } from "./read-value.ts";
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
  readonly accumulate: number;
  readonly buckets: boolean;
  readonly memory: Train["memory"]["value"];
  readonly optimizer: Optimizer;
  readonly schedule: Schedule;
  readonly evaluate: number | undefined;
  readonly seed: number;
  readonly clip: number;
  readonly weight_decay: number;
  readonly patience: number | undefined;
}

interface GroupSettings {
  readonly lr: number | undefined;
  readonly weight_decay: number | undefined;
  readonly schedule: Schedule | undefined;
  readonly clip: number | undefined;
}

/** Settings of a `train` block. */
export const trainSchema: Schema<TrainSettings> = {
  steps: { read: integer({ min: 1 }), example: "steps = 30_000" },
  batch: { read: integer({ min: 1 }), default: 32, example: "batch = 32" },
  accumulate: { read: integer({ min: 1 }), default: 1, example: "accumulate = 4" },
  buckets: { read: flag, default: false, example: "buckets = true" },
  memory: {
    read: oneOf("keep", "recompute_attention", "recompute"),
    default: "keep",
    example: "memory = recompute",
  },
  optimizer: {
    read: optimizer,
    default: { kind: "adamw", settings: {} },
    example: "optimizer = adafactor()",
  },
  schedule: {
    read: schedule,
    default: { kind: "linear", warmup: 0 },
    example: "schedule = linear(warmup = 500)",
  },
  evaluate: { read: interval, default: undefined, example: "evaluate = every(1_000)" },
  seed: { read: integer({ min: 0, max: 2 ** 32 - 1 }), default: 42, example: "seed = 42" },
  clip: { read: number({ min: 1e-6 }), default: 1, example: "clip = 1.0" },
  weight_decay: { read: number({ min: 0 }), default: 0, example: "weight_decay = 0.01" },
  patience: { read: integer({ min: 1 }), default: undefined, example: "patience = 5" },
};

/** Settings of a `group` block. The learning rate has no default; the plan reports a missing one with its tensors. */
export const groupSchema: Schema<GroupSettings> = {
  lr: { read: number({ min: 0 }), default: undefined, example: "lr = 3e-1" },
  weight_decay: { read: number({ min: 0 }), default: undefined, example: "weight_decay = 0.01" },
  schedule: { read: schedule, default: undefined, example: "schedule = constant()" },
  clip: { read: number({ min: 1e-6 }), default: undefined, example: "clip = 1.0" },
};

/** A tune, or with several seeds a family of them, named `tune/seed=42`. */
export function resolveSeeds(
  declaration: TuneDeclaration,
  context: Context,
  readers: NameReaders,
): readonly Tune[] {
  const { name } = declaration;
  const seeded = expandSeeds(declaration, context);
  if (!seeded) return [resolveTune(declaration, context, readers) ?? []].flat();
  const family = { kind: "sweep", name: name.text, place: placeOf(context, name) } as const;
  return seeded.flatMap((each): Tune[] => {
    const tune = resolveTune(each.declaration, context, readers);
    return tune ? [{ ...tune, name: `${name.text}/${each.name}`, family }] : [];
  });
}

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
  const groups = resolveGroups(items, context, train);
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
  const { evaluate, steps, weight_decay: weightDecay, ...rest } = all;
  // Ten evaluations unless the file says otherwise.
  const every = evaluate.value ?? Math.max(1, Math.ceil(steps.value / 10));
  return { ...rest, steps, weightDecay, evaluateEvery: { ...evaluate, value: every } };
}

/** The keyword of a block: marking a whole block would underline lines that are right. */
function firstWord(place: Train["steps"]["place"], isBlock: boolean): Train["steps"]["place"] {
  const { start, end } = place.span;
  return isBlock ? { ...place, span: { start, end: Math.min(end, start + "train".length) } } : place;
}

function resolveGroups(
  items: TuneDeclaration["items"],
  context: Context,
  train: Train | undefined,
): readonly Group[] {
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
    const read = readSettings(owner, [written(block.fields, context)], groupSchema);
    // A learning rate that was written wrong has been reported: the plan must not call it missing.
    const { lr = { value: 1, place, from: "default" } as const } = read;
    groups.set(name, {
      name,
      place,
      learningRate: given(lr),
      weightDecay: given(read.weight_decay) ?? train?.weightDecay ?? { value: 0, place, from: "default" },
      schedule: given(read.schedule),
      clip: given(read.clip),
    });
  }
  return [...groups.values()];
}

/** A setting that was written; none where its value is the lack of one. */
function given<T>(setting: Setting<T | undefined> | undefined): Setting<T> | undefined {
  return setting?.value === undefined ? undefined : { ...setting, value: setting.value };
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
