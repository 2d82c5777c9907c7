// Plan to script: what the file will say, in one fixed order.

import { posix } from "node:path";
import type { ParameterNode } from "../graph/graph.ts";
import { billLines, planTitle } from "../plan/render-plan.ts";
import { specHash } from "../plan/spec-hash.ts";
import type { Plan } from "../plan/plan.ts";
import { architectures } from "../program/architectures.ts";
import { backboneSizeNames, backboneSizes } from "../program/backbone-sizes.ts";
import type { Backbone, Setting } from "../program/program.ts";
import { weightsCode } from "./build-inside.ts";
import { buildMethod, type MethodFunctions } from "./build-method.ts";
import { initialCode, projectionCode, resource, type ScriptPlace } from "./build-initial.ts";
import { taskCode } from "./build-task.ts";
import { optimizerCode, scheduleCode } from "./build-train.ts";
import { runtimeNames, type RuntimeName, type RuntimeType } from "./runtime-names.ts";
import {
  call,
  type Code,
  entry,
  type Entry,
  list,
  name,
  namesRead,
  number,
  object,
  type Script,
  type Section,
  type Statement,
  text,
} from "./script.ts";
import { axisOrArgument, sizeCode } from "./size-code.ts";

export type { ScriptPlace };

export function buildScript(plan: Plan, place: ScriptPlace): Script {
  const method = buildMethod(plan);
  const body: readonly Section[] = [
    {
      comment: `Backbone and data: ${askedOf(plan, method)}.`,
      statements: [backboneStatement(plan, place), taskStatement(plan, place)],
    },
    {
      comment: "Method: only these tensors learn.",
      statements: [
        tensorsStatement("parameters", trainedIn(plan, method), plan, place),
        ...constantStatements(plan, method, place),
        ...method.constants,
        ...[method.input, method.inside].filter((each) => each !== undefined),
      ],
    },
    {
      comment: "Training: one learning rate for each group.",
      statements: [{ kind: "run", value: fitCall(plan, method) }],
    },
  ];
  const read = namesRead(body.flatMap(({ statements }) => statements));
  const sections = [{ comment: undefined, statements: constants(plan, read) }, ...body];
  const types: readonly RuntimeType[] = [
    ...(method.inside ? (["Inside"] as const) : []),
    ...(method.input ? (["Tensor3D"] as const) : []),
    "TensorsOf",
    ...(method.input?.parameters.some(({ type }) => type === "Words") ? (["Words"] as const) : []),
  ];
  return {
    header: header(plan, place),
    imports: { values: runtimeNames.filter((each) => read.has(each)), types },
    sections,
  };
}

function askedOf({ tensors }: Plan, { input, inside }: MethodFunctions): string {
  if (tensors.some(({ initial }) => initial.kind === "pretrained"))
    return "of the backbone only those weights are trained that are named below";
  const asked = "the backbone is frozen; its gradient is asked for at";
  if (!inside) return `${asked} the embeddings alone`;
  return `${asked} ${input ? "the embeddings and the method's tensors" : "the method's tensors alone"}`;
}

/** What the script's file is called, without an ending. */
export function scriptName({ tune }: Plan): string {
  return posix.basename(tune.name);
}

function header(plan: Plan, { version }: ScriptPlace): readonly string[] {
  const { tune } = plan;
  const { path } = tune.place.source;
  return [
    ...(tune.doc ?? planTitle(plan)).split("\n"),
    "",
    `Written by dept ${version} from ${posix.basename(path)}; change that file, not this one.`,
    `Run it with \`node ${scriptName(plan)}.mjs\`.`,
    "",
    ...billLines(plan).map((line) => `  ${line}`),
  ];
}

/** The axes, the seed and the method's arguments, as far as the script reads them. */
function constants(plan: Plan, read: ReadonlySet<string>): readonly Statement[] {
  const { backbone, task, train, method } = plan.tune;
  const argument = ([argumentName, value]: readonly [string, number]): ConstantLine => {
    const solved = plan.solved === argumentName ? "solved from the budget" : undefined;
    const setting = method.arguments.get(argumentName);
    return [axisOrArgument(argumentName), value, solved ?? defaulted(setting)];
  };
  const lines: readonly ConstantLine[] = [
    ["seed", train.seed.value, defaulted(train.seed)],
    ["d", backbone.width.value, `width of ${backbone.name}`],
    ["s", task.maxTokens.value, "most tokens of an input; a longer one is cut"],
    ...[...backboneSizes(backbone)]
      .filter(([size]) => !plan.arguments.has(size))
      .map(([size, value]): ConstantLine => [axisOrArgument(size), value, backboneSizeNames[size]]),
    ...[...plan.arguments].map(argument),
  ];
  return lines
    .filter(([constant]) => read.has(constant))
    .map(([constant, value, comment]) => ({
      kind: "const",
      name: constant,
      value: number(value),
      ...(comment === undefined ? {} : { comment }),
    }));
}

type ConstantLine = readonly [name: string, value: number, comment: string | undefined];

function defaulted(setting: Setting<unknown> | undefined): string | undefined {
  return setting?.from === "default" ? "default" : undefined;
}

function backboneStatement({ tune }: Plan, place: ScriptPlace): Statement {
  const folder = resource(tune.backbone.checkpoint.value, place);
  const value = call(loaderOf(tune.backbone), folder, dimensions(tune.backbone));
  return { kind: "const", name: "backbone", value: { kind: "await", value } };
}

