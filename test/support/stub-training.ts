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

const signal = process.env["DEPT_TEST_SIGNAL"];
if (signal !== undefined) {
  // The real signal, to the real process, in the midst of its n-th call of the backbone.
  let calls = 0;
  const { lossAndGradient, choiceLogLikelihoods } = backbone;
  const count = () => {
    if (++calls === Number(process.env["DEPT_TEST_AT_CALL"])) process.kill(process.pid, signal);
  };
  backbone.lossAndGradient = (...given) => (count(), lossAndGradient(...given));
  backbone.choiceLogLikelihoods = (...given) => (count(), choiceLogLikelihoods(...given));
}

const steps = Number(process.env["DEPT_TEST_STEPS"] ?? 1_000_000);
await fit(stubSettings(backbone, task, { steps }));
