import { execFileSync } from "node:child_process";
import { expect, test, vi } from "vitest";
import { OperationalError } from "../../../src/runtime/operational-error.ts";
import { startBackend, tf } from "../../../src/runtime/tf.ts";

test("the automatic choice starts a backend that computes, and keeps why others were passed over", async () => {
  const { name, description, passedOver } = await startBackend();
  expect(description).toMatch(new RegExp(`^${name}: `));
  for (const other of passedOver) expect(other.reason).not.toBe("");
  expect(Array.from(await tf.add([1, 2], [3, 4]).data())).toEqual([4, 6]);
});

test("asking again without a choice answers the backend already started", async () => {
  const first = await startBackend("cpu");
  expect(await startBackend()).toBe(first);
  expect(await startBackend("auto")).toBe(first);
  expect(tf.getBackend()).toBe("cpu");
});

test("naming another backend switches to it", async () => {
  expect((await startBackend("cpu")).name).toBe("cpu");
  expect((await startBackend("wasm")).name).toBe("wasm");
  expect(tf.getBackend()).toBe("wasm");
  expect((await startBackend("cpu")).name).toBe("cpu");
  expect(tf.getBackend()).toBe("cpu");
});

test("a named backend either starts or is refused with the reason, and the running one stays", async () => {
  const before = await startBackend("wasm");
  const outcome = await startBackend("node-gpu").catch((error: unknown) => error);
  if (outcome instanceof OperationalError) {
    expect(outcome.message).toMatch(/^backend node-gpu cannot be used: \S/);
    expect(await startBackend()).toBe(before);
  } else {
    expect(outcome).toMatchObject({ name: "node-gpu" });
  }
});

test("the cpu backend prints no banner", async () => {
  const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
  await startBackend("cpu");
  await tf.add([1], [2]).data();
  expect(warn).not.toHaveBeenCalled();
  warn.mockRestore();
});

test("the bundle carries gradients in plain Node and leaves uncaught errors to Node", () => {
  const program = `
    const { grads, mul, sum, setBackend, tensor1d, loadWasmBackend } = await import("#tfjs");
    await loadWasmBackend();
    await setBackend("wasm");
    const [gradient] = grads((x) => sum(mul(x, x)))([tensor1d([1, 2])]);
    console.log(String(await gradient.data()), process.listenerCount("uncaughtException"));`;
  const output = execFileSync(process.execPath, ["--input-type=module", "-e", program], { encoding: "utf8" });
  expect(output).toBe("2,4 0\n");
});
