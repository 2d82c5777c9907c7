import { expect, test } from "vitest";
import { ones } from "../../../src/runtime/prompts/initialisers.ts";
import { startBackend } from "../../../src/runtime/tf.ts";
import { adamW } from "../../../src/runtime/train/adamw.ts";
import { createParameters, disposeParameters } from "../../../src/runtime/train/parameters.ts";
import { ball, project } from "../../../src/runtime/train/projections.ts";
import { update } from "../../../src/runtime/train/step.ts";
import { stubBackbone } from "../../support/stub-backbone.ts";

test("a row outside the ball is shortened to its surface, one inside is left alone", () => {
  const values = Float32Array.from([3, 4, 0.3, 0.4, 0, 0]);
  project(ball(1), values, 2);
  expect(Array.from(values, (each) => Number(each.toFixed(6)))).toEqual([0.6, 0.8, 0.3, 0.4, 0, 0]);
});

test("every step ends inside the ball, on the device as well, and other tensors are not touched", async () => {
  await startBackend("cpu");
  const backbone = stubBackbone();
  const groups = { prompt: { tensors: ["D", "P"], learningRate: 1 } };
  const initialisers = { D: ones([3, 4]), P: ones([3, 4]) };
  const parameters = createParameters(initialisers, groups, backbone, 1, { D: ball(0.5) });
  const gradients = parameters.map(() => Float32Array.from({ length: 12 }, (_, i) => (i % 5) - 2));
  update(parameters, gradients, adamW(), 1, undefined);
  const norms = (values: ArrayLike<number>) =>
    [0, 4, 8].map((start) => Math.hypot(...Array.from(values).slice(start, start + 4)));
  const [projected, free] = parameters;
  for (const norm of norms(projected?.variable.dataSync() ?? [])) expect(norm).toBeLessThanOrEqual(0.500001);
  expect(projected?.values).toEqual(projected?.variable.dataSync());
  expect(Math.max(...norms(free?.values ?? []))).toBeGreaterThan(1);
  disposeParameters(parameters);
  backbone.dispose();
});

test("a projection of a tensor that is not there is refused", () => {
  const backbone = stubBackbone();
  expect(() => createParameters({}, {}, backbone, 1, { D: ball(1) })).toThrow(
    "a projection names D, which is not a tensor that learns",
  );
  backbone.dispose();
});
