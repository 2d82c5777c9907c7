// Of a file of the library only what is imported is read, and the answer is the same.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { wantedText } from "../../src/syntax/wanted-text.ts";
import { checkText } from "../support/check-text.ts";

const methods = readFileSync("stdlib/methods.dept", "utf8");

test("what is wanted stands where it stood, and blanks where the rest was", () => {
  const left = wantedText(methods, new Set(["dept"]));
  expect(left).toHaveLength(methods.length);
  expect([...left.matchAll(/^method (\w+)/gm)].map(([, name]) => name)).toEqual(["dept"]);
  const at = methods.indexOf("method dept(");
  const end = methods.indexOf("\n}\n", at) + 2;
  expect(left.slice(at, end)).toBe(methods.slice(at, end));
  expect(left.split("\n")).toHaveLength(methods.split("\n").length);
});

test("what a wanted declaration names comes with it, and for a name that is nowhere all is read", () => {
  const text = "task a {\n  x = 1\n}\n\ntask b {\n  x = 2\n}\n\ntune c {\n  task = a\n}\n";
  const names = (left: string) => [...left.matchAll(/^\w+ (\w+)/gm)].map(([, name]) => name);
  expect(names(wantedText(text, new Set(["c"])))).toEqual(["a", "c"]);
  expect(wantedText(text, new Set(["b", "z"]))).toBe(text);
});

test("two files may want different things of one, and a misspelt name is told the nearest", async () => {
  const tune = (method: string) =>
    `import { wordnet_t5 } from "std/backbones"
import { gloss_supersense } from "std/tasks/wordnet"
import { ${method} } from "std/methods"
tune it { backbone = wordnet_t5 task = gloss_supersense method = ${method}(length = 4, rank = 2) group prompt { lr = 0.3 } train { steps = 10 } }`;
  const other = `import { dpt } from "std/methods"
method mine(length: int) {
  param P: [length, d] = zeros() group prompt

  input x: [n, d]
  output concat(P, x)
}`;
  const { diagnostics, plans } = await checkText(`import { mine } from "./other.dept"\n${tune("lopt_2")}`, {
    "other.dept": other,
  });
  expect(diagnostics).toEqual([]);
  expect(plans).toHaveLength(1);
  const misspelt = await checkText(tune("lopt_3"));
  expect(misspelt.diagnostics[0]?.message).toContain("did you mean lopt_2?");
});
