// Writes a plan's script to disk, as `.ts` to read and `.mjs` to run.

import { mkdir, rename, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { emit } from "../compile.ts";
import type { ScriptText } from "../emit/print-script.ts";
import type { Plan } from "../plan/plan.ts";
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
  await mkdir(folder, { recursive: true });
  await writeWhole(typescript, script.typescript);
  await writeWhole(javascript, script.javascript);
  return { typescript, javascript };
}

/** The file appears whole or not at all. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const partial = join(dirname(path), `.${process.pid}.partial`);
  await writeFile(partial, text);
  await rename(partial, path);
}
