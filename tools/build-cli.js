// Bundles the command line into dist/cli: one small file to start from, and chunks for what only some commands need.
import { rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = new URL("../", import.meta.url);

/** Loaded from node_modules when a command first needs them: bundling them would only make a second copy. */
const lazy = ["prettier", "prettier/*", "ts-morph", "typescript"];

/** Chevrotain takes 0.35 s to import as it ships and 0.01 s from here. */
export async function buildCli() {
  const outdir = fileURLToPath(new URL("dist/cli", root));
  rmSync(outdir, { recursive: true, force: true });
  await build({
    entryPoints: { dept: fileURLToPath(new URL("src/cli/bin.ts", root)) },
    outdir,
    bundle: true,
    splitting: true,
    minifySyntax: true,
    minifyWhitespace: true,
    chunkNames: "[name]-[hash]",
    format: "esm",
    platform: "node",
    target: "node20",
    external: [...lazy, "dept-lang/*", "#*"],
    logLevel: "warning",
  });
}
