// The compiler's plan of a shape that the benchmarks measure.

import { check, memoryHost, nodeHost } from "../dist/src/index.js";

/** The plan of a prompt of 20 rows over the backbone; its targets are guessed at 2 tokens, the batch has 3. */
export async function planOf(s, size) {
  const text = `import { t5_small } from "std/backbones"
import { prompt_tuning } from "std/methods"
task even {
  train = jsonl("train.jsonl")
  validation = jsonl("validation.jsonl")
  test = jsonl("test.jsonl")
  input = "{text}"
  target = choice("label", ["nonpositive", "positives"])
  max_tokens = ${s}
}
tune even_prompt {
  backbone = t5_small
  task = even
  method = prompt_tuning(length = 20)
  group prompt { lr = 0.3 }
  train { steps = 10  batch = ${size} }
}`;
  const { plans, diagnostics } = await check("main.dept", memoryHost({ "main.dept": text }, nodeHost()));
  const [plan] = plans;
  if (!plan) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return plan;
}
