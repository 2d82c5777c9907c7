// A task as the script loads it: its rows, template and target.

import type { Choice, DataSource, NumberTarget, Target, Task, TextTarget } from "../program/program.ts";
import { resource, type ScriptPlace } from "./build-initial.ts";
import { call, type Code, entry, type Entry, list, name, number, object, text } from "./script.ts";

export function taskCode(task: Task, place: ScriptPlace): Code {
  return object(
    entry("train", sourceCode(task.train.value, place)),
    entry("validation", sourceCode(task.validation.value, place)),
    entry("test", sourceCode(task.test.value, place)),
    entry("input", text(task.input.value)),
    entry("target", targetCode(task.target.value)),
    entry("maxTokens", name("s")),
    ...shotsEntries(task),
    ...metricEntries(task),
  );
}

function targetCode(target: Target): Code {
  if (target.kind === "text") return textTargetCode(target);
  const field = text(target.field);
  if (target.kind === "choice") {
    const labels = target.texts.map(({ value, text: label }) => entry(value, text(label)));
    return call(
      "choice",
      field,
      object(...labels),
      ...(target.score ? [object(...scoreEntries(target))] : []),
    );
  }
  const { from, to, step } = target;
  const range = object(
    entry("from", number(from)),
    entry("to", number(to)),
    entry("step", number(step)),
    ...scoreEntries(target),
  );
  return call("numberChoice", field, range);
}

function textTargetCode({ template, maxTokens, beams, lengthPenalty }: TextTarget): Code {
  const search = object(
    entry("count", number(beams)),
    lengthPenalty === undefined ? undefined : entry("lengthPenalty", number(lengthPenalty)),
  );
  const settings = object(
    entry("maxTokens", number(maxTokens)),
    beams === 1 ? undefined : entry("beams", search),
  );
  return call("freeText", text(template), settings);
}

function scoreEntries({ score }: Choice | NumberTarget): readonly Entry[] {
  return score ? [entry("score", text(score), "log-likelihood per token")] : [];
}

function shotsEntries({ shots: { value } }: Task): readonly Entry[] {
  if (!value) return [];
  const { train, validation, seed } = value;
  const shots = object(
    entry("train", number(train)),
    validation === undefined ? undefined : entry("validation", number(validation)),
    entry("seed", seed === undefined ? name("seed") : number(seed)),
  );
  return [entry("shots", shots, "rows of each class")];
}

/** Nothing for accuracy alone, which is what every task is scored by. */
function metricEntries({ metrics: { value } }: Task): readonly Entry[] {
  if (value.join() === "accuracy") return [];
  return [entry("metrics", list(...value.map(text)), "the first decides which values are kept")];
}

function sourceCode(source: DataSource, place: ScriptPlace): Code {
  if (source.kind === "shuffled") {
    const [[unit, amount] = ["rows", 0]] = Object.entries(source.amount);
    const part = object(entry("part", text(source.part)), entry(unit, number(amount)));
    return call("shuffled", sourceCode(source.of, place), part);
  }
  return source.kind === "hub"
    ? call("hubDataset", text(source.repository), text(source.config), text(source.split))
    : call(source.kind, resource(source.resource, place));
}
