// Compiles the SIMD kernels from AssemblyScript to dist/kernels/kernels.wasm.
import { mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import asc from "assemblyscript/asc";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Writes `dist/kernels/kernels.wasm`. */
export async function buildKernels() {
  mkdirSync(path.join(root, "dist/kernels"), { recursive: true });
  const output = "dist/kernels/kernels.wasm";
  const { error, stderr } = await asc.main([
    "src/runtime/kernels/kernels.as.ts",
    ...["--baseDir", root, "--outFile", output],
    ...["--optimizeLevel", "3", "--shrinkLevel", "0", "--converge", "--noAssert"],
    ...["--runtime", "stub", "--use", "abort=", "--importMemory", "--enable", "simd"],
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
  if (sectionIds(bytes).some((id) => id === dataSection || id === startSection)) {
    throw new Error(`${file} must have no initial data and no start function`);
  }
}

const startSection = 8;
const dataSection = 11;

/** Ids of a module's sections: after an 8-byte preamble, each section is its id, its length in LEB128, its bytes. */
function sectionIds(bytes) {
  const ids = [];
  for (let at = 8; at < bytes.length;) {
    ids.push(bytes[at++]);
    let length = 0;
    for (let shift = 0, more = true; more; shift += 7) {
      length += (bytes[at] & 127) * 2 ** shift;
      more = bytes[at++] >= 128;
    }
    at += length;
  }
  return ids;
}
