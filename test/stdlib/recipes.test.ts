// The recipes of the standard library: every one is planned, and trains what its source published.

import { expect, test } from "vitest";
import { check } from "../../src/compile.ts";
import { nodeHost } from "../../src/host.ts";

test("every released setting of DePT is planned at 76,800 parameters, MultiRC's within its tolerance", async () => {
  const { plans, diagnostics } = await check("std/recipes/dept.dept", nodeHost());
  // HotpotQA's protocol has a known fault, which using the task is warned of.
  expect(diagnostics.map(({ code }) => code)).toEqual(["program/validation-from-train"]);
  const trained = Object.fromEntries(plans.map(({ tune, trained: count }) => [tune.name, count]));
  const { dept_multirc: multirc, ...others } = trained;
  expect(multirc).toBe(60 * 768 + 28 * (348 + 768));
  expect(Object.keys(others)).toHaveLength(16);
  expect(new Set(Object.values(others))).toEqual(new Set([76_800]));
});
