// Starts the worker threads of the pool.

import { createRequire } from "node:module";
import { Worker } from "node:worker_threads";
import { messageOf } from "../operational-error.ts";
import type { WorkerStart } from "./job-board.ts";

const patience = 10_000; // ms for all workers to be ready

/** One worker for each start, none of which keeps the process alive. Throws, leaving none behind, where one does not get ready. */
export async function startWorkers(starts: readonly WorkerStart[]): Promise<void> {
  const workers: Worker[] = [];
  try {
    const file = createRequire(import.meta.url).resolve("#pool-worker");
    for (const workerData of starts) workers.push(new Worker(file, { workerData, execArgv: [] }));
    await Promise.all(workers.map(readiness));
    for (const worker of workers) worker.unref();
  } catch (error) {
    await Promise.all(workers.map((worker) => worker.terminate()));
    throw new Error(`worker threads do not start: ${messageOf(error)}`);
  }
}

function readiness(worker: Worker): Promise<void> {
  return new Promise((resolve, reject) => {
    const seconds = patience / 1000;
    const timer = setTimeout(() => reject(new Error(`one was not ready after ${seconds} s`)), patience);
    const settle = (outcome: () => void) => () => {
      clearTimeout(timer);
      outcome();
    };
    worker.once("message", settle(resolve));
    worker.once("error", (error) => settle(() => reject(error))());
    worker.once("exit", (code) => settle(() => reject(new Error(`one ended with exit code ${code}`)))());
  });
}