/** What the plan was computed from: the checkpoint must have it, or nothing that was proved holds. */
function dimensions(backbone: Backbone): Code {
  const { settings } = architectures[backbone.architecture.value];
  const entries = Object.entries(backbone.dimensions).map(([key, { value }]) => {
    // A word left at its default is the loader's default, too.
    if (value === settings[key]?.default) return undefined;
    return entry(camelCase(key), typeof value === "number" ? number(value) : text(value));
  });
  const vocabulary = entry("vocabulary", number(backbone.vocabulary.value));
  return object(entry("width", name("d")), ...entries, vocabulary);
}

function camelCase(setting: string): string {
  return setting.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function loaderOf({ architecture }: Backbone): RuntimeName {
  return architectures[architecture.value].loader;
}

function taskStatement({ tune }: Plan, place: ScriptPlace): Statement {
  const value = call("loadTask", name("backbone"), taskCode(tune.task, place));
  return { kind: "const", name: "task", value: { kind: "await", value } };
}

function trainedIn({ graph }: Plan, { tensors }: MethodFunctions): readonly ParameterNode[] {
  return graph.parameters.filter(({ id, frozen }) => !frozen && tensors.includes(id));
}

function frozenIn({ graph }: Plan, { tensors }: MethodFunctions): readonly ParameterNode[] {
  return graph.parameters.filter(({ id, frozen }) => frozen && tensors.includes(id));
}

function constantStatements(plan: Plan, method: MethodFunctions, place: ScriptPlace): readonly Statement[] {
  const frozen = frozenIn(plan, method);
  return frozen.length === 0
    ? []
    : [{ ...tensorsStatement("constants", frozen, plan, place), comment: "frozen: never trained" }];
}

function tensorsStatement(
  constant: "parameters" | "constants",
  tensors: readonly ParameterNode[],
  plan: Plan,
  place: ScriptPlace,
): Extract<Statement, { kind: "const" }> {
  const entries = tensors.map(({ id, shape, initial }) => {
    const sizes = list(...shape.map(sizeCode));
    return entry(id, weightsCode(plan, id, sizes) ?? initialCode(initial, sizes, place));
  });
  return { kind: "const", name: constant, value: object(...entries) };
}

function fitCall(plan: Plan, method: MethodFunctions): Code {
  const { tensors, input, inside } = method;
  const { tune } = plan;
  const { train } = tune;
  const settings: readonly Entry[] = [
    entry("name", text(tune.name)),
    entry("spec", text(specHash(plan)), "hash of the plan"),
    entry("backbone", name("backbone")),
    entry("task", name("task")),
    entry("parameters", name("parameters")),
    ...(frozenIn(plan, method).length === 0 ? [] : [entry("constants", name("constants"))]),
    ...(input ? [entry("input", name(input.name))] : []),
    ...(inside ? [entry("inside", name(inside.name))] : []),
    entry("groups", object(...groupEntries(plan, tensors))),
    ...projectionEntries(plan, tensors),
    entry("trained", number(plan.trained), "fit stops when the live tensors disagree"),
    entry("optimizer", optimizerCode(train.optimizer.value)),
    entry("schedule", scheduleCode(train.schedule.value), defaulted(train.schedule)),
    entry("steps", number(train.steps.value)),
    entry("batch", number(train.batch.value), defaulted(train.batch)),
    ...(train.accumulate.value === 1
      ? []
      : [entry("accumulate", number(train.accumulate.value), "batches in a step")]),
    ...(train.buckets.value
      ? [entry("buckets", { kind: "flag", value: true }, "batches of similar lengths")]
      : []),
    ...(train.memory.value === "keep"
      ? []
      : [
          entry(
            "memory",
            text(train.memory.value),
            `${madeAgain[train.memory.value]} are made again, not kept`,
          ),
        ]),
    entry("clip", number(train.clip.value), clipComment(train.clip)),
    entry("evaluateEvery", number(train.evaluateEvery.value), defaulted(train.evaluateEvery)),
    ...(train.patience.value === undefined
      ? []
      : [entry("patience", number(train.patience.value), "evaluations without a better one")]),
    entry("seed", name("seed")),
  ];
  return { kind: "await", value: call("fit", object(...settings)) };
}

/** What is not kept for the backward pass. */
const madeAgain = { recompute_attention: "attention's probabilities", recompute: "activations" } as const;

function clipComment(clip: Setting<number>): string {
  const meaning = "global norm over all groups together";
  return clip.from === "default" ? `${meaning}; default` : meaning;
}

function groupEntries({ tune, tensors: planned }: Plan, tensors: readonly string[]): readonly Entry[] {
  return tune.groups.flatMap((group): Entry[] => {
    const members = planned.filter((tensor) => tensor.group === group.name && tensors.includes(tensor.name));
    if (members.length === 0 || !group.learningRate) return [];
    const decay = group.weightDecay.value;
    const settings = object(
      entry("tensors", list(...members.map((tensor) => text(tensor.name)))),
      entry("learningRate", number(group.learningRate.value)),
      decay === 0 ? undefined : entry("weightDecay", number(decay)),
      group.schedule && entry("schedule", scheduleCode(group.schedule.value)),
      group.clip && entry("clip", number(group.clip.value)),
    );
    return [entry(group.name, settings)];
  });
}

function projectionEntries({ tensors: planned }: Plan, tensors: readonly string[]): readonly Entry[] {
  const projected = planned.flatMap(({ name: tensor, projection }) =>
    projection && tensors.includes(tensor) ? [entry(tensor, projectionCode(projection))] : [],
  );
  return projected.length === 0 ? [] : [entry("projections", object(...projected), "after each step")];
}
