import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { transformSync } from "esbuild";
import { expect, test } from "vitest";

/** Runs a program that has the names of operational-error.ts, in a Node of its own. */
function run(program: string) {
  const source = readFileSync(new URL("../../src/runtime/operational-error.ts", import.meta.url), "utf8");
  const { code } = transformSync(`${source}\n${program}`, { loader: "ts", format: "esm" });
  return spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
}

test("an operational error ends a script with its message, without a stack, and exit code 1", () => {
  const { status, stderr, stdout } = run(`
    reportOperationalErrors();
    await Promise.resolve();
    throw new OperationalError("model.safetensors: no such file");`);
  expect([status, stderr, stdout]).toEqual([1, "error: model.safetensors: no such file\n", ""]);
});

test("any other error keeps its stack", () => {
  const { status, stderr } = run(`reportOperationalErrors(); throw new TypeError("a broken invariant");`);
  expect(status).toBe(1);
  expect(stderr).toMatch(/TypeError: a broken invariant\n\s+at /);
});

test("an operational error that is caught stays with who caught it", () => {
  const { status, stdout } = run(`
    reportOperationalErrors();
    try { throw new OperationalError("x"); } catch (error) { console.log(messageOf(error), error.name); }`);
  expect([status, stdout]).toEqual([0, "x OperationalError\n"]);
});
