// What the README shows is what the project does.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { main } from "../src/cli/main.ts";
import { check } from "../src/compile.ts";
import { renderDiagnostic } from "../src/diagnostics/render.ts";
import { memoryHost, nodeHost } from "../src/host.ts";
import { renderPlans } from "../src/plan/render-family.ts";

const readme = readFileSync("README.md", "utf8");

/** The fenced blocks of a language, in order. */
function blocks(language: string): readonly string[] {
  const fences = readme.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"));
  return [...fences].map((match) => match[1] ?? "");
}

test("it opens with the two commands", () => {
  const manifest: { scripts: Record<string, string> } = JSON.parse(readFileSync("package.json", "utf8"));
  const commands = blocks("bash")[0] ?? "";
  for (const script of ["quickstart", "test"]) {
    expect(commands).toContain(`npm ci && npm ${script === "test" ? script : `run ${script}`}`);
    expect(manifest.scripts).toHaveProperty(script);
  }
});

test("its first program is the quickstart, and every program in it gives a plan", async () => {
  const programs = blocks("dept");
  expect(programs[0]).toBe(readFileSync("examples/quickstart.dept", "utf8"));
  for (const program of programs) {
    const { plans, diagnostics } = await check(
      "readme.dept",
      memoryHost({ "readme.dept": program }, nodeHost()),
    );
    expect(diagnostics).toEqual([]);
    expect(plans.length).toBeGreaterThan(0);
  }
});

test("its plan, its refusal and its script are what the compiler says", async () => {
  const { plans } = await check("examples/quickstart.dept", nodeHost());
  expect(blocks("text")[0]).toBe(renderPlans(plans).trimEnd() + "\n");

  const refused = readFileSync("test/scenarios/multirc-over-budget/main.dept", "utf8");
  const { diagnostics } = await check("multirc.dept", memoryHost({ "multirc.dept": refused }, nodeHost()));
  expect(blocks("text")[1]).toBe(
    diagnostics.map((each) => renderDiagnostic(each, { color: false })).join(""),
  );

  expect(readFileSync("examples/compiled/quickstart.ts", "utf8")).toContain(blocks("ts")[0]);
});

test("it lists every command", async () => {
  let help = "";
  const write = (text: string) => void (help += text);
  await main(["--help"], { host: nodeHost(), out: write, err: write, color: false });
  const commands = [...help.matchAll(/^ {2}([a-z]+) {2,}/gm)].map((match) => match[1]);
  expect(commands.length).toBeGreaterThan(5);
  for (const command of commands) expect(readme).toContain(`| \`dept ${command} `);
});

test("the pages and pictures it names exist", () => {
  const links = [...readme.matchAll(/\]\(([^)#:]+)\)/g)].map((match) => match[1] ?? "");
  expect(links.length).toBeGreaterThan(5);
  for (const link of links) expect(() => readFileSync(link), link).not.toThrow();
});
