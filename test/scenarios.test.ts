// Every folder of test/scenarios with a main.dept is a test. `vitest -u` records; the files are there to be read.

import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { Project, ts } from "ts-morph";
import { expect, test } from "vitest";
import { check, emit } from "../src/compile.ts";
import { catalog } from "../src/diagnostics/catalog.ts";
import { renderDiagnostic } from "../src/diagnostics/render.ts";
import { nodeHost } from "../src/host.ts";
import { checkGradients } from "../src/plan/check-device.ts";
import type { GradientTable } from "../src/plan/missing-gradients.ts";
import { renderPlan } from "../src/plan/render-plan.ts";

const root = "test/scenarios";
const folders = readdirSync(root).filter((name) => readdirSync(join(root, name)).includes("main.dept"));

const run = promisify(execFile);

/** What the folder's own command says on stderr, where it has one: `data`, `plan --device gpu:1GB`. */
async function saidByCommand(folder: string): Promise<string | undefined> {
  if (!readdirSync(folder).includes("command.txt")) return undefined;
  const [command = "", ...options] = readFileSync(join(folder, "command.txt"), "utf8").trim().split(/\s+/);
  const args = ["dist/cli/dept.js", command, join(folder, "main.dept"), ...options];
  return run(process.execPath, args).then(
    ({ stderr }) => stderr,
    (error: { stderr: string }) => error.stderr,
  );
}

/** What a folder's program gives; paths are as a user in the project's folder would see them. */
async function compileFolder(name: string) {
  const folder = join(root, name);
  const { plans, found, ...checked } = await check(join(folder, "main.dept"), nodeHost());
  if (readdirSync(folder).includes("gradients.json")) {
    // A table of trials that no backend gives today.
    const table: GradientTable = JSON.parse(readFileSync(join(folder, "gradients.json"), "utf8"));
    for (const plan of plans) checkGradients(plan, "webgpu", found, table);
  }
  const diagnostics = found.inSourceOrder();
  expect(diagnostics).toEqual(expect.arrayContaining([...checked.diagnostics]));
  const scripts = await Promise.all(plans.map((plan) => emit(plan, { folder, version: "0.0.0" })));
  return { folder, plans, diagnostics, scripts };
}

test.each(folders)("%s gives what was recorded", async (name) => {
  const { folder, plans, diagnostics, scripts } = await compileFolder(name);
  const said = await saidByCommand(folder);
  if (diagnostics.length > 0 || said) {
    const text = diagnostics.map((each) => renderDiagnostic(each, { color: false })).join("\n");
    await expect(said ?? text).toMatchFileSnapshot(join("..", folder, "diagnostics.txt"));
  }
  if (plans.length > 0) {
    await expect(plans.map(renderPlan).join("\n")).toMatchFileSnapshot(join("..", folder, "plan.txt"));
  }
  for (const [index, script] of scripts.entries()) {
    const file = scripts.length === 1 ? "expected.ts" : `expected-${plans[index]?.tune.name}.ts`;
    await expect(script.typescript).toMatchFileSnapshot(join("..", folder, file));
  }
  const recorded = readdirSync(folder);
  expect(recorded.includes("diagnostics.txt")).toBe(diagnostics.length > 0 || Boolean(said));
  expect(recorded.includes("plan.txt")).toBe(plans.length > 0);
});

test("compiling twice gives the same bytes, and formatting the output changes nothing", async () => {
  const { format } = await import("prettier");
  const [first, second] = [await compileFolder("own-method"), await compileFolder("own-method")];
  expect(second.scripts).toEqual(first.scripts);
  const script = first.scripts[0]?.typescript ?? "";
  expect(await format(script, { parser: "typescript", printWidth: 88 })).toBe(script);
});

test("every recorded script type-checks, without an unused name", () => {
  const project = new Project({ tsConfigFilePath: "tsconfig.json", skipAddingFilesFromTsConfig: true });
  project.compilerOptions.set({
    paths: { "dept-lang/runtime": ["./src/runtime/index.ts"] },
    noUnusedLocals: true,
    noUnusedParameters: true,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
  });
  const files = project.addSourceFilesAtPaths([
    `${root}/*/expected*.ts`,
    `${root}/*/expected*/*.ts`,
    "examples/compiled/*.ts",
  ]);
  expect(files.length).toBeGreaterThan(5);
  const problems = files.flatMap((file) => file.getPreEmitDiagnostics());
  expect(project.formatDiagnosticsWithColorAndContext(problems)).toBe("");
});

test("every code of the catalogue has a scenario that shows it", () => {
  const shown = folders
    .filter((name) => readdirSync(join(root, name)).includes("diagnostics.txt"))
    .map((name) => readFileSync(join(root, name, "diagnostics.txt"), "utf8"))
    .join("\n");
  const missing = Object.keys(catalog).filter((code) => !shown.includes(` ${code}: `));
  expect(missing).toEqual([]);
});

/** Every script of a folder whose programs are on the embedded backbone or on one of the fixtures; of a sweep the first. */
const runnable = folders.flatMap((name) => {
  const program = readFileSync(join(root, name, "main.dept"), "utf8");
  if (!/wordnet_t5|fixtures\/tiny/.test(program)) return [];
  const scripts = readdirSync(join(root, name), { recursive: true, encoding: "utf8" })
    .map((file) => file.replaceAll("\\", "/"))
    .filter((file) => /^expected.*\.ts$/.test(file))
    .sort();
  const sweeps = new Set<string>();
  return scripts
    .filter((file) => {
      const [family = "", point] = file.split("/");
      if (!point?.includes("=")) return true;
      return !sweeps.has(family) && sweeps.add(family);
    })
    .map((file) => [name, file] as const);
});

test.each(runnable)("the script %s/%s trains two steps", async (name, file) => {
  const { folder, ...all } = await compileFolder(name);
  const tune = /^expected-(.+)\.ts$/.exec(file)?.[1];
  const index = tune === undefined ? 0 : all.plans.findIndex((plan) => plan.tune.name === tune);
  const [plan, compiled] = [all.plans[index], all.scripts[index]];
  const runs = mkdtempSync(join(tmpdir(), "dept-scenario-"));
  // Beside its program, as the recorded script says where its data lies.
  const script = join(folder, `.${name}.${(tune ?? "only").replaceAll("/", "-")}.run.mjs`);
  writeFileSync(script, compiled?.javascript ?? "");
  try {
    await run(process.execPath, [script, "--steps", "2", "--runs", runs, "--backend", "wasm"]);
    const manifest: { trained: number } = JSON.parse(
      readFileSync(join(runs, plan?.tune.name ?? "", "1", "adapter.json"), "utf8"),
    );
    expect(manifest.trained).toBe(plan?.trained);
  } finally {
    rmSync(script);
    rmSync(runs, { recursive: true });
  }
});
