// A T5 checkpoint of random numbers in the shapes of `bench/shapes.js`: nothing is downloaded, and both sides load the same file.

import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readT5Config } from "../dist/src/runtime/models/t5-config.js";
import { t5TensorShapes } from "../dist/src/runtime/models/t5-weights.js";
import { writeSafetensors } from "../dist/src/runtime/weights/write-safetensors.js";
import { backbones, generator } from "./shapes.js";

/** The folder with `config.json` and `model.safetensors` of a backbone, made at the first call and kept for the next ones. */
export function checkpointOf(name) {
  const folder = path.join(tmpdir(), "dept-bench", name);
  const file = path.join(folder, "model.safetensors");
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "config.json"), JSON.stringify(backbones[name]));
  if (existsSync(file)) return folder;
  process.stderr.write(`writing ${file}\n`);
  const draw = generator(7);
  const tensors = [...t5TensorShapes(readT5Config(folder))].map(([tensor, shape]) => {
    const half = Math.sqrt(3) * deviation(tensor, backbones[name]);
    const count = shape.reduce((product, axis) => product * axis, 1);
    const data = new Float32Array(count);
    for (let i = 0; i < count; i++) data[i] = half === 0 ? 1 : half * (2 * draw() - 1);
    return [tensor, { shape, data }];
  });
  writeSafetensors(file, Object.fromEntries(tensors), { format: "pt" });
  return folder;
}

/** Deviations of T5's own initialisation; 0 for the norms, which are ones. */
function deviation(tensor, { d_model: width, d_kv: headWidth, num_heads: heads, d_ff: feedForward }) {
  if (tensor.includes("norm")) return 0;
  if (tensor.startsWith("shared")) return 1;
  if (/\.q\.weight$/.test(tensor)) return (width * headWidth) ** -0.5;
  if (/\.o\.weight$/.test(tensor)) return (heads * headWidth) ** -0.5;
  if (/\.wo\.weight$/.test(tensor)) return feedForward ** -0.5;
  return width ** -0.5;
}
