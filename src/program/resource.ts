// Files that a program names: paths are relative to the file that names them.

import { posix } from "node:path";
import { isStandard } from "../host.ts";
import type { Call } from "../syntax/ast.ts";
import type { Resource } from "./program.ts";
import { argumentsOf, callOf, type Reader, text } from "./read-value.ts";
import { type Context, placeOf } from "./scope.ts";

/** The one text argument of `jsonl("…")`, `folder("…")`, `hub("…")`. */
export function soleText(call: Call, context: Context, parameter: string): string | undefined {
  const argument = argumentsOf(call, context, [parameter]).get(parameter);
  if (argument) return text(argument.value, context, parameter);
  context.found.report("program/missing-argument", placeOf(context, call), {
    callee: call.callee.text,
    name: parameter,
  });
  return undefined;
}

/** A path as written in a file: inside the standard library when the file is, or when it begins with `std/`. */
export function resourceAt(context: Context, written: string): Resource {
  return resourceBeside(context.document.source.path, written);
}

/** `resourceAt` for the file at `beside`. */
export function resourceBeside(beside: string, written: string): Resource {
  const path =
    isStandard(written) || posix.isAbsolute(written) ? written : posix.join(posix.dirname(beside), written);
  return isStandard(path) ? { kind: "stdlib", path: path.slice("std/".length) } : { kind: "file", path };
}

/** `folder("checkpoints/t5")` on disk, or `hub("google-t5/t5-base")` in the Hugging Face cache. */
export const checkpoint: Reader<Resource> = callOf<Resource>({
  folder: (call, context) => {
    const path = soleText(call, context, "path");
    return path === undefined ? undefined : resourceAt(context, path);
  },
  hub: (call, context) => {
    const path = soleText(call, context, "repository");
    return path === undefined ? undefined : { kind: "hub", path };
  },
});
