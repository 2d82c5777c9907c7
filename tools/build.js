// Builds everything that ships in dist/: the compiled TypeScript, the bundled command line, the TensorFlow.js bundle and the SIMD kernels.
import { execFileSync } from "node:child_process";
import { createRequire } from "node:module";
import { buildCli } from "./build-cli.js";
import { buildKernels } from "./build-kernels.js";
import { buildTfjs } from "./build-tfjs.js";

const require = createRequire(import.meta.url);

await buildTfjs();
await buildKernels();
execFileSync(process.execPath, [require.resolve("typescript/bin/tsc"), "-p", "tsconfig.build.json"], {
  stdio: "inherit",
});
await buildCli();
