// Writes a plan's script to disk, as `.ts` to read and `.mjs` to run.

import { mkdir, rename, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { emit } from "../compile.ts";
import type { ScriptText } from "../emit/print-script.ts";
import type { Plan } from "../plan/plan.ts";
import { FileError } from "./command.ts";
import { packageVersion } from "./package-version.ts";

/** The script as it would stand in `folder`: files that the program names are found from there. */
export function scriptFor(plan: Plan, folder: string): Promise<ScriptText> {
  const fromHere = relative(process.cwd(), resolve(folder)).replaceAll("\\", "/");
  return emit(plan, { folder: fromHere === "" ? "." : fromHere, version: packageVersion() });
}

/** Writes `<folder>/<name>.ts` and `.mjs`, each whole or not at all. Returns their paths. */
export async function writeScript(
  plan: Plan,
  folder: string,
  name: string,
): Promise<{ readonly typescript: string; readonly javascript: string }> {
  const script = await scriptFor(plan, folder);
  const typescript = join(folder, `${name}.ts`);
  const javascript = join(folder, `${name}.mjs`);
  await makeFolder(folder);
  await writeWhole(typescript, script.typescript);
  await writeWhole(javascript, script.javascript);
  return { typescript, javascript };
}

/** The file appears whole or not at all. Throws a FileError that names it. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const partial = join(dirname(path), `.${process.pid}.partial`);
  try {
    await writeFile(partial, text);
    await rename(partial, path);
  } catch (error) {
    throw new FileError(`cannot write ${path}: ${reasonOf(error)}`);
  }
}

/**
 * The folder and those above it that are missing, one after the other: Node's own recursive way never returns where a
 * file system answers "no such folder" for a folder that is there, as /proc does.
 */
export async function makeFolder(folder: string): Promise<void> {
  if (await makeOne(folder)) return;
  if (dirname(folder) !== folder) await makeFolder(dirname(folder));
  if (!(await makeOne(folder))) throw new FileError(`cannot make the folder ${folder}`);
}

/** False when the folder above it is missing. */
async function makeOne(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
    return true;
  } catch (error) {
    const isThere = await stat(folder).then(
      (found) => found.isDirectory(),
      () => false,
    );
    if (isThere) return true;
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw new FileError(`cannot make the folder ${folder}: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
