// Generated files are committed: generating them again changes nothing.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { catalog } from "../src/diagnostics/catalog.ts";

interface DiagnosticsGenerator {
  diagnosticsPage(entries: typeof catalog): Promise<string>;
}

interface GrammarGenerator {
  generateGrammar(): Promise<Readonly<Record<string, string>>>;
}

/** The tools are plain JavaScript without declarations. */
const tool = (name: string): Promise<unknown> => import(new URL(`../tools/${name}`, import.meta.url).href);

test("docs/diagnostics.md is the catalogue's page; if not: npm run generate", async () => {
  const { diagnosticsPage } = (await tool("generate-diagnostics.js")) as DiagnosticsGenerator;
  expect(readFileSync("docs/diagnostics.md", "utf8")).toBe(await diagnosticsPage(catalog));
});

test("the grammar's files are the parser's; if not: npm run generate", async () => {
  const { generateGrammar } = (await tool("generate-grammar.js")) as GrammarGenerator;
  const files = Object.entries(await generateGrammar());
  expect(files.length).toBeGreaterThan(1);
  for (const [path, text] of files) expect(readFileSync(path, "utf8"), path).toBe(text);
});
