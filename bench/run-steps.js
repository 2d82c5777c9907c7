// Steps as a run takes them, without its folder, its data and its validations: on the device where the backend can, else by the host.

import { adamW } from "../dist/src/runtime/train/adamw.js";
import { copyValues } from "../dist/src/runtime/train/parameters.js";
import { constant } from "../dist/src/runtime/train/schedules.js";
import { startStepper } from "../dist/src/runtime/train/stepper.js";

/**
 * Every step reads the same examples. `take(count)` answers when all are finished: the last loss, and of each its seconds and those of the
 * processor since the outcome before it. What a run does between steps, such as reading the values back, is in neither.
 */
export function startSteps({ backbone, method, parameters, examples, memory }) {
  const settings = {
    ...{ backbone, task: { classes: [] }, batch: examples.length, memory },
    ...{ optimizer: adamW(), schedule: constant(), clip: 1 },
    groups: Object.fromEntries(parameters.map(({ group, learningRate }) => [group, { learningRate }])),
  };
  const history = { steps: [], lastGood: { step: 0, values: copyValues(parameters) } };
  const run = { settings, method, parameters, history, steps: Infinity, examplesOf: () => examples };
  let outcomes = [];
  let cpu = process.cpuUsage();
  const stepper = startStepper(run, ({ loss, seconds }) => {
    const { user, system } = process.cpuUsage(cpu);
    cpu = process.cpuUsage();
    history.steps.push({});
    outcomes.push({ loss, seconds, cpuSeconds: (user + system) / 1e6 });
  });
  return {
    stepper,
    async take(count) {
      outcomes = [];
      cpu = process.cpuUsage();
      for (let step = 0; step < count; step++) {
        await stepper.begin();
        await new Promise(setImmediate); // as the training loop does
      }
      await stepper.settle();
      const [seconds, cpuSeconds] = ["seconds", "cpuSeconds"].map((name) =>
        outcomes.map((each) => each[name]),
      );
      return { loss: outcomes.at(-1)?.loss, seconds, cpuSeconds };
    },
    dispose() {
      stepper.dispose();
      for (const { variable } of parameters) variable.dispose();
    },
  };
}
