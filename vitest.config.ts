import { configDefaults, defineConfig } from "vitest/config";

/**
 * These share processes, since each would start webgpu, and a software driver takes some ten seconds to compile what a start tries. They leave no
 * kernel, setting or device behind that another would notice.
 */
const onWebgpu = [
  "test/graph/operation-gradients.test.ts",
  "test/runtime/kernels/fused-attention.test.ts",
  "test/runtime/kernels/half-kernels.test.ts",
  "test/runtime/kernels/webgpu-kernels.test.ts",
  "test/runtime/models/t5-parity.test.ts",
  "test/runtime/primitives/sliced-attention.test.ts",
  "test/runtime/train/device-gradients.test.ts",
];

export default defineConfig({
  test: {
    // Two cores: a pool of forks, one file each, keeps the wasm heaps of the runtime tests apart.
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 240_000,
    hookTimeout: 240_000,
    projects: [
      {
        extends: true,
        test: {
          name: "alone",
          include: ["test/**/*.test.ts"],
          exclude: [...configDefaults.exclude, ...onWebgpu],
        },
      },
      { extends: true, test: { name: "webgpu", include: onWebgpu, isolate: false } },
    ],
  },
});
