// Compiles the SIMD kernels from AssemblyScript to dist/kernels/kernels.wasm.
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";
import { sections } from "./wasm-sections.js";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Writes `dist/kernels/kernels.wasm`. */
export async function buildKernels() {
  mkdirSync(path.join(root, "dist/kernels"), { recursive: true });
  const output = "dist/kernels/kernels.wasm";
  const { error, stderr } = await asc.main([
    "src/runtime/kernels/kernels.as.ts",
    ...["--baseDir", root, "--outFile", output],
    ...["--optimizeLevel", "3", "--shrinkLevel", "0", "--converge", "--noAssert"],
    ...["--runtime", "stub", "--use", "abort=", "--enable", "simd", "--enable", "threads"],
    ...["--importMemory", "--sharedMemory", "--maximumMemory", "65536"], // pages: what TensorFlow.js's memory may grow to
  ]);
  if (error) throw new Error(`the kernels do not compile: ${error.message}\n${stderr.toString()}`);
  checkMemoryUse(output, readFileSync(path.join(root, output)));
}

/** The module lives in TensorFlow.js's memory: it may import nothing else, and initial data would overwrite that memory. */
function checkMemoryUse(file, bytes) {
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes));
  if (imports.length !== 1 || imports[0]?.kind !== "memory") {
    throw new Error(`${file} must import the memory and nothing else: ${JSON.stringify(imports)}`);
  }
  if (sections(bytes).some(({ id }) => id === dataSection || id === startSection)) {
    throw new Error(`${file} must have no initial data and no start function`);
  }
}

const startSection = 8;
const dataSection = 11;
