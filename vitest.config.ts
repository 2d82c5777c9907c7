import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    // Two cores: a pool of forks, one file each, keeps the wasm heaps of the runtime tests apart.
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 240_000,
    hookTimeout: 240_000, // a software driver takes seconds to compile the kernels that a start tries
  },
});
