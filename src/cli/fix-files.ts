// Applies safe fixes to files until there are none left.

import type { Checked } from "../compile.ts";
import { applyFixes, type FixedText } from "../diagnostics/apply-fixes.ts";
import { isStandard } from "../host.ts";
import { positionAt } from "../source/source-text.ts";
import { checkFiles } from "./checked-file.ts";
import { type Terminal, UsageError } from "./command.ts";

/** A mended slip can uncover the next mistake; a fix that brings its own mistake back must not run forever. */
const mostRounds = 10;

/** Says on stderr what was changed where; what is left is for the caller to print. */
export async function fixFiles(
  files: readonly string[],
  terminal: Terminal,
): Promise<Omit<Checked, "found">> {
  let checked = await checkFiles(files, terminal);
  for (let round = 0; round < mostRounds; round++) {
    const fixed = applyFixes(checked.diagnostics, (path) => !isStandard(path));
    if (fixed.length === 0) break;
    for (const each of fixed) await writeFixed(each, terminal);
    checked = await checkFiles(files, terminal);
  }
  return checked;
}

async function writeFixed({ source, text, applied }: FixedText, { host, err }: Terminal): Promise<void> {
  if (!host.write) throw new UsageError("files cannot be written here");
  if ((await host.read(source.path)) !== source.text)
    throw new UsageError(`${source.path} was changed by someone else meanwhile; nothing was written to it`);
  await host.write(source.path, text);
  for (const { diagnostic, fix } of applied) {
    const { line, column } = positionAt(source, fix.edits[0]?.place.span.start ?? 0);
    err(`fixed ${source.path}:${line}:${column} ${diagnostic.code}: ${fix.title}\n`);
  }
}
