// Starts contenders as processes of their own and asks them for steps: ours on a backend, or PyTorch.

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

const here = import.meta.dirname;

/** Our step on a backend, or `undefined` and a line on stderr that says why it is left out. `more` is added to the environment. */
export function startDept(backend, model, threads, more = {}) {
  return start(
    `dept on ${backend}`,
    process.execPath,
    [...[path.join(here, "dept_step.js"), "--model", model, "--backend", backend]],
    threads,
    more,
  );
}

/** PyTorch's step on a device, or `undefined` and a line that says why. `PYTHON` names the interpreter. */
export function startTorch(device, model, more = [], threads) {
  const python = process.env.PYTHON ?? "python3";
  return start(
    `torch on ${device}`,
    python,
    [...[path.join(here, "torch_step.py"), "--model", model, "--device", device, ...more]],
    threads,
  );
}

/** A process that answers JSON lines. `ask` throws what it answers as an error. */
async function start(name, command, parameters, threads, more = {}) {
  const missing = path.isAbsolute(command) && !existsSync(command);
  const child = missing
    ? undefined
    : spawn(command, parameters, {
        stdio: ["pipe", "pipe", "pipe"],
        env: { ...environment(threads), ...more },
      });
  if (!child) return leftOut(name, `${command} does not exist`);
  let complaint = "";
  child.stderr.on("data", (chunk) => (complaint = (complaint + chunk).slice(-4_000)));
  child.on("error", (error) => (complaint = error.message));
  child.stdin.on("error", () => {}); // the end of the process is reported by its missing answer
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) return { error: complaint.trim().split("\n").at(-1) || "the process ended" };
      if (value.startsWith("{")) return JSON.parse(value);
    }
  };
  const first = await next();
  if (first.error !== undefined) return leftOut(name, first.error);
  process.stderr.write(`${name}: ${first.ready}\n`);
  return {
    name,
    ...first,
    ask: async (request) => {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      const answer = await next();
      if (answer.error !== undefined) throw new Error(`${name}: ${answer.error}`);
      return answer;
    },
    stop: () => child.stdin.end(),
  };
}

function leftOut(name, reason) {
  process.stderr.write(`${name} is left out: ${reason}\n`);
  return undefined;
}

/** As many threads for libtensorflow and PyTorch; without a number, as many as each takes by itself. */
function environment(threads) {
  if (threads === undefined) return process.env;
  const names = ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"];
  return { ...process.env, ...Object.fromEntries(names.map((each) => [each, String(threads)])) };
}
