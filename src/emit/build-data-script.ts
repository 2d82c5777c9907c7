// Plan to the script of `dept data`: the tokenizer and the task, nothing that needs the weights.

import { formatPolynomial } from "../graph/polynomial.ts";
import type { Plan } from "../plan/plan.ts";
import type { Backbone } from "../program/program.ts";
import { resource, type ScriptPlace } from "./build-initial.ts";
import { taskCode } from "./build-task.ts";
import { runtimeNames } from "./runtime-names.ts";
import {
  call,
  type Code,
  entry,
  list,
  namesRead,
  number,
  object,
  type Script,
  type Statement,
  text,
} from "./script.ts";

export function buildDataScript(plan: Plan, place: ScriptPlace): Script {
  const { backbone, task, train } = plan.tune;
  const settings = object(
    entry("architecture", text(backbone.architecture.value)),
    entry("folder", tokenizerFolder(backbone, place)),
    entry("task", taskCode(task, place)),
    entry("positional", list(...positionalTensors(plan).map(text))),
  );
  const show: Statement = { kind: "run", value: { kind: "await", value: call("showData", settings) } };
  const read = namesRead([show]);
  const constants = [
    ["seed", train.seed.value],
    ["s", task.maxTokens.value],
  ] as const;
  const statements: readonly Statement[] = [
    ...constants
      .filter(([constant]) => read.has(constant))
      .map(([constant, value]) => ({ kind: "const" as const, name: constant, value: number(value) })),
    show,
  ];
  return {
    header: [`The rows of ${task.name}.`, "", `Written by dept ${place.version}.`],
    imports: { values: runtimeNames.filter((each) => read.has(each)), types: [] },
    sections: [{ comment: undefined, statements }],
  };
}

/** Trained tensors with a row for each position of the longest input. */
function positionalTensors({ graph }: Plan): readonly string[] {
  return graph.parameters.flatMap(({ id, shape: [rows], frozen }) =>
    !frozen && rows && formatPolynomial(rows) === "s" ? [id] : [],
  );
}

function tokenizerFolder({ checkpoint: { value } }: Backbone, place: ScriptPlace): Code {
  if (value.kind !== "hub") return resource(value, place);
  return { kind: "await", value: call("hubTokenizer", text(value.path)) };
}
