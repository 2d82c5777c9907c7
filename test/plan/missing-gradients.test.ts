import { expect, test } from "vitest";
import { checkBackendOption } from "../../src/cli/backend-option.ts";
import { operationGradients } from "../../src/graph/operation-gradients.ts";
import { missingGradients } from "../../src/plan/missing-gradients.ts";
import { backendNames } from "../../src/runtime/backends/backend-choice.ts";
import { checkText, tuneText } from "../support/check-text.ts";

async function plans() {
  const { plans, diagnostics } = await checkText(tuneText({ method: "dept(length = 10, rank = 8)" }));
  expect(diagnostics).toEqual([]);
  return plans;
}

const table = {
  ...operationGradients,
  matmul: { wasm: "right", cpu: "right", webgpu: "wrong" },
  softmax: { wasm: "right", webgpu: "none" },
} as const;

test("the table has a column for each backend", () => {
  for (const row of Object.values(operationGradients)) expect(Object.keys(row)).toEqual(backendNames);
});

test("every operation of DePT has its gradient where it was tried", async () => {
  for (const plan of await plans()) {
    for (const backend of backendNames) expect(missingGradients(plan, backend)).toEqual([]);
  }
});

test("an operation that learns and whose gradient is wrong is found, and only where the script has it", async () => {
  const [plan] = await plans();
  expect(plan && missingGradients(plan, "webgpu", table)).toMatchObject([
    { operation: "matmul", gradient: "wrong", rightOn: ["wasm", "cpu"] },
  ]);
  expect(plan && missingGradients(plan, "wasm", table)).toEqual([]);
});

test("a script whose gradient the named backend lacks is refused at its place, with those that have it", async () => {
  const all = await plans();
  expect(() => checkBackendOption("webgpu", all, table)).toThrow(
    /^std\/methods\.dept:\d+:\d+: matmul has a wrong gradient on webgpu; it is right on wasm, cpu$/,
  );
  expect(() => checkBackendOption("auto", all, table)).not.toThrow();
});

test("a backend that does not exist is refused with the nearest", () => {
  expect(() => checkBackendOption("webgpi", [])).toThrow(/did you mean webgpu\?/);
  expect(() => checkBackendOption("abacus", [])).toThrow(/known are auto, node-gpu, webgpu/);
});
