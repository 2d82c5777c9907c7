import { expect, test } from "vitest";
import { renderFindings } from "../../src/cli/commands/doctor.ts";
import { backends, type Facts } from "../../src/cli/doctor/facts.ts";
import { automaticChoice, type Finding, findingsOf } from "../../src/cli/doctor/findings.ts";
import { main } from "../../src/cli/main.ts";
import { nodeHost } from "../../src/host.ts";
import { backendNames } from "../../src/runtime/backends/backend-choice.ts";

const absent = (name: string) => ({
  reason: `backend ${name} cannot be used: the package @tensorflow/tfjs-${name} is not installed`,
});

/** A laptop without any GPU, where npm installed everything optional but tfjs-node. */
const plain: Facts = {
  dept: "0.1.0",
  node: "22.11.0",
  platform: "linux-x64",
  memory: { total: 16 * 2 ** 30, free: 8 * 2 ** 30 },
  machine: {
    gpus: [],
    cuda: { missing: ["libcudart.so.11.0", "libcudnn.so.8"] },
    vulkan: { loader: true, manifests: ["/usr/share/vulkan/icd.d/intel_icd.x86_64.json"] },
  },
  adapter: { name: "Intel(R) UHD Graphics", software: false },
  backends: {
    "node-gpu": absent("node-gpu"),
    webgpu: { description: "webgpu: TensorFlow.js 4.22.0 on Intel(R) UHD Graphics" },
    node: absent("node"),
    wasm: { description: "wasm: TensorFlow.js 4.22.0 with SIMD matrix kernels" },
    cpu: { description: "cpu: TensorFlow.js 4.22.0 in plain JavaScript" },
  },
};

const gpu = { name: "NVIDIA H100", driver: "535.104.05", capability: 9 };

function found(changes: Partial<Facts>, subject: string): Finding | undefined {
  return findingsOf({ ...plain, ...changes }).find((finding) => finding.subject === subject);
}

test("doctor and the runtime know the same backends, in the same order", () => {
  expect(backends).toEqual(backendNames);
});

test("what works is said to, and the first of it is the choice", () => {
  expect(found({}, "WebGPU adapter")).toMatchObject({ state: "works", text: "Intel(R) UHD Graphics" });
  expect(found({}, "backend webgpu")?.state).toBe("works");
  expect(automaticChoice(plain)).toBe("webgpu");
});

test("a software adapter is no choice", () => {
  const adapter = { name: "SwiftShader", software: true };
  expect(found({ adapter }, "WebGPU adapter")?.state).toBe("slow");
  expect(found({ adapter }, "backend webgpu")?.state).toBe("slow");
  expect(automaticChoice({ ...plain, adapter })).toBe("wasm");
});

test("without Vulkan the missing half is what mends it", () => {
  const machine = (loader: boolean, gpus: Facts["machine"]["gpus"] = []): Partial<Facts> => ({
    machine: { gpus, vulkan: { loader, manifests: [] } },
  });
  expect(found(machine(false), "Vulkan")?.mend).toBe("sudo apt-get install libvulkan1");
  expect(found(machine(true), "Vulkan")?.mend).toBe("sudo apt-get install mesa-vulkan-drivers");
  expect(found(machine(true, [gpu]), "Vulkan")?.mend).toBe("sudo apt-get install libnvidia-gl-535");
  expect(found({ machine: { vulkan: null } }, "Vulkan")).toBeUndefined();
});

test("CUDA matters where there is an NVIDIA GPU, and is mended by one command", () => {
  expect(found({}, "CUDA and cuDNN")).toBeUndefined();
  const missing = { ...plain.machine, gpus: [gpu] };
  expect(found({ machine: missing }, "CUDA and cuDNN")).toMatchObject({
    state: "lacks",
    text: expect.stringContaining("not found: libcudart.so.11.0, libcudnn.so.8"),
    mend: expect.stringContaining("conda install"),
  });
  const whole = { ...missing, cuda: { missing: [] } };
  expect(found({ machine: whole }, "CUDA and cuDNN")?.text).toContain("first start on this GPU compiles");
});

test("a package is recommended where it would help", () => {
  expect(found({}, "backend node")?.mend).toBe("npm install @tensorflow/tfjs-node");
  expect(found({}, "backend node-gpu")?.mend).toBeUndefined();
  const machine = { ...plain.machine, gpus: [gpu] };
  expect(found({ machine }, "backend node-gpu")?.mend).toBe("npm install @tensorflow/tfjs-node-gpu");
  const adapter = { reason: "the package webgpu is not installed (npm install webgpu)" };
  expect(found({ adapter }, "WebGPU adapter")?.mend).toBe("npm install webgpu");
});

test("an old Node, little memory and a probe that died are said", () => {
  expect(found({ node: "20.18.1" }, "Node")).toMatchObject({ state: "lacks", mend: expect.any(String) });
  expect(found({ memory: { total: 2 ** 30, free: 2 ** 29 } }, "memory")?.state).toBe("lacks");
  const reason = "its process ended with SIGSEGV";
  expect(found({ machine: { reason } }, "NVIDIA driver")).toMatchObject({ state: "lacks", text: reason });
});

test("the page has a line for each finding, its command below it, and the choice", () => {
  const page = renderFindings(plain, findingsOf(plain), automaticChoice(plain));
  expect(page).toContain("  yes   backend wasm      TensorFlow.js 4.22.0 with SIMD matrix kernels\n");
  expect(page).toMatch(/tfjs-node is not installed\n +to mend it: npm install @tensorflow\/tfjs-node\n/);
  expect(page).toMatch(/\na run without --backend takes webgpu\n$/);
});

test("on this machine --json holds what was found, and some backend starts", async () => {
  let out = "";
  const terminal = {
    host: nodeHost(),
    out: (text: string) => void (out += text),
    err: () => {},
    color: false,
  };
  expect(await main(["doctor", "--json"], terminal)).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    choice: expect.any(String),
    facts: { node: process.versions.node, backends: { cpu: { description: expect.any(String) } } },
    findings: expect.arrayContaining([expect.objectContaining({ subject: "backend wasm", state: "works" })]),
  });
});
