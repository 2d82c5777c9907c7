import { execFileSync } from "node:child_process";
import { expect, test } from "vitest";
import { isSoftware } from "../../../src/runtime/backends/dawn.ts";
import { readGpus } from "../../../src/runtime/probe/nvidia.ts";
import { missingLibraries } from "../../../src/runtime/probe/shared-libraries.ts";

const info = { vendor: "", architecture: "", device: "", description: "", isFallbackAdapter: false };

test("a software adapter is known by its own word, or by its name", () => {
  expect(isSoftware({ info })).toBe(false);
  expect(isSoftware({ info: { ...info, vendor: "nvidia", description: "NVIDIA H100" } })).toBe(false);
  expect(isSoftware({ info: { ...info, isFallbackAdapter: true } })).toBe(true);
  expect(isSoftware({ info: { ...info, device: "llvmpipe (LLVM 19.1.7, 256 bits)" } })).toBe(true);
});

test("nvidia-smi's lines are GPUs; its complaints are none", () => {
  expect(readGpus("NVIDIA H100 80GB HBM3, 535.104.05, 9.0\n")).toEqual([
    { name: "NVIDIA H100 80GB HBM3", driver: "535.104.05", capability: 9 },
  ]);
  expect(readGpus("No devices were found\n")).toEqual([]);
});

test.runIf(process.platform === "linux")("a library that nobody has is missing, libc is not", () => {
  expect(missingLibraries(["libc.so.6", "libnobody.so.7"])).toEqual(["libnobody.so.7"]);
});

test("the probe answers one line of JSON, also for what cannot start", () => {
  const probe = (...args: string[]): unknown =>
    JSON.parse(
      execFileSync(process.execPath, ["dist/src/runtime/probe/probe.js", ...args], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      }),
    );
  expect(probe("backend", "wasm")).toEqual({ description: expect.stringMatching(/^wasm: /) });
  expect(probe("backend", "abacus")).toEqual({ reason: "no backend abacus" });
  expect(probe("machine")).toMatchObject({ gpus: expect.any(Array), cuda: { missing: expect.any(Array) } });
});
