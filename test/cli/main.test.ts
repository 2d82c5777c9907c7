import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { main } from "../../src/cli/main.ts";
import { memoryHost, nodeHost } from "../../src/host.ts";
import { tuneText } from "../support/check-text.ts";

const good = tuneText({ method: "dept(length = 10, rank = auto)", budget: "exactly(2_688)" });
const wrong = good.replace("steps = 100", "stpes = 100");
const warned = good.replace("lr = 0.3", "lr = 2.0");

const family = `${good}
sweep seeds of it { train.seed in [1, 2] }`;

async function dept(...args: readonly string[]) {
  const written = { out: "", err: "" };
  const code = await main(args, {
    host: memoryHost(
      { "good.dept": good, "wrong.dept": wrong, "warned.dept": warned, "family.dept": family },
      nodeHost(),
    ),
    out: (text) => void (written.out += text),
    err: (text) => void (written.err += text),
    color: false,
  });
  return { code, ...written };
}

test("--help teaches, and without a command it is a usage error", async () => {
  const { code, out } = await dept("--help");
  expect([code, out]).toEqual([0, expect.stringContaining("tune first {")]);
  expect((await dept()).code).toBe(2);
});

test("the program in --help compiles", async () => {
  const { out } = await dept("--help");
  const program = /\n( {2}import \{[\s\S]*?\n {2}\})\n/.exec(out)?.[1] ?? "";
  const { check } = await import("../../src/compile.ts");
  const { plans, diagnostics } = await check("help.dept", memoryHost({ "help.dept": program }, nodeHost()));
  expect([plans.length, diagnostics]).toEqual([1, []]);
});

test("--version prints the package's version", async () => {
  const manifest: { version: string } = JSON.parse(readFileSync("package.json", "utf8"));
  expect(await dept("--version")).toEqual({ code: 0, out: `${manifest.version}\n`, err: "" });
});

test.each(["check", "plan", "compile", "run", "solve", "fmt", "explain", "doctor"])(
  "dept %s --help has an example",
  async (command) => {
    const { code, out } = await dept(command, "--help");
    expect([code, out]).toEqual([0, expect.stringContaining("Example: dept ")]);
  },
);

test("an unknown command, option or file is a usage error with a suggestion", async () => {
  expect(await dept("chekc")).toEqual({
    code: 2,
    out: "",
    err: expect.stringContaining("did you mean check?"),
  });
  expect(await dept("plan", "--jsn", "good.dept")).toEqual({
    code: 2,
    out: "",
    err: expect.stringContaining("did you mean --json?"),
  });
  expect(await dept("check", "gone.dept")).toEqual({
    code: 2,
    out: "",
    err: expect.stringContaining("there is no file gone.dept"),
  });
  expect((await dept("check")).code).toBe(2);
  expect((await dept("plan", "good.dept", "wrong.dept")).code).toBe(2);
});

test("check says what is ready, or prints every mistake on stderr and fails", async () => {
  expect(await dept("check", "good.dept")).toEqual({
    code: 0,
    out: "good.dept: no mistakes; ready to run: it\n",
    err: "",
  });
  const { code, out, err } = await dept("check", "wrong.dept");
  expect([code, out]).toEqual([1, ""]);
  expect(err).toContain("error program/unknown-setting: unknown setting stpes; did you mean steps?");
});

test("warnings fail only with --strict", async () => {
  expect((await dept("check", "warned.dept")).code).toBe(0);
  expect((await dept("check", "--strict", "warned.dept")).code).toBe(1);
});

test("plan prints the bill, or JSON with the same numbers", async () => {
  const { code, out } = await dept("plan", "good.dept");
  expect([code, out]).toEqual([0, expect.stringMatching(/total +2,688\n/)]);
  const json: unknown = JSON.parse((await dept("plan", "--json", "good.dept")).out);
  expect(json).toMatchObject([
    { name: "it", trained: 2688, arguments: { length: 10, rank: 8 }, solved: "rank" },
  ]);
});

test("plan --symbolic prints the totals as polynomials", async () => {
  const { code, out } = await dept("plan", "--symbolic", "good.dept");
  expect([code, out.split("\n").slice(0, 5)]).toEqual([
    0,
    [
      "it   dept(length, rank, scale)",
      "",
      "  trained               length × d + s × rank + rank × d",
      "  stored at inference   length × d + s × d",
      "  added per example     length positions",
    ],
  ]);
});

