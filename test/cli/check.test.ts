import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { applyFixes } from "../../src/diagnostics/apply-fixes.ts";
import { catalog } from "../../src/diagnostics/catalog.ts";
import { type Host, memoryHost, nodeHost } from "../../src/host.ts";
import { checkText, tuneText } from "../support/check-text.ts";

const good = tuneText({ method: "dept(length = 10, rank = auto)", budget: "exactly(2_688)" });
const misspelt = good.replace("steps = 100", "stpes = 100").replace("tune it", "tun it");
const warned = good.replace("lr = 0.3", "lr = 2.0");
const twoMistakes = `${good}\nmethod own(length: int) { param P: [lenth, d] = zeros() group prompt input x: [n, d] output concat(P, x) }`;
const offset = `method own() {
  param A: [s, d] = zeros() group pair
  input x: [n, d]
  output x + A
}`;

function dept(files: Readonly<Record<string, string>>, ...args: readonly string[]) {
  return deptOn(memoryHost(files, nodeHost()), ...args);
}

async function deptOn(host: Host, ...args: readonly string[]) {
  const written = { out: "", err: "" };
  const code = await main(["check", ...args], {
    host,
    out: (text) => void (written.out += text),
    err: (text) => void (written.err += text),
    color: false,
  });
  return { code, host, ...written };
}

test("--json tells code, severity, message, place, related places, help and fixes", async () => {
  const { code, out, err } = await dept({ "a.dept": misspelt }, "a.dept", "--json");
  expect([code, err]).toEqual([1, ""]);
  expect(JSON.parse(out)).toEqual({
    version: 1,
    files: ["a.dept"],
    errors: 1,
    warnings: 0,
    diagnostics: [
      {
        code: "syntax/misspelt",
        severity: "error",
        message: '"tun" is not a keyword; did you mean "tune"?',
        path: "a.dept",
        start: { line: 5, column: 1, offset: misspelt.indexOf("tun it") },
        end: { line: 5, column: 4, offset: misspelt.indexOf("tun it") + 3 },
        related: [],
        help: null,
        fixes: [
          {
            title: 'change it to "tune"',
            safe: true,
            edits: [
              {
                path: "a.dept",
                start: { line: 5, column: 1, offset: misspelt.indexOf("tun it") },
                end: { line: 5, column: 4, offset: misspelt.indexOf("tun it") + 3 },
                text: "tune",
              },
            ],
          },
        ],
      },
    ],
  });
});

test("--json of a program without mistakes is an empty list and a success", async () => {
  const { code, out } = await dept({ "a.dept": good }, "--format", "json", "a.dept");
  expect([code, JSON.parse(out)]).toMatchObject([0, { errors: 0, warnings: 0, diagnostics: [] }]);
});

interface Sarif {
  readonly version: string;
  readonly runs: readonly {
    readonly tool: { readonly driver: { readonly rules: readonly { readonly id: string }[] } };
    readonly results: readonly {
      readonly ruleId: string;
      readonly ruleIndex: number;
      readonly level: string;
      readonly locations: readonly object[];
    }[];
  }[];
}

test("--format sarif names every rule of the catalogue, and each result's place and fixes", async () => {
  const { code, out } = await dept({ "my dir/a.dept": misspelt }, "my dir/a.dept", "--format", "sarif");
  const log: Sarif = JSON.parse(out);
  const [run] = log.runs;
  expect([code, log.version, log.runs.length]).toEqual([1, "2.1.0", 1]);
  expect(run?.tool.driver.rules.map(({ id }) => id)).toEqual(Object.keys(catalog));
  const [result] = run?.results ?? [];
  expect(run?.tool.driver.rules[result?.ruleIndex ?? -1]?.id).toBe("syntax/misspelt");
  expect(result).toMatchObject({
    ruleId: "syntax/misspelt",
    level: "error",
    message: { text: '"tun" is not a keyword; did you mean "tune"?' },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: "my%20dir/a.dept" },
          region: { startLine: 5, startColumn: 1, endLine: 5, endColumn: 4 },
        },
      },
    ],
    fixes: [
      {
        artifactChanges: [
          {
            artifactLocation: { uri: "my%20dir/a.dept" },
            replacements: [
              {
                deletedRegion: { startLine: 5, startColumn: 1, endLine: 5, endColumn: 4 },
                insertedContent: { text: "tune" },
              },
            ],
          },
        ],
      },
    ],
  });
});

