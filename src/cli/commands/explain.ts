// `dept explain CODE`: the catalogue's entry of a diagnostic.

import { catalog, type Code, entryOf, isCode, isConfigurable } from "../../diagnostics/catalog.ts";
import { nearestWord } from "../../diagnostics/nearest-word.ts";
import { type Command, exit, UsageError } from "../command.ts";
import { readArguments } from "../read-arguments.ts";

export const explainCommand: Command = {
  help: `Usage: dept explain [CODE]

Prints what a diagnostic says, what to do about it and why the rule exists; without CODE, all codes.

Example: dept explain plan/over-budget`,
  async run(args, terminal) {
    const [code, ...others] = readArguments(args, {}).positionals;
    if (others.length > 0) throw new UsageError("one code at a time");
    if (code === undefined) {
      terminal.out(Object.keys(catalog).join("\n") + "\n");
      return exit.done;
    }
    if (!isCode(code)) {
      const nearest = nearestWord(code, Object.keys(catalog));
      throw new UsageError(`there is no code ${code}${nearest ? `; did you mean ${nearest}?` : ""}`);
    }
    terminal.out(explanation(code));
    return exit.done;
  },
};

/** `{name}` in a message stands for what the diagnostic fills in. */
function explanation(code: Code): string {
  const entry = entryOf(code);
  const help = entry.help === undefined ? [] : [`  What to do: ${entry.help}`];
  const fixed = isConfigurable(code) ? "" : "   (cannot be lowered)";
  const head = [`${entry.severity} ${code}${fixed}`, "", `  ${entry.message}`, ""];
  return [...head, ...help, `  Why: ${entry.why}`, ""].join("\n");
}
