// A thread of the pool: multiplies what the main thread puts on the board.

import { parentPort, workerData } from "node:worker_threads";
import { instantiateKernels, work, type WorkerStart } from "./job-board.ts";

const { module, memory, board, scratch } = workerData as WorkerStart;
const kernels = instantiateKernels(module, memory);
work(new Int32Array(board), kernels, scratch, () => parentPort?.postMessage("ready"));
