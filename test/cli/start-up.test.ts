// `dept check` starts from one bundled file and loads nothing heavy: told by what is loaded, not by a clock.

import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const run = promisify(execFile);
const cli = "dist/cli/dept.js";

/** Every file the process loads, ES modules by a loader hook and CommonJS by its cache, from the package's root. */
async function loadedBy(...args: readonly string[]): Promise<readonly string[]> {
  const folder = mkdtempSync(join(tmpdir(), "dept-loaded-"));
  const [list, hooks, preload] = ["list", "hooks.mjs", "preload.mjs"].map((name) => join(folder, name));
  if (!list || !hooks || !preload) throw new Error("no folder");
  const log = `(urls) => appendFileSync(${JSON.stringify(list)}, urls.map((url) => url + "\\n").join(""))`;
  writeFileSync(
    hooks,
    `import { appendFileSync } from "node:fs";
    const log = ${log};
    export function load(url, context, next) { log([url]); return next(url, context); }`,
  );
  writeFileSync(
    preload,
    `import { appendFileSync } from "node:fs";
    import { createRequire, register } from "node:module";
    import { pathToFileURL } from "node:url";
    const log = ${log};
    const { cache } = createRequire(import.meta.url);
    process.on("exit", () => log(Object.keys(cache).map((path) => pathToFileURL(path).href)));
    register(${JSON.stringify(pathToFileURL(hooks).href)});`,
  );
  try {
    await run(process.execPath, ["--import", pathToFileURL(preload).href, cli, ...args]);
    const urls = readFileSync(list, "utf8").trim().split("\n");
    const files = urls.filter((url) => url.startsWith("file:")).map((url) => fileURLToPath(url));
    return [...new Set(files)]
      .map((file) => relative(process.cwd(), file))
      .filter((file) => file !== preload);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const isOwn = (file: string): boolean => file.startsWith("dist/cli/");
const heavy = /node_modules\/|tfjs|ts-morph|prettier|typescript|print-script/;

test("dept check loads no dependency, no runtime and no printer", async () => {
  const loaded = await loadedBy("check", "examples/quickstart.dept");
  expect(loaded).toContain(cli);
  expect(loaded.filter((file) => heavy.test(file))).toEqual([]);
  expect(loaded.filter((file) => !isOwn(file) && !file.includes("dept-loaded-"))).toEqual([]);
});

test("dept plan, too, goes without them; dept compile loads them when it prints", async () => {
  expect((await loadedBy("plan", "examples/quickstart.dept")).filter((file) => heavy.test(file))).toEqual([]);
  const compiling = await loadedBy("compile", "examples/quickstart.dept");
  expect(compiling.some((file) => file.includes("print-script"))).toBe(true);
  expect(compiling.some((file) => file.includes("node_modules/"))).toBe(true);
});

test("the bundled command line checks, compiles and explains as the sources do", async () => {
  const checked = await run(process.execPath, [cli, "check", "examples/quickstart.dept"]);
  expect(checked.stdout).toBe("examples/quickstart.dept: no mistakes; ready to run: quickstart\n");
  const compiled = await run(process.execPath, [cli, "compile", "examples/quickstart.dept"]);
  expect(compiled.stdout).toContain('from "dept-lang/runtime"');
  const version = await run(process.execPath, [cli, "--version"]);
  const manifest: { version: string } = JSON.parse(readFileSync("package.json", "utf8"));
  expect(version.stdout).toBe(`${manifest.version}\n`);
});
