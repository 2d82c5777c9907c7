import { expect, test } from "vitest";
import { OperationalError } from "../../src/runtime/operational-error.ts";
import { parseOptions } from "../../src/runtime/options.ts";

const training = { evaluate: undefined, split: "test", predict: undefined };

test("without arguments a script runs as written, on the first backend that works, into runs/", () => {
  expect(parseOptions([])).toEqual({
    backend: "auto",
    threads: undefined,
    steps: undefined,
    runs: "runs",
    resume: false,
    ...training,
  });
});

test("every option is read", () => {
  expect(parseOptions(["--backend", "cpu", "--threads=3", "--steps=5", "--runs", "out", "--resume"])).toEqual(
    {
      backend: "cpu",
      threads: 3,
      steps: 5,
      runs: "out",
      resume: true,
      ...training,
    },
  );
});

test("help wins over everything else", () => {
  expect(parseOptions(["--help", "--backend", "abacus"])).toBe("help");
});

test.each([
  [["--stpes", "5"], /--stpes.*\n[^]*--backend NAME[^]*--steps N[^]*--runs DIR[^]*--help/],
  [["quickly"], /quickly[^]*--steps N/],
  [["--backend", "abacus"], /abacus.*auto, node-gpu, webgpu, node, wasm, cpu/],
  [["--steps", "0"], /--steps 0: .*whole number above 0/],
  [["--steps", "2.5"], /--steps 2\.5/],
  [["--threads", "0"], /--threads 0: .*whole number above 0/],
  [["--steps"], /--steps/],
  [["--runs", ""], /--runs/],
  [["--split", "dev"], /--split dev.*train, validation, test/],
])("%j is refused with what would be right", (args, message) => {
  expect(() => parseOptions(args)).toThrow(OperationalError);
  expect(() => parseOptions(args)).toThrow(message);
});
