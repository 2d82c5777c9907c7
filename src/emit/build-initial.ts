// First values and files as the script writes them down.

import { posix } from "node:path";
import type { Initial, Projection } from "../graph/graph.ts";
import type { Quantity } from "../graph/quantity.ts";
import type { Resource } from "../program/program.ts";
import { call, type Code, list, name, number, text } from "./script.ts";
import { axisOrArgument } from "./size-code.ts";

/** Where the script will stand, and who writes it: both are printed in it. */
export interface ScriptPlace {
  /** Folder of the script, relative to where the compiler runs; files that the program names are found from here. */
  readonly folder: string;
  /** Version of the compiler. */
  readonly version: string;
}

/** `normal([rank, d], 1)`. */
export function initialCode(initial: Initial, shape: Code, place: ScriptPlace): Code {
  switch (initial.kind) {
    case "normal":
      return call("normal", shape, quantityCode(initial.std));
    case "uniform":
      return call("uniform", shape, quantityCode(initial.bound));
    case "kaimingUniform":
      return call("kaimingUniform", shape, ...(initial.fan ? [text(initial.fan)] : []));
    case "text":
      return call("text", shape, text(initial.text));
    case "adapter": {
      const files = initial.files.map((file) => resource(file, place));
      const [first] = files;
      return call(
        "adapter",
        shape,
        first && files.length === 1 ? first : list(...files),
        text(initial.tensor),
      );
    }
    default:
      return call(initial.kind, shape);
  }
}

/** `ball(0.1)`. */
export function projectionCode({ kind, radius }: Projection): Code {
  return call(kind, quantityCode(radius));
}

/** `1 / Math.sqrt(rank)`. */
export function quantityCode(quantity: Quantity): Code {
  if (typeof quantity === "number") return number(quantity);
  if ("symbol" in quantity) return name(axisOrArgument(quantity.symbol));
  if ("sqrt" in quantity) return call("Math.sqrt", quantityCode(quantity.sqrt));
  const { operator, left, right } = quantity;
  return { kind: "binary", operator, left: quantityCode(left), right: quantityCode(right) };
}

/** A file as the script finds it: in the standard library, in the hub's cache, or relative to the script. */
export function resource({ kind, path }: Resource, { folder }: ScriptPlace): Code {
  if (kind === "stdlib") return call("stdlib", text(path));
  if (kind === "hub") return { kind: "await", value: call("hub", text(path)) };
  const relative = posix.isAbsolute(path) ? path : posix.relative(folder, path);
  return call(
    "new URL",
    text(relative.startsWith(".") || posix.isAbsolute(relative) ? relative : `./${relative}`),
    name("import.meta.url"),
  );
}
