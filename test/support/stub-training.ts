// A script like an emitted one, on the stub backbone; stop-signal.test.ts runs it. DEPT_TEST_FOLDER holds its data.

import { setTimeout } from "node:timers/promises";
import { scriptOptions } from "../../src/runtime/options.ts";
import { startBackend } from "../../src/runtime/tf.ts";
import { fit } from "../../src/runtime/train/fit.ts";
import { stubBackbone } from "./stub-backbone.ts";
import { stubSettings } from "./stub-method.ts";
import { stubTask } from "./stub-task.ts";

const folder = process.env["DEPT_TEST_FOLDER"] ?? "";
await startBackend(scriptOptions().backend);
const backbone = stubBackbone();
const task = await stubTask(backbone, folder);

if (process.env["DEPT_TEST_STUCK"] !== undefined) {
  backbone.choiceLogLikelihoods = async () => {
    process.stderr.write("stuck\n");
    await setTimeout(600_000);
    return new Float32Array();
  };
}

await fit(stubSettings(backbone, task, { steps: 1_000_000 }));
