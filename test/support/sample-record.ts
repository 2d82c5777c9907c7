// A run's record as a real one looks, made up: six classes, 600 steps, 2,000 test rows.

import { randomStream } from "../../src/runtime/random.ts";
import type { Prediction, RunRecord, StepRecord } from "../../src/runtime/train/run-record.ts";
import { linear, rateMultiplier } from "../../src/runtime/train/schedules.ts";
import { adamW } from "../../src/runtime/train/adamw.ts";

const classes = ["animal", "plant", "person", "artifact", "food", "place"];
const shares = [0.13, 0.11, 0.27, 0.24, 0.1, 0.15];
const texts = [
  "an American breed of foxhound",
  "a region in California to the south of San Francisco that is noted for its concentration of high-technology industries",
  "someone who uses profanity & <strong> language",
  "furnace consisting of a special hearth where metal is heated before shaping",
  "the pearly lining of the dark shells is a source of mother-of-pearl",
  'tall annual herb cultivated for its "edible" seeds',
];

export function sampleRecord(overrides: Partial<RunRecord> = {}): RunRecord {
  const predictions = makePredictions(2_000);
  const right = predictions.filter(({ label, predicted }) => label === predicted).length;
  const accuracy = right / predictions.length;
  const majority = { text: "person", share: 0.27 };
  return {
    name: "quickstart",
    spec: "sha256:9c1f3be0a2d47781b2a2b9f0d7e9c34ad7a1cf5d8d2b5f54c0a5e9f5d6c7b8a9",
    startedAt: "2026-01-02T10:20:30.000Z",
    seconds: 83.6,
    versions: { dept: "0.1.0", node: "20.20.2", tfjs: "4.22.0" },
    backend: { name: "wasm", description: "wasm: TensorFlow.js 4.22.0 with SIMD matrix kernels" },
    backbone: {
      name: "wordnet-t5",
      architecture: "T5 v1.0",
      width: 128,
      parameters: 1_840_000,
      sha256: "ab".repeat(32),
    },
    settings: {
      seed: 42,
      steps: 600,
      batch: 16,
      clip: 1,
      evaluateEvery: 100,
      optimizer: adamW(),
      schedule: linear({ warmup: 50 }),
      maxTokens: 48,
      input: "{text}",
    },
    tensors: [
      {
        name: "P",
        shape: [10, 128],
        group: "prompt",
        learningRate: 0.3,
        weightDecay: 0,
        initialiser: { kind: "vocabulary", shape: [10, 128] },
      },
      {
        name: "A",
        shape: [48, 8],
        group: "pair",
        learningRate: 5e-3,
        weightDecay: 0,
        initialiser: { kind: "kaimingUniform", shape: [48, 8] },
      },
      {
        name: "B",
        shape: [8, 128],
        group: "pair",
        learningRate: 5e-3,
        weightDecay: 0,
        initialiser: { kind: "zeros", shape: [8, 128] },
      },
    ],
    constants: [],
    trained: 2_688,
    data: {
      train: { source: "train.jsonl", rows: 6_000, majority },
      validation: { source: "validation.jsonl", rows: 1_000, majority },
      test: { source: "test.jsonl", rows: 2_000, majority },
    },
    classes,
    steps: makeSteps(600),
    validations: [0.612, 0.748, 0.801, 0.833, 0.857, 0.854].map((share, i) => ({
      step: 100 * (i + 1),
      accuracy: share,
      scores: { accuracy: share },
    })),
    kept: { step: 500, because: "best on validation" },
    ending: { kind: "finished" },
    before: 0.3125,
    scoresBefore: { accuracy: 0.3125 },
    after: {
      accuracy,
      scores: { accuracy },
      predictions: Int32Array.from(predictions, ({ predicted }) => predicted),
      labels: Int32Array.from(predictions, ({ label }) => label),
      logLikelihoods: Float32Array.from(
        predictions.flatMap(({ probabilities }) => probabilities.map(Math.log)),
      ),
    },
    predictions,
    ...overrides,
  };
}

export function makeSteps(count: number): StepRecord[] {
  const random = randomStream(1, "sample steps");
  return Array.from({ length: count }, (_, index) => {
    const progress = index / count;
    const loss = (0.22 + 1.6 * Math.exp(-6 * progress)) * Math.exp(0.25 * random.normal());
    const multiplier = rateMultiplier(linear({ warmup: 50 }), index, count);
    return {
      step: index + 1,
      loss,
      gradientNorm: loss * (1 + random.uniform()),
      learningRates: { prompt: 0.3 * multiplier, pair: 5e-3 * multiplier },
      examplesPerSecond: 110 + 10 * random.normal(),
    };
  });
}

function makePredictions(count: number): Prediction[] {
  const random = randomStream(1, "sample predictions");
  return Array.from({ length: count }, (_, row) => {
    const label = pick(random.uniform());
    const predicted = random.uniform() < 0.78 + 0.03 * label ? label : pick(random.uniform());
    const weights = classes.map((_, index) =>
      index === predicted ? 4 + 6 * random.uniform() : random.uniform(),
    );
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const text = `${texts[row % texts.length]}`;
    return { text, label, predicted, probabilities: weights.map((weight) => weight / total) };
  });
}

function pick(at: number): number {
  let below = 0;
  return shares.findIndex((share) => at < (below += share)) ?? 0;
}
