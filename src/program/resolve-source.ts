// Where a task's rows are: a file beside the program, or a dataset on the Hub.

import type { Call } from "../syntax/ast.ts";
import type { DataSource, FileSource, HubSource } from "./program.ts";
import { argumentsOf, callOf, type Reader, text } from "./read-value.ts";
import { resourceAt, soleText } from "./resource.ts";
import { type Context, placeOf } from "./scope.ts";

export const dataSource: Reader<DataSource> = callOf<DataSource>({
  jsonl: fileSource("jsonl"),
  csv: fileSource("csv"),
  tsv: fileSource("tsv"),
  parquet: fileSource("parquet"),
  hub: hubSource,
});

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
