// A command's arguments, read by Node's own parser; its errors become usage errors in our words.

import { parseArgs, type ParseArgsConfig } from "node:util";
import { nearestWord } from "../diagnostics/nearest-word.ts";
import { UsageError } from "./command.ts";

type Options = NonNullable<ParseArgsConfig["options"]>;

type Parsed<O extends Options> = ReturnType<typeof parseArgs<Config<O>>>;

interface Config<O extends Options> {
  args: string[];
  options: O;
  allowPositionals: true;
  strict: true;
}

export function readArguments<const O extends Options>(args: readonly string[], options: O): Parsed<O> {
  try {
    return parseArgs<Config<O>>({
      args: [...args],
      options,
      allowPositionals: true,
      strict: true,
    });
  } catch (error) {
    throw new UsageError(explain(error, Object.keys(options)));
  }
}

function explain(error: unknown, known: readonly string[]): string {
  const message = error instanceof Error ? error.message : String(error);
  const unknown = /Unknown option '(-{1,2}[^']+)'/.exec(message)?.[1];
  if (unknown === undefined) return message;
  const nearest = nearestWord(unknown.replace(/^-+/, ""), known);
  return `unknown option ${unknown}${nearest ? `; did you mean --${nearest}?` : ""}`;
}

/** The `.dept` files a command works on, each once. */
export function severalFiles(positionals: readonly string[]): readonly string[] {
  if (positionals.length === 0) throw new UsageError("which file? give the path of a .dept file");
  return [...new Set(positionals)];
}

/** The one `.dept` file a command works on. */
export function soleFile(positionals: readonly string[]): string {
  const [file, ...others] = positionals;
  if (file === undefined) throw new UsageError("which file? give the path of a .dept file");
  if (others.length > 0) throw new UsageError(`one file at a time; also given: ${others.join(" ")}`);
  return file;
}
