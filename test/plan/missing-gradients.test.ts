import { expect, test } from "vitest";
import { checkBackendOption } from "../../src/cli/backend-option.ts";
import { operationGradients } from "../../src/graph/operation-gradients.ts";
import { missingGradients } from "../../src/plan/missing-gradients.ts";
import { backendNames } from "../../src/runtime/backends/backend-choice.ts";
import { memoryHost } from "../../src/host.ts";
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

test("a backend that does not exist is refused with the nearest", async () => {
  const checked = await checkText(tuneText({ method: "dept(length = 10, rank = 8)" }));
  const silent = () => undefined;
  const terminal = { host: memoryHost({}), out: silent, err: silent, color: false };
  const ask = (backend: string) => checkBackendOption(backend, "main.dept", checked, checked.plans, terminal);
  expect(() => ask("webgpi")).toThrow(/did you mean webgpu\?/);
  expect(() => ask("abacus")).toThrow(/known are auto, node-gpu, webgpu/);
  expect(ask("auto")).toBe(true);
});
