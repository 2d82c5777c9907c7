// Every example compiles without a word, its script is the recorded one, and it trains what its plan says.

import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { check, emit } from "../src/compile.ts";
import { nodeHost } from "../src/host.ts";

const run = promisify(execFile);
const names = readdirSync("examples")
  .filter((file) => file.endsWith(".dept"))
  .map((file) => file.slice(0, -".dept".length));

async function compileExample(name: string) {
  const { plans, diagnostics } = await check(`examples/${name}.dept`, nodeHost());
  const [plan] = plans;
  if (!plan) throw new Error(`examples/${name}.dept gives no plan`);
  return { plan, diagnostics, script: await emit(plan, { folder: "examples/compiled", version: "0.1.0" }) };
}

test.each(names)("examples/%s.dept gives the recorded script", async (name) => {
  const { diagnostics, script } = await compileExample(name);
  expect(diagnostics).toEqual([]);
  await expect(script.typescript).toMatchFileSnapshot(`../examples/compiled/${name}.ts`);
  await expect(script.javascript).toMatchFileSnapshot(`../examples/compiled/${name}.mjs`);
});

test.each(names)(
  "the script of examples/%s.dept trains exactly the plan's tensors",
  async (name) => {
    const { plan } = await compileExample(name);
    const runs = mkdtempSync(join(tmpdir(), "dept-example-"));
    try {
      const script = `examples/compiled/${name}.mjs`;
      await run(process.execPath, [script, "--steps", "2", "--runs", runs, "--backend", "wasm"]);
      const folder = join(runs, plan.tune.name, "1");
      const manifest: Manifest = JSON.parse(readFileSync(join(folder, "adapter.json"), "utf8"));
      const shapes = Object.fromEntries(manifest.tensors.map((tensor) => [tensor.name, tensor.shape]));
      expect(shapes).toEqual(Object.fromEntries(plan.tensors.map((tensor) => [tensor.name, tensor.shape])));
      expect(manifest.trained).toBe(plan.trained);
    } finally {
      rmSync(runs, { recursive: true });
    }
  },
  120_000,
);

interface Manifest {
  readonly trained: number;
  readonly tensors: readonly { readonly name: string; readonly shape: readonly number[] }[];
}
