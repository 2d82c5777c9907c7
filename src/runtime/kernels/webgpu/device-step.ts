// Steps of the optimizer on the webgpu backend: two dispatches for each tensor, and two for the step.

import { tf, type Tensor } from "../../backends/tensorflow.ts";
import type { DeviceStep, DeviceStepPlan, StepFailure, StepReport } from "../../primitives/device-step.ts";
import { dispatch, gridOf } from "./dispatch.ts";
import { entriesOfGroup } from "./element-programs.ts";
import {
  adamWProgram,
  addRowsProgram,
  failed,
  lanes,
  reportProgram,
  squaresProgram,
  verdictProgram,
} from "./step-programs.ts";

/** Workgroups that share the squares of one tensor. */
const mostGroups = 64;

/** No norm in 32 bits is above it. */
const noLimit = 3.4e38;

/** What the device refuses fails the reading of a report. */
export function startDeviceStep({ tensors, limits, ...settings }: DeviceStepPlan): DeviceStep {
  const { beta1, beta2, epsilon } = settings;
  const betas = [beta1, 1 - beta1, beta2, 1 - beta2, epsilon];
  const shares = sharesOf(tensors.map(({ values }) => values.size));
  const owners = shares.flatMap(({ groups }, tensor) =>
    Array.from({ length: groups }, () => [tensor, tensors[tensor]?.limit ?? 0]),
  );
  const sums = owners.length;
  const own = {
    squares: tf.zeros([sums]),
    strange: tf.zeros([sums]),
    owners: tf.tensor2d(owners, [sums, 2], "int32"),
    limits: tf.tensor1d(limits.map((limit) => Math.min(limit, noLimit))),
    verdict: tf.zeros([2 + limits.length]),
    state: tf.zeros([4]),
  };
  const { squares, strange, verdict, state } = own;
  return {
    take({ loss, gradients, rates }) {
      for (const [tensor, { size, offset, groups }] of shares.entries())
        dispatch(
          squaresProgram,
          [at(gradients, tensor), squares, strange],
          [],
          [size, offset, groups],
          [groups],
        );
      const given = [loss, squares, strange, own.owners, own.limits, verdict, state];
      dispatch(verdictProgram, given, [], [sums, limits.length], [1]);
      const numbers = tf.tensor2d(rates, [tensors.length, 4]);
      for (const [tensor, { values, first, second, previous, limit }] of tensors.entries()) {
        const bound = [at(gradients, tensor), verdict, numbers, state, values, first, second, previous];
        const grid = gridOf(Math.ceil(values.size / entriesOfGroup));
        dispatch(adamWProgram, bound, [], [values.size, tensor, limit, ...betas], grid);
      }
      numbers.dispose();
      const [report] = dispatch(reportProgram, [verdict, state], [[5]], [failed.values], [1]);
      if (!report) throw new Error("a step made no report");
      return report;
    },
    read: readReport,
    addRows,
    dispose: () => tf.dispose(Object.values(own)),
  };
}

/** Workgroups for the squares of each tensor, and the place of its first sum among all. */
function sharesOf(sizes: readonly number[]) {
  let offset = 0;
  return sizes.map((size) => {
    const groups = Math.min(mostGroups, Math.ceil(size / lanes));
    const share = { size, offset, groups };
    offset += groups;
    return share;
  });
}

const addRows: DeviceStep["addRows"] = (gradient, ids, rows) => {
  const width = rows.size / ids.length;
  const byId = new Map<number, number[]>();
  for (const [row, id] of ids.entries()) {
    if (id < 0) continue;
    const own = byId.get(id);
    if (own) own.push(row);
    else byId.set(id, [row]);
  }
  if (byId.size === 0) return;
  const order = [...byId.values()].flat();
  let from = 0;
  const places = [...byId].map(([id, { length }]) => [id, from, (from += length)]);
  const indices = [tf.tensor2d(places, [byId.size, 3], "int32"), tf.tensor1d(order, "int32")];
  const count = byId.size * width;
  dispatch(
    addRowsProgram,
    [rows, ...indices, gradient],
    [],
    [count, width],
    gridOf(Math.ceil(count / entriesOfGroup)),
  );
  tf.dispose(indices);
};

async function readReport(report: Tensor): Promise<StepReport> {
  const numbers = await report.data<"float32">();
  const [, , status = 0, culprit = 0] = new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length);
  const [loss = NaN, norm = NaN, , , strange = NaN] = numbers;
  return { loss, norm, failure: failureOf(status, culprit, strange) };
}

function failureOf(status: number, tensor: number, strange: number): StepFailure | undefined {
  switch (status) {
    case 0:
      return undefined;
    case failed.loss:
      return { kind: "loss" };
    case failed.gradient:
      return { kind: "gradient", tensor, strange };
    case failed.norm:
      return { kind: "norm" };
    default:
      return { kind: "values" };
  }
}

function at(tensors: readonly Tensor[], index: number): Tensor {
  const found = tensors[index];
  if (!found) throw new Error(`tensor ${index} has no gradient`);
  return found;
}
