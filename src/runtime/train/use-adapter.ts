// What a script does with an adapter instead of training: evaluate it, or predict with it.

import { createInterface } from "node:readline";
import { loadAdapter } from "../adapters/load-adapter.ts";
import { argmaxRows } from "../data/accuracy.ts";
import { fillTemplate } from "../data/fields.ts";
import { parseRow } from "../data/jsonl.ts";
import type { Split } from "../data/load-task.ts";
import { OperationalError } from "../operational-error.ts";
import { startBackend, tf } from "../tf.ts";
import type { TensorValues } from "../weights/safetensors.ts";
import { createConstants, disposeConstants, methodOf, type Constant } from "./constants.ts";
import { evaluate, rankClasses, writeAnswers } from "./evaluate.ts";
import { createParameters, disposeParameters, restoreValues, type Parameter } from "./parameters.ts";
import { readPretrained } from "./pretrained.ts";
import type { AnySettings } from "./run.ts";
import type { Method } from "./step.ts";

interface Trained {
  readonly method: Method;
  readonly parameters: readonly Parameter[];
}

/** The accuracy of an adapter on all rows of a split, and the task's metrics there. */
export async function evaluateAdapter(settings: AnySettings, adapter: string, split: Split) {
  return withAdapter(settings, adapter, async ({ method, parameters }) => {
    const { backbone, task } = settings;
    const found = await evaluate(backbone, method, parameters, task, task[split]);
    return {
      adapter,
      spec: settings.spec,
      split,
      rows: task[split].length,
      accuracy: found?.accuracy ?? null,
      scores: found?.scores ?? null,
    };
  });
}

/** Rows predicted at once; less are waited for no longer than until the input ends. */
const batchRows = 16;

/**
 * Reads rows as JSON lines and writes a line for each, in their order: the class found likeliest, and every class's
 * log-likelihood; or the text that was written. Throws an OperationalError that names the line for one that cannot be used, once
 * the lines before it are answered.
 */
export async function predictRows(
  settings: AnySettings,
  adapter: string,
  rows: NodeJS.ReadableStream,
  write: (line: string) => void,
): Promise<void> {
  await withAdapter(settings, adapter, async (trained) => {
    let texts: string[] = [];
    let number = 0;
    const flush = async () => {
      if (texts.length > 0) await predictBatch(settings, trained, texts, write);
      texts = [];
    };
    for await (const line of createInterface({ input: rows, crlfDelay: Infinity })) {
      number++;
      if (line.trim() === "") continue;
      const place = `line ${number}`;
      try {
        texts.push(fillTemplate(settings.task.input, { place, fields: parseRow(line, place) }));
      } catch (error) {
        await flush(); // the rows before it are right
        throw error;
      }
      if (texts.length === batchRows) await flush();
    }
    await flush();
  });
}

async function predictBatch(
  { backbone, task }: AnySettings,
  { method, parameters }: Trained,
  texts: readonly string[],
  write: (line: string) => void,
): Promise<void> {
  const { maxTokens, classes, writing } = task;
  const trained = { backbone, method, parameters };
  const examples = texts.map((text) => {
    const { ids } = backbone.tokenizer.encode(text, { maxTokens, ...backbone.inputFrame });
    return { text, ids: Int32Array.from(ids), label: 0 };
  });
  if (writing) {
    const written = await writeAnswers(trained, examples, writing);
    for (const [row, input] of texts.entries())
      write(`${JSON.stringify({ input, prediction: written[row] })}\n`);
    return;
  }
  const scores = await rankClasses(trained, examples, task); // [batch × classes]
  const predicted = argmaxRows(scores, classes.length);
  for (const [row, text] of texts.entries()) {
    const entries = classes.map((each, index) => [each.text, scores[row * classes.length + index]]);
    const prediction = classes[predicted[row] ?? 0]?.text;
    write(`${JSON.stringify({ input: text, prediction, logLikelihoods: Object.fromEntries(entries) })}\n`);
  }
}

async function withAdapter<T>(
  settings: AnySettings,
  adapter: string,
  work: (trained: Trained) => Promise<T>,
): Promise<T> {
  const { backbone, seed } = settings;
  const tensors = loadAdapter(adapter, settings);
  await startBackend();
  const constants = createConstants(settings.constants ?? {}, backbone, seed).map((each) => {
    if (each.redrawn) return each;
    each.tensor.dispose();
    return storedConstant(each, valuesOf(tensors, each, adapter));
  });
  const pretrained = await readPretrained(settings.parameters, backbone);
  const { parameters: initialisers, groups, optimizer } = settings;
  const parameters = createParameters(initialisers, groups, backbone, seed, {}, optimizer, pretrained);
  try {
    const values = parameters.map((each) => [each.name, valuesOf(tensors, each, adapter)] as const);
    restoreValues(parameters, new Map(values));
    return await work({ method: methodOf(settings, constants), parameters });
  } finally {
    disposeParameters(parameters);
    disposeConstants(constants);
  }
}

/** A constant that the seed does not bring back is what the adapter holds, whatever has become of its source. */
function storedConstant(constant: Constant, values: Float32Array): Constant {
  return { ...constant, values, tensor: tf.tensor(values.slice(), [...constant.shape]) };
}

function valuesOf(
  tensors: Readonly<Record<string, TensorValues>>,
  { name, shape }: { readonly name: string; readonly shape: readonly number[] },
  adapter: string,
): Float32Array {
  const found = tensors[name];
  if (found?.shape.join() === shape.join()) return found.data;
  const described = found ? `is [${found.shape.join(", ")}]` : "is not there";
  throw new OperationalError(`${adapter}: tensor ${name} ${described}; the method has [${shape.join(", ")}]`);
}