test("compile prints the script to stdout, or writes .ts and .mjs with -o", async () => {
  const printed = await dept("compile", "good.dept");
  expect([printed.code, printed.err]).toEqual([0, ""]);
  const folder = mkdtempSync(join(tmpdir(), "dept-cli-"));
  try {
    expect((await dept("compile", "good.dept", "-o", join(folder, "it.ts"))).code).toBe(0);
    expect(readFileSync(join(folder, "it.ts"), "utf8")).toBe(printed.out);
    expect(readFileSync(join(folder, "it.mjs"), "utf8")).not.toContain("import type");
    expect((await dept("compile", "good.dept", "-o", join(folder, "it.js"))).code).toBe(2);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("what is meant must be named where a file declares several", async () => {
  expect((await dept("plan", "--list", "family.dept")).out).toBe("it\nseeds/seed=1\nseeds/seed=2\n");
  expect(await dept("compile", "family.dept")).toEqual({
    code: 2,
    out: "",
    err: expect.stringContaining("choose one with --tune: it, seeds"),
  });
  expect((await dept("compile", "family.dept", "--tune", "seeds/seed=2")).out).toContain("const seed = 2;");
  expect((await dept("compile", "family.dept", "--tune", "seed")).code).toBe(2);
});

test("a family is compiled into a folder, one script for each member", async () => {
  const folder = mkdtempSync(join(tmpdir(), "dept-cli-"));
  try {
    expect((await dept("compile", "family.dept", "--tune", "seeds")).code).toBe(2);
    expect((await dept("compile", "family.dept", "--tune", "seeds", "-o", folder)).code).toBe(0);
    expect(readFileSync(join(folder, "seed=1.mjs"), "utf8")).toContain("const seed = 1;");
    expect(readFileSync(join(folder, "seed=2.mjs"), "utf8")).toContain('name: "seeds/seed=2"');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.each(["/proc/none/runs", "package.json/runs"])(
  "a place that cannot be written to is named: %s",
  async (runs) => {
    const { code, err } = await dept("run", "good.dept", "--runs", runs);
    expect([code, err]).toEqual([1, expect.stringMatching(/^error: cannot make the folder /m)]);
    expect(err).toContain(runs.split("/runs")[0]);
  },
);

test("a program that is wrong gives no script", async () => {
  const { code, out } = await dept("compile", "wrong.dept");
  expect([code, out]).toEqual([1, ""]);
});

test("solve lists the ways to meet a budget, and says when there is nothing to solve", async () => {
  const { code, out } = await dept("solve", "good.dept");
  expect([code, out]).toEqual([0, expect.stringMatching(/\n +10 +8 +2,688 /)]);
  expect((await dept("solve", "good.dept", "--tune", "its")).code).toBe(2);
});

test("fmt rewrites what is not in style, lists it with --check, and leaves broken files alone", async () => {
  const folder = mkdtempSync(join(tmpdir(), "dept-cli-"));
  const [loose, broken] = [join(folder, "loose.dept"), join(folder, "broken.dept")];
  try {
    writeFileSync(loose, "tune  a{ train{steps=3} }");
    writeFileSync(broken, "tune a { train { steps = } }");
    expect(await dept("fmt", "--check", loose)).toEqual({ code: 1, out: `${loose}\n`, err: "" });
    expect(readFileSync(loose, "utf8")).toBe("tune  a{ train{steps=3} }");
    expect(await dept("fmt", loose)).toEqual({ code: 0, out: `${loose}\n`, err: "" });
    expect(readFileSync(loose, "utf8")).toContain("steps = 3");
    expect(await dept("fmt", "--check", loose)).toEqual({ code: 0, out: "", err: "" });
    expect((await dept("fmt", broken)).code).toBe(1);
    expect(readFileSync(broken, "utf8")).toBe("tune a { train { steps = } }");
    expect((await dept("fmt")).code).toBe(2);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("explain prints an entry, lists all, and suggests", async () => {
  expect((await dept("explain", "plan/over-budget")).out).toContain("Why: ");
  expect((await dept("explain")).out.split("\n")).toContain("graph/positional");
  expect(await dept("explain", "plan/over-budgt")).toEqual({
    code: 2,
    out: "",
    err: expect.stringContaining("did you mean plan/over-budget?"),
  });
});

test("plan --device says what memory a run needs, and fails when the device has less", async () => {
  const enough = await dept("plan", "good.dept", "--device", "gpu:16GB");
  expect([enough.code, enough.out]).toEqual([0, expect.stringMatching(/total .* fits on gpu/)]);
  const small = await dept("plan", "good.dept", "--device", "gpu:20MB");
  expect([small.code, small.out]).toEqual([
    1,
    expect.stringMatching(/does not fit on gpu.*a batch of \d+ would fit/),
  ]);
  const unread = await dept("plan", "good.dept", "--device", "big");
  expect([unread.code, unread.err]).toEqual([2, expect.stringContaining("gpu:16GB")]);
  const { memory } = JSON.parse((await dept("plan", "good.dept", "--json", "--device", "gpu:16GB")).out)[0];
  expect(memory.total).toBe(
    memory.weights + memory.activations + Math.max(memory.working, memory.logits) + memory.training,
  );
});
