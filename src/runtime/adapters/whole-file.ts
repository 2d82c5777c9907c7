// A text file that appears whole or not at all.

import { renameSync, rmSync, writeFileSync } from "node:fs";
import { messageOf, OperationalError } from "../operational-error.ts";

/** Writes beside the file and renames. Throws an OperationalError when the folder or the disk refuses. */
export function writeWholeFile(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw new OperationalError(`${file} cannot be written: ${messageOf(error)}`);
  }
}
