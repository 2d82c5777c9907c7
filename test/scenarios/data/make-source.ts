// Writes source.safetensors beside it: a prompt of four rows for the embedded backbone, as another run would leave one.
// Run with vitest's runner or any other that reads TypeScript.

import { randomStream } from "../../../src/runtime/random.ts";
import { writeSafetensors } from "../../../src/runtime/weights/write-safetensors.ts";

const random = randomStream(1, "source");
const data = Float32Array.from({ length: 4 * 128 }, () => 0.5 * random.normal());
writeSafetensors(new URL("source.safetensors", import.meta.url).pathname, { P: { shape: [4, 128], data } });
