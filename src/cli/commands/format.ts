// `dept fmt FILE…`: the language's one style.

import { renderDiagnostic } from "../../diagnostics/render.ts";
import { type Command, exit, UsageError } from "../command.ts";
import { readArguments } from "../read-arguments.ts";
import { writeWhole } from "../write-script.ts";

export const formatCommand: Command = {
  help: `Usage: dept fmt FILE… [--check]

Rewrites each FILE in the language's one style. Comments stay where they are; what the program says does not change. A file
with a syntax error is left as it is.

  --check   write nothing; list the files that would change, and fail if there are any

Example: dept fmt examples/*.dept`,
  async run(args, terminal) {
    const { values, positionals } = readArguments(args, { check: { type: "boolean" } });
    if (positionals.length === 0) throw new UsageError("which files? give the paths of .dept files");
    const { format, FormatRefused } = await import("../../prettier/format.ts");
    let failed = false;
    for (const file of positionals) {
      const text = await terminal.host.read(file.replaceAll("\\", "/"));
      if (text === undefined) throw new UsageError(`there is no file ${file}`);
      try {
        const formatted = await format(text, file);
        if (formatted === text) continue;
        if (!values.check) await writeWhole(file, formatted);
        failed ||= values.check === true;
        terminal.out(`${file}\n`);
      } catch (error) {
        if (!(error instanceof FormatRefused)) throw error;
        for (const diagnostic of error.diagnostics)
          terminal.err(renderDiagnostic(diagnostic, terminal) + "\n");
        failed = true;
      }
    }
    return failed ? exit.failed : exit.done;
  },
};
