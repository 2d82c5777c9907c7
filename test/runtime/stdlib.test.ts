import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { packageVersion, stdlib } from "../../src/runtime/stdlib.ts";

test("stdlib finds the files that come with the package", () => {
  expect(stdlib("methods.dept").protocol).toBe("file:");
  expect(existsSync(stdlib("methods.dept"))).toBe(true);
  expect(existsSync(stdlib("data/gloss-supersense/test.jsonl"))).toBe(true);
});

test("the version is the package's", () => {
  expect(packageVersion()).toBe(JSON.parse(readFileSync("package.json", "utf8")).version);
});
