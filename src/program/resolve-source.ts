// Where a task's rows are: a file beside the program, or a dataset on the Hub.

import type { Call } from "../syntax/ast.ts";
import type { DataSource, FileSource, HubSource, ShuffledSource } from "./program.ts";
import { argumentsOf, callOf, constant, type Reader, text, wrongValue } from "./read-value.ts";
import { resourceAt, soleText } from "./resource.ts";
import { type Context, placeOf } from "./scope.ts";

const forms = {
  jsonl: fileSource("jsonl"),
  csv: fileSource("csv"),
  tsv: fileSource("tsv"),
  parquet: fileSource("parquet"),
  hub: hubSource,
};

const whole: Reader<FileSource | HubSource> = callOf<FileSource | HubSource>(forms);

/** A file, a split on the Hub, or a part of either: `shuffled(jsonl("rows.jsonl"), first = 50%)`. */
export const dataSource: Reader<DataSource> = callOf<DataSource>({ ...forms, shuffled: shuffledSource });

function shuffledSource(call: Call, context: Context): ShuffledSource | undefined {
  const given = argumentsOf(call, context, ["source", "first", "after"]);
  const [source, first, after] = ["source", "first", "after"].map((each) => given.get(each)?.value);
  const missing = source === undefined ? "source" : (first ?? after) === undefined ? "first" : undefined;
  if (missing !== undefined) {
    const parameters = { callee: "shuffled", name: missing };
    context.found.report("program/missing-argument", placeOf(context, call), parameters);
    return undefined;
  }
  const written = first ?? after;
  if (!source || !written) return undefined;
  if (first && after) return wrongValue(after, context, "shuffled", "either first or after");
  const of = whole(source, context, "shuffled");
  const value = written.kind === "PercentLiteral" ? written.value / 100 : constant(written);
  const isShare = written.kind === "PercentLiteral" && value !== undefined && value > 0 && value < 1;
  const isCount = written.kind !== "PercentLiteral" && Number.isSafeInteger(value) && (value ?? 0) > 0;
  if (value === undefined || !(isShare || isCount))
    return wrongValue(written, context, "shuffled", "a number of rows, or a share between 0% and 100%");
  if (of === undefined) return undefined;
  const amount = isShare ? { share: value } : { rows: value };
  return { kind: "shuffled", of, part: first ? "first" : "after", amount };
}

/**
 * Whether two sources may give the same row. By name: two files with the same rows are not told apart before they are read.
 */
export function overlap(a: DataSource, b: DataSource): boolean {
  if (!sameRows(a, b)) return false;
  if (a.kind !== "shuffled" || b.kind !== "shuffled" || a.part === b.part) return true;
  const [first, after] = a.part === "first" ? [a.amount, b.amount] : [b.amount, a.amount];
  if ("rows" in first && "rows" in after) return after.rows < first.rows;
  if ("share" in first && "share" in after) return after.share < first.share;
  return true; // a count against a share: how many rows there are is not known here
}

/** Whether two sources are parts of the same rows. */
export function sameRows(a: DataSource, b: DataSource): boolean {
  const [of, other] = [a, b].map((each) => JSON.stringify(each.kind === "shuffled" ? each.of : each));
  return of === other;
}

function fileSource(kind: FileSource["kind"]) {
  return (call: Call, context: Context): FileSource | undefined => {
    const path = soleText(call, context, "path");
    return path === undefined ? undefined : { kind, resource: resourceAt(context, path) };
  };
}

/** `hub("aps/super_glue", "rte", split = "train")`. */
function hubSource(call: Call, context: Context): HubSource | undefined {
  const given = argumentsOf(call, context, ["repository", "config", "split"]);
  const read = (parameter: string): string | undefined => {
    const argument = given.get(parameter);
    if (argument) return text(argument.value, context, parameter);
    const parameters = { callee: call.callee.text, name: parameter };
    context.found.report("program/missing-argument", placeOf(context, call), parameters);
    return undefined;
  };
  const [repository, config, split] = [read("repository"), read("config"), read("split")];
  if (repository === undefined || config === undefined || split === undefined) return undefined;
  return { kind: "hub", repository, config, split };
}
