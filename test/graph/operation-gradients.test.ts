// The table of src/graph/operation-gradients.ts, tried anew. `vitest -u` records; a backend that is not here keeps its column.

import { readFileSync } from "node:fs";
import { format, resolveConfig } from "prettier";
import { expect, test } from "vitest";
import {
  type Gradient,
  operationGradients,
  type TriedOperation,
} from "../../src/graph/operation-gradients.ts";
import { forms, operations } from "../../src/graph/operations.ts";
import { type BackendName, backendNames } from "../../src/runtime/backends/backend-choice.ts";
import { startBackend, tf } from "../../src/runtime/tf.ts";
import { gradientError, randomValues } from "../support/finite-differences.ts";
import { operationTrials, type Trial } from "../support/operation-trials.ts";
import { hasSoftwareAdapter, startSoftwareWebgpu } from "../support/software-adapter.ts";
import { relativeDifference } from "../support/tiny-t5.ts";

const file = "src/graph/operation-gradients.ts";
const tried = Object.keys(operationTrials) as TriedOperation[];
type Numbers = readonly (readonly number[])[];

test("every operation of the language has a trial", () => {
  const arithmetic = ["add", "subtract", "multiply", "divide", "matmul", "slice"];
  // What a token is does not depend on any tensor, so there is nothing to differentiate.
  const differentiable = forms.filter((form) => form !== "occurrences");
  expect([...tried].sort()).toEqual([...arithmetic, ...operations, ...differentiable].sort());
});

test(`${file} is what the trials give; if not: vitest -u`, async () => {
  await startBackend("cpu");
  const expected = new Map<Trial, Numbers>();
  for (const trial of Object.values(operationTrials).flat())
    expected.set(trial, await valueAndGradients(trial));
  const columns = new Map<BackendName, ReadonlyMap<string, Gradient>>();
  for (const backend of backendNames) {
    if (await isHere(backend)) columns.set(backend, await tryAll(backend, expected));
    else process.stderr.write(`skipped: the gradients on ${backend}, which does not start here\n`);
  }
  const rows = tried.map((operation): [TriedOperation, Record<string, Gradient>] => {
    const before: Readonly<Partial<Record<BackendName, Gradient>>> = operationGradients[operation];
    const row = backendNames.map((backend): [BackendName, Gradient] => {
      return [backend, columns.get(backend)?.get(operation) ?? before[backend] ?? "untried"];
    });
    return [operation, Object.fromEntries(row)];
  });
  await expect(await withTable(Object.fromEntries(rows))).toMatchFileSnapshot(`../../${file}`);
});

async function isHere(backend: BackendName): Promise<boolean> {
  if (backend === "webgpu" && !hasSoftwareAdapter) return false;
  const start = backend === "webgpu" ? startSoftwareWebgpu() : startBackend(backend);
  return start.then(
    () => true,
    () => false,
  );
}

async function tryAll(backend: BackendName, expected: ReadonlyMap<Trial, Numbers>) {
  const found = new Map<string, Gradient>();
  for (const operation of tried) {
    let gradient: Gradient = "right";
    for (const trial of operationTrials[operation]) {
      if (gradient === "right") gradient = await tryOne(backend, trial, expected.get(trial) ?? []);
    }
    found.set(operation, gradient);
  }
  return found;
}

async function tryOne(backend: BackendName, trial: Trial, expected: Numbers): Promise<Gradient> {
  const [graph, ...shapes] = trial;
  try {
    if (backend === "cpu") return gradientError(graph, shapes) < 5e-3 ? "right" : "wrong";
    const found = await valueAndGradients(trial);
    const differences = found.map((values, index) => relativeDifference(values, expected[index] ?? []));
    return differences.every((difference) => difference < 1e-4) ? "right" : "wrong";
  } catch {
    if (backend === "webgpu") await replaceDevice();
    return "none";
  }
}

/** A device that has once reported an error answers nothing more. */
async function replaceDevice(): Promise<void> {
  await startBackend("cpu");
  tf.removeBackend("webgpu");
  await startSoftwareWebgpu();
}

/** The value and the gradient of every input. An input of no entries has none. */
async function valueAndGradients([graph, ...shapes]: Trial): Promise<Numbers> {
  const inputs = shapes.map((shape, index) => tf.tensor(randomValues(shape, `input ${index}`), [...shape]));
  const value = tf.tidy(() => graph(...inputs));
  const upstream = tf.tensor(randomValues(value.shape, "upstream"), value.shape);
  const gradients = tf.tidy(() => tf.grads(graph)(inputs, upstream));
  const filled = [value, ...gradients].filter(({ size }) => size > 0);
  return Promise.all(filled.map(async (tensor) => Array.from(await tensor.data())));
}

/** The file with this table in the place of its own. */
async function withTable(
  table: Readonly<Record<string, Readonly<Record<string, Gradient>>>>,
): Promise<string> {
  const text = readFileSync(file, "utf8");
  const start = text.indexOf("export const operationGradients = ");
  const after = text.slice(start).replace(/^[^]*?\n\}[^;]*;/, "");
  const whole = `${text.slice(0, start)}export const operationGradients = ${JSON.stringify(table)} as const satisfies Record<string, Readonly<Record<string, Gradient>>>;${after}`;
  return format(whole, { ...(await resolveConfig(file)), filepath: file });
}
