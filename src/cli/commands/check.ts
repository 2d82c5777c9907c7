// `dept check FILE…`: proves what can be proved before a weight is loaded.

import type { Checked } from "../../compile.ts";
import { diagnosticsAsJson } from "../../diagnostics/diagnostic-json.ts";
import { diagnosticsAsSarif } from "../../diagnostics/sarif.ts";
import { checkFiles, hasErrors, printDiagnostics } from "../checked-file.ts";
import { type Command, exit, type Terminal, UsageError } from "../command.ts";
import { fixFiles } from "../fix-files.ts";
import { packageVersion } from "../package-version.ts";
import { readArguments, severalFiles } from "../read-arguments.ts";

const formats = ["text", "json", "sarif"] as const;
type Format = (typeof formats)[number];

export const checkCommand: Command = {
  help: `Usage: dept check FILE… [--strict] [--fix] [--json | --format sarif]

Checks each FILE and everything it imports: names, settings, shapes, learning-rate groups and the parameter budget.
Nothing is loaded or downloaded. Every mistake is printed at its place, with what to do about it.

  --strict          warnings count as errors
  --fix             apply the fixes that restore what was plainly meant, and print what is left
  --format FORMAT   text (default, on stderr), or on stdout: json, sarif (2.1.0)
  --json            the same as --format json

Severities are set in dept.json or package.json#dept: { "rules": { "plan/learning-rate-range": "off" } }.
A line is excused by a comment on it or above it: // dept-ignore CODE: reason

Example: dept check examples/quickstart.dept`,
  async run(args, terminal) {
    const { values, positionals } = readArguments(args, {
      strict: { type: "boolean" },
      fix: { type: "boolean" },
      json: { type: "boolean" },
      format: { type: "string" },
    });
    const files = severalFiles(positionals);
    const format = chosenFormat(values.format, values.json);
    const checked = await (values.fix ? fixFiles(files, terminal) : checkFiles(files, terminal));
    const failed = hasErrors(checked.diagnostics, values.strict);
    print(format, files, checked, terminal, failed);
    return failed ? exit.failed : exit.done;
  },
};

function chosenFormat(format: string | undefined, json: boolean | undefined): Format {
  const wanted = format ?? (json ? "json" : "text");
  const known = formats.find((each) => each === wanted);
  if (known === undefined || (json && known !== "json"))
    throw new UsageError(`--format is one of ${formats.join(", ")}`);
  return known;
}

function print(
  format: Format,
  files: readonly string[],
  { plans, diagnostics }: Omit<Checked, "found">,
  terminal: Terminal,
  failed: boolean,
): void {
  if (format === "json") terminal.out(asText(diagnosticsAsJson(files, diagnostics)));
  else if (format === "sarif") terminal.out(asText(diagnosticsAsSarif(diagnostics, packageVersion())));
  else {
    printDiagnostics(files, diagnostics, terminal);
    if (failed) return;
    const ready = plans.map((plan) => plan.tune.name).join(", ");
    const what = diagnostics.length > 0 ? "no errors" : "no mistakes";
    terminal.out(`${files.join(", ")}: ${what}${ready === "" ? "" : `; ready to run: ${ready}`}\n`);
  }
}

function asText(value: object): string {
  return JSON.stringify(value, undefined, 2) + "\n";
}