test("--fix mends slip after slip, says so, and leaves a program that is right", async () => {
  const { code, host, out, err } = await dept({ "a.dept": misspelt }, "--fix", "a.dept");
  expect(await host.read("a.dept")).toBe(good);
  expect(err).toBe(
    'fixed a.dept:5:1 syntax/misspelt: change it to "tune"\n' +
      "fixed a.dept:11:11 program/unknown-setting: write steps\n",
  );
  expect([code, out]).toEqual([0, "a.dept: no mistakes; ready to run: it\n"]);
});

test("--fix leaves what a person must choose, and prints it", async () => {
  const over = good.replace("rank = auto", "rank = 9");
  const { code, host, err } = await dept({ "a.dept": over }, "--fix", "a.dept");
  expect([code, await host.read("a.dept")]).toEqual([1, over]);
  expect(err).toContain("error plan/over-budget");
});

test("--fix slices a positional tensor, and makes the same edit once", async () => {
  const uses = `${good}\n${offset}`;
  const { host } = await dept({ "a.dept": uses }, "--fix", "a.dept");
  expect(await host.read("a.dept")).toContain("output x + A[0..n]\n");
});

test("--fix mends an imported file, never the standard library", async () => {
  const importing = `import { own } from "./own.dept"\n${good}`.replace(
    "dept(length = 10, rank = auto)",
    "own()",
  );
  const files = { "a.dept": importing, "own.dept": offset };
  const { host } = await dept(files, "--fix", "a.dept");
  expect(await host.read("own.dept")).toContain("x + A[0..n]");
  const { diagnostics } = await checkText(twoMistakes);
  expect(applyFixes(diagnostics, () => false)).toEqual([]);
});

test("a misspelt setting beside the right one has no fix that would set it twice", async () => {
  const both = good.replace("steps = 100", "steps = 100 stpes = 200");
  const { host } = await dept({ "a.dept": both }, "--fix", "a.dept");
  expect(await host.read("a.dept")).toBe(both);
});

test("edits never overlap: of two that touch the first wins", async () => {
  const { diagnostics } = await checkText(misspelt);
  const [first] = diagnostics;
  const edit = first?.fixes[0]?.edits[0];
  if (!first || !edit) throw new Error("nothing to fix");
  const { source, span } = edit.place;
  const wider = { place: { source, span: { start: span.start + 1, end: span.end + 4 } }, text: "x" };
  const second = { ...first, fixes: [{ title: "wider", safe: true as const, edits: [wider] }] };
  const [fixed, ...others] = applyFixes([first, second], () => true);
  expect([fixed?.text, others]).toEqual([misspelt.replace("tun it", "tune it"), []]);
});

test("a file that changed since it was read is not written", async () => {
  const below = memoryHost({ "a.dept": misspelt }, nodeHost());
  let reads = 0;
  const host: Host = {
    ...below,
    async read(path) {
      // The command asks whether the file is there, the compiler reads it, and then it is compared.
      if (path === "a.dept" && ++reads === 3) return "// somebody else's";
      return below.read(path);
    },
  };
  const { code, err } = await deptOn(host, "--fix", "a.dept");
  expect([code, await below.read("a.dept")]).toEqual([2, misspelt]);
  expect(err).toContain("a.dept was changed by someone else");
});

test("on disk a fixed file is replaced whole", async () => {
  const folder = mkdtempSync(join(tmpdir(), "dept-fix-"));
  try {
    const file = join(folder, "a.dept");
    writeFileSync(file, misspelt);
    expect((await deptOn(nodeHost(), "--fix", file)).code).toBe(0);
    expect(readFileSync(file, "utf8")).toBe(good);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("several files are checked together; what they share is reported once", async () => {
  const importing = (name: string) =>
    `import { own } from "./own.dept"\n${good}`
      .replace("dept(length = 10, rank = auto)", "own()")
      .replace("tune it", `tune ${name}`);
  const files = { "a.dept": importing("a"), "b.dept": importing("b"), "own.dept": offset };
  const { code, err } = await dept(files, "a.dept", "b.dept");
  expect(code).toBe(1);
  expect(err.match(/error graph\/positional/g)).toHaveLength(1);
  expect(err).toContain("in 2 files\n");
  const ready = await dept({ "a.dept": good, "b.dept": warned }, "a.dept", "b.dept");
  expect(ready.out).toBe("a.dept, b.dept: no errors; ready to run: it, it\n");
});

test("an unknown format is a usage error", async () => {
  expect((await dept({ "a.dept": good }, "a.dept", "--format", "xml")).code).toBe(2);
  expect((await dept({ "a.dept": good }, "a.dept", "--json", "--format", "sarif")).code).toBe(2);
});
