import { expect, test } from "vitest";
import { check } from "../../src/compile.ts";
import { importedPath, memoryHost, nodeHost } from "../../src/host.ts";
import { checkText, tuneText } from "../support/check-text.ts";

test("imports are relative to the file that makes them; std/ is the standard library", () => {
  expect(importedPath("a/b/main.dept", "./other.dept")).toBe("a/b/other.dept");
  expect(importedPath("a/b/main.dept", "../other.dept")).toBe("a/other.dept");
  expect(importedPath("a/main.dept", "std/tasks/wordnet")).toBe("std/tasks/wordnet.dept");
});

test("a task's data lies beside the file that declares it, wherever it is used", async () => {
  const task =
    'task own { train = jsonl("rows/a.jsonl") validation = jsonl("rows/b.jsonl") test = jsonl("/data/c.jsonl") input = "{t}" target = choice("l", ["a", "b"]) max_tokens = 8 }';
  const program = tuneText({ method: "prompt_tuning(length = 2)", groups: "group prompt { lr = 0.3 }" })
    .replace('import { gloss_supersense } from "std/tasks/wordnet"', 'import { own } from "./tasks/own.dept"')
    .replace("gloss_supersense {", "own {");
  const { plans, diagnostics } = await checkText(program, { "tasks/own.dept": task });
  expect(diagnostics).toEqual([]);
  const { train, test: held } = plans[0]?.tune.task ?? {};
  expect(train?.value).toEqual({ kind: "jsonl", resource: { kind: "file", path: "tasks/rows/a.jsonl" } });
  expect(held?.value).toEqual({ kind: "jsonl", resource: { kind: "file", path: "/data/c.jsonl" } });
});

test("an entry that cannot be read is the caller's mistake", async () => {
  await expect(check("gone.dept", memoryHost({}, nodeHost()))).rejects.toThrow("gone.dept");
});

test("every file of the standard library is free of mistakes", async () => {
  for (const path of ["std/backbones.dept", "std/methods.dept", "std/tasks/wordnet.dept"]) {
    expect((await check(path, nodeHost())).diagnostics).toEqual([]);
  }
});
