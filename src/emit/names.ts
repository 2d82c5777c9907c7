// Names in the emitted script: the user's own, with a role added where one is taken.

import { runtimeNames } from "./runtime-names.ts";

/** Words of JavaScript and TypeScript that no variable can be called. */
const words = (
  "await break case catch class const continue debugger default delete do else enum export extends false finally for " +
  "function if implements import in instanceof interface let new null package private protected public return static " +
  "super switch this throw true try typeof var void while with yield arguments eval undefined NaN Infinity"
).split(" ");

/** What every script declares itself. */
const own = [
  "backbone",
  "task",
  "parameters",
  "constants",
  "mask",
  "ids",
  "tokens",
  "seed",
  "d",
  "s",
  "n",
  "Math",
  "URL",
  "Inside",
  "Tensor3D",
  "TensorsOf",
  "Words",
];

const taken = new Set<string>([...words, ...own, ...runtimeNames]);

/** `fit` as a method becomes `fitMethod`; a name that is free stays as it is. Never numbered, so it is stable. */
export function freeName(
  name: string,
  role: "Method" | "Tensor" | "Input" | "Value" | "Argument" | "Size",
): string {
  return taken.has(name) ? `${name}${role}` : name;
}
