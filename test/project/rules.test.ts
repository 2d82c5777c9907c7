import { expect, test } from "vitest";
import { check } from "../../src/compile.ts";
import { applyFixes } from "../../src/diagnostics/apply-fixes.ts";
import { catalog, type Code, isConfigurable } from "../../src/diagnostics/catalog.ts";
import { type Host, memoryHost, nodeHost } from "../../src/host.ts";
import { tuneText } from "../support/check-text.ts";

const timid = tuneText({
  method: "dept(length = 10, rank = 8)",
  groups: "group prompt { lr = 1e-3 } group pair { lr = 5e-3 }",
});
const range = "plan/learning-rate-range";
const rules = (settings: object) => JSON.stringify({ rules: settings });

async function codes(path: string, files: Readonly<Record<string, string>>, extra: Partial<Host> = {}) {
  const { diagnostics, plans } = await check(path, { ...memoryHost(files, nodeHost()), ...extra });
  return [plans.length, ...diagnostics.map(({ severity, code }) => `${severity} ${code}`)];
}

test("a warning is off, or an error that leaves no plan", async () => {
  expect(await codes("a.dept", { "a.dept": timid })).toEqual([1, `warning ${range}`]);
  const off = { "a.dept": timid, "dept.json": rules({ [range]: "off" }) };
  expect(await codes("a.dept", off)).toEqual([1]);
  const error = { "a.dept": timid, "dept.json": rules({ [range]: "error" }) };
  expect(await codes("a.dept", error)).toEqual([0, `error ${range}`]);
});

test("the nearest settings hold, whole; dept.json comes before package.json", async () => {
  const files = {
    "one/two/a.dept": timid,
    "dept.json": rules({ [range]: "off" }),
    "one/package.json": JSON.stringify({ name: "mine" }),
  };
  expect(await codes("one/two/a.dept", files)).toEqual([1]);
  const nearer = { ...files, "one/package.json": JSON.stringify({ dept: { rules: { [range]: "error" } } }) };
  expect(await codes("one/two/a.dept", nearer)).toEqual([0, `error ${range}`]);
  expect(await codes("one/two/a.dept", { ...nearer, "one/dept.json": rules({}) })).toEqual([
    1,
    `warning ${range}`,
  ]);
});

test("settings are found above the folder that the compiler runs in, and the search ends", async () => {
  const files = { "a.dept": timid, "../../dept.json": rules({ [range]: "off" }) };
  expect(await codes("a.dept", files, { folder: "/home/me" })).toEqual([1]);
  expect(await codes("a.dept", files, { folder: "/home" })).toEqual([1, `warning ${range}`]);
  expect(
    await codes("/there/a.dept", { "/there/a.dept": timid, "/dept.json": rules({ [range]: "off" }) }),
  ).toEqual([1]);
});

test("every warning can be set, and of the errors only those that are a policy", () => {
  const fixed = (Object.keys(catalog) as Code[]).filter((code) => !isConfigurable(code));
  expect(fixed.filter((code) => catalog[code].severity === "warning")).toEqual([]);
  expect(fixed).toContain("plan/over-budget");
  expect(fixed).toContain("plan/dead-tensor");
  expect(isConfigurable("plan/evaluate-too-rare")).toBe(true);
});

const excused = (comment: string) => timid.replace("group prompt", `\n${comment}\n  group prompt`);

test("an excuse holds for its own line, or for the next that holds more than a comment", async () => {
  const comment = `// dept-ignore ${range}: an ablation`;
  for (const text of [
    excused(comment),
    excused(`${comment}\n\n  // and a remark`),
    timid.replace("} group pair", `} ${comment}\n group pair`),
  ])
    expect(await codes("a.dept", { "a.dept": text })).toEqual([1]);
  expect(await codes("a.dept", { "a.dept": `${comment}\n${timid}` })).toEqual([
    1,
    "warning project/ignore-unused",
    `warning ${range}`,
  ]);
});

test("an excuse counts for the rule that a project turned off", async () => {
  const files = {
    "a.dept": excused(`// dept-ignore ${range}: an ablation`),
    "dept.json": rules({ [range]: "off" }),
  };
  expect(await codes("a.dept", files)).toEqual([1]);
});

test("an unused excuse is reported only when nothing else is wrong, and its fix takes it away", async () => {
  const unused = timid.replace("group pair", "\n  // dept-ignore plan/rank-too-large: no\n  group pair");
  expect(await codes("a.dept", { "a.dept": unused.replace("steps = 100", "stpes = 1") })).toEqual([
    0,
    "error program/missing-setting",
    "error program/unknown-setting",
  ]);
  const { diagnostics } = await check("a.dept", memoryHost({ "a.dept": unused }, nodeHost()));
  const [fixed] = applyFixes(diagnostics, () => true);
  expect(fixed?.text).toBe(timid.replace("group pair", "\n  group pair"));
  const behind = timid.replace("steps = 100 }", "steps = 100 } // dept-ignore plan/rank-too-large: no");
  const found = await check("a.dept", memoryHost({ "a.dept": behind }, nodeHost()));
  expect(applyFixes(found.diagnostics, () => true)[0]?.text).toBe(timid);
});

test("what an imported file excuses is not judged from outside", async () => {
  const files = {
    "a.dept": `import { own } from "./own.dept"\n${timid}`,
    "own.dept": `// dept-ignore ${range}: for its own tunes\nmethod own() { input x: [n, d] output x }`,
  };
  expect(await codes("a.dept", files)).toEqual([1, `warning ${range}`]);
});

test("a broken package.json that says nothing to dept is left alone", async () => {
  expect(await codes("a.dept", { "a.dept": timid, "package.json": "{" })).toEqual([1, `warning ${range}`]);
  expect(await codes("a.dept", { "a.dept": timid, "package.json": '{ "dept": ' })).toEqual([
    1,
    "error project/not-json",
    `warning ${range}`,
  ]);
});

test("an excuse between a declaration and its doc comment takes neither from the other", async () => {
  const text = timid
    .replace("tune it {", `/// What it is for.\n// dept-ignore ${range}: elsewhere\ntune it {`)
    .replace("lr = 1e-3", "lr = 0.3");
  const { plans, diagnostics } = await check("a.dept", memoryHost({ "a.dept": text }, nodeHost()));
  expect([plans[0]?.tune.doc, diagnostics.map(({ code }) => code)]).toEqual([
    "What it is for.",
    ["project/ignore-unused"],
  ]);
});
