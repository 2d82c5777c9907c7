// Examples laid out as the backbone reads them: padded to the longest of their own batch, never to maxTokens.

import type { InputBatch, TargetBatch } from "../models/backbone.ts";
import { randomStream } from "../random.ts";
import type { Example, TaskClass } from "./load-task.ts";

/** No loss is taken where a target holds this. */
const ignored = -100;

export function inputBatch(examples: readonly Example[], padId: number): InputBatch {
  const rows = Math.max(...examples.map(({ ids }) => ids.length));
  const ids = new Int32Array(examples.length * rows).fill(padId);
  for (const [index, example] of examples.entries()) ids.set(example.ids, index * rows);
  return {
    ids,
    batch: examples.length,
    rows,
    lengths: Int32Array.from(examples, (example) => example.ids.length),
  };
}

export function targetBatch(examples: readonly Example[], classes: readonly TaskClass[]): TargetBatch {
  const targets = examples.map(({ answer, label }) => answer?.ids ?? classes[label]?.ids ?? []);
  const columns = Math.max(...targets.map((ids) => ids.length));
  const ids = new Int32Array(examples.length * columns).fill(ignored);
  for (const [index, target] of targets.entries()) ids.set(target, index * columns);
  return { ids, batch: examples.length, columns };
}

/**
 * The examples of training step `step`, counted from 0. Every epoch is shuffled anew by the seed; a batch may reach
 * over into the next epoch, so all batches are equally large. A pure function of its arguments: a run that goes
 * on from step 300 needs to remember nothing but the 300. With `bucket`, every so many examples have similar lengths.
 */
export function batchOrder(
  seed: number,
  examples: readonly Example[],
  batch: number,
  bucket?: number,
): (step: number) => Example[] {
  let shuffled: { epoch: number; order: Int32Array } = { epoch: -1, order: new Int32Array() };
  const orderOf = (epoch: number): Int32Array => {
    if (shuffled.epoch !== epoch) {
      const random = randomStream(seed, "order", epoch);
      const order = random.shuffle(Int32Array.from(examples.keys()));
      const begun = bucket && (epoch * examples.length) % bucket;
      const buckets = bucket && { begun: begun ?? 0, bucket, shuffle: random.shuffle.bind(random) };
      shuffled = { epoch, order: buckets ? bucketed(order, examples, buckets) : order };
    }
    return shuffled.order;
  };
  return (step) =>
    Array.from({ length: batch }, (_, offset) => {
      const position = step * batch + offset;
      const order = orderOf(Math.floor(position / examples.length));
      const example = examples[order[position % examples.length] ?? -1];
      if (example === undefined) throw new Error("a batch was asked of no examples");
      return example;
    });
}

/** Buckets among which examples are sorted: so many that most are of one length, and so few that chance still mixes them. */
const window = 50;

/**
 * The shuffled order with similar lengths side by side: in each `window` buckets examples are sorted by length and cut, and the buckets are
 * shuffled. What fills the bucket that the epoch before has `begun`, and the rest at the end, stay as they are.
 */
function bucketed(
  order: Int32Array,
  examples: readonly Example[],
  buckets: {
    readonly begun: number;
    readonly bucket: number;
    readonly shuffle: (order: Int32Array) => Int32Array;
  },
): Int32Array {
  const { begun, bucket, shuffle } = buckets;
  const lengthOf = (position: number) => examples[position]?.ids.length ?? 0;
  const first = (bucket - begun) % bucket;
  const count = Math.floor((order.length - first) / bucket);
  if (count < 2) return order;
  const end = first + count * bucket;
  const sorted = order.slice();
  for (let from = first; from < end; from += window * bucket)
    sorted.subarray(from, Math.min(end, from + window * bucket)).sort((a, b) => lengthOf(a) - lengthOf(b));
  const mixed = sorted.slice();
  for (const [place, index] of shuffle(Int32Array.from({ length: count }, (_, i) => i)).entries()) {
    const from = first + index * bucket;
    mixed.set(sorted.subarray(from, from + bucket), first + place * bucket);
  }
  return mixed;
}

/** Positions of the examples in batches of similar length, so that little is padding. */
export function batchesByLength(examples: readonly Example[], batch: number): number[][] {
  const lengthOf = (position: number) => examples[position]?.ids.length ?? 0;
  const positions = [...examples.keys()].sort((a, b) => lengthOf(a) - lengthOf(b));
  const batches: number[][] = [];
  for (let from = 0; from < positions.length; from += batch)
    batches.push(positions.slice(from, from + batch));
  return batches;
}
