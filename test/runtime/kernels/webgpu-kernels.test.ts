// Our kernels on webgpu, on a software adapter, against the compositions they replace on cpu.

import { beforeAll, describe, expect, test } from "vitest";
import {
  installWebgpuKernels,
  tensorsOf,
} from "../../../src/runtime/kernels/webgpu/install-webgpu-kernels.ts";
import { trials, type Trial } from "../../../src/runtime/kernels/webgpu/trials.ts";
import { dispatch } from "../../../src/runtime/kernels/webgpu/dispatch.ts";
import { hasKernel, primitive } from "../../../src/runtime/primitives/primitive.ts";
import { startBackend, tf, type Tensor } from "../../../src/runtime/tf.ts";
import { hasSoftwareAdapter, startSoftwareWebgpu } from "../../support/software-adapter.ts";
import { relativeDifference } from "../../support/tiny-t5.ts";

describe.skipIf(!hasSoftwareAdapter)("on a software adapter", () => {
  beforeAll(startSoftwareWebgpu);

  test.each(trials)("$name agrees with its composition on cpu", async ({ primitive: of, kernel, calls }) => {
    await startBackend("cpu");
    const expected = await answersOf(of.stock, calls());
    await startSoftwareWebgpu();
    expect(hasKernel(of, "webgpu")).toBe(true);
    const found = await answersOf(kernel, calls());
    expect(found.map(({ shape }) => shape)).toEqual(expected.map(({ shape }) => shape));
    for (const [index, { values }] of found.entries())
      expect(relativeDifference(values, expected[index]?.values ?? [])).toBeLessThan(1e-5);
  });

  test("more rows than one direction of the grid has workgroups", async () => {
    await startSoftwareWebgpu();
    const softmax = trials.find(({ name }) => name === "softmax");
    const scores = tf.tensor4d(
      Float32Array.from({ length: 140_002 }, (_, i) => (i % 7) - 3),
      [1, 1, 70_001, 2],
    );
    const given = [scores, tf.zeros([1, 1, 1, 2])] as never[];
    const found = tensorsOf(softmax?.kernel(...given))[0];
    const expected = tensorsOf(softmax?.primitive.stock(...given))[0];
    expect(relativeDifference((await found?.data()) ?? [], (await expected?.data()) ?? [])).toBeLessThan(
      1e-5,
    );
  });

  test("the trials of a start leave nothing behind", async () => {
    await startSoftwareWebgpu();
    const before = tf.memory().numTensors;
    expect(await installWebgpuKernels()).toEqual([]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test("a kernel that gives other numbers is left out, and the composition stays", async () => {
    await startSoftwareWebgpu();
    const twice = trialOf((x) => tf.mul(x, 2.001));
    expect(await installWebgpuKernels([twice])).toEqual([
      expect.stringMatching(/^the kernel for doubling is left out: it differs by 5\.\de-4$/),
    ]);
    expect(hasKernel(twice.primitive, "webgpu")).toBe(false);
  });

  test("a kernel that the device refuses is left out, and reading goes on", async () => {
    await startSoftwareWebgpu();
    const program = {
      name: "broken",
      inputs: { x: "f32" },
      outputs: { y: "f32" },
      uniforms: { count: "u32" },
      code: "@compute @workgroup_size(1) fn main() { y[0] = nonsense; }",
    } as const;
    const broken = trialOf((x) => dispatch(program, [x], [x.shape], [x.size], [1])[0] ?? x);
    expect(await installWebgpuKernels([broken])).toEqual([
      expect.stringMatching(/^the kernel for doubling is left out: .*nonsense/),
    ]);
    expect(Array.from(await tf.add([1, 2], [3, 4]).data())).toEqual([4, 6]);
  });
});

/** A trial of another way to double. */
function trialOf(kernel: (x: Tensor) => Tensor): Trial {
  const doubling = primitive((x: Tensor) => tf.mul(x, 2));
  return {
    name: "doubling",
    primitive: doubling as unknown as Trial["primitive"],
    kernel,
    calls: () => [[tf.tensor1d([1, 2, 3])]],
  };
}

async function answersOf(call: Trial["kernel"], calls: readonly (readonly unknown[])[]) {
  const tensors = calls.flatMap((given) => tensorsOf(call(...(given as never[]))));
  const answers = await Promise.all(
    tensors.map(async (tensor) => ({ shape: tensor.shape, values: await tensor.data() })),
  );
  tf.dispose(tensors);
  return answers;
}
