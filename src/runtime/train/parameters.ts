// The tensors that learn: their numbers here, their copies on the device, and the proof that they are the planned ones.

import { initialValues } from "../prompts/initial-values.ts";
import type { Initialiser, Shape } from "../prompts/initialisers.ts";
import type { TextBackbone } from "../data/load-task.ts";
import { tf, type Variable } from "../tf.ts";
import { adamW } from "./adamw.ts";
import type { OptimizerState } from "./optimizer-state.ts";
import { startState, type Optimizer } from "./optimizers.ts";
import { weightsOf, type PretrainedWeights } from "./pretrained.ts";
import type { Projection } from "./projections.ts";
import type { Schedule } from "./schedules.ts";

/** Tensors that share a learning rate. */
export interface Group<Name extends string = string> {
  readonly tensors: readonly Name[];
  readonly learningRate: number;
  /** λ of AdamW: each step also shrinks a tensor by its rate times this. Default 0. */
  readonly weightDecay?: number;
  /** Instead of the run's. */
  readonly schedule?: Schedule;
  /** Limit of the norm of this group's gradients; the run's limit is then one over the other groups. */
  readonly clip?: number;
}

export interface Parameter {
  readonly name: string;
  /** Of a weight of the backbone, the method's tensor that it is a place of; its own name is the checkpoint's. */
  readonly tensor?: string;
  readonly shape: Shape;
  readonly initialiser: Initialiser;
  readonly group: string;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly projection: Projection | undefined;
  /** The truth; `variable` is its copy on the device, renewed by `upload`. */
  readonly values: Float32Array;
  readonly state: OptimizerState;
  readonly variable: Variable;
}

/**
 * Draws every tensor's first values and makes its variable, in the order of `initialisers`. One that begins as weights of the
 * backbone becomes a parameter for each of them, `pretrained`, under its name in the checkpoint.
 */
export function createParameters(
  initialisers: Readonly<Record<string, Initialiser>>,
  groups: Readonly<Record<string, Group>>,
  backbone: TextBackbone,
  seed: number,
  projections: Readonly<Record<string, Projection | undefined>> = {},
  optimizer: Optimizer = adamW(),
  pretrained: PretrainedWeights = new Map(),
): Parameter[] {
  const stranger = Object.keys(projections).find((name) => !Object.hasOwn(initialisers, name));
  if (stranger !== undefined)
    throw new Error(`a projection names ${stranger}, which is not a tensor that learns`);
  const owners = checkGroups(Object.keys(initialisers), groups);
  // All numbers before the first variable: a file that cannot be read leaves nothing on the device.
  const drawn = Object.entries(initialisers).flatMap(([name, initialiser]): Drawn[] => {
    if (initialiser.kind !== "pretrained")
      return [{ name, initialiser, values: initialValues(name, initialiser, backbone, seed) }];
    return weightsOf(name, initialiser, pretrained).map((weight) => {
      const { name: own, shape, data } = weight;
      return { name: own, tensor: name, initialiser: { ...initialiser, shape }, values: data };
    });
  });
  return drawn.map(({ name, tensor, initialiser, values }) => {
    const first = tf.tensor(values.slice(), [...initialiser.shape]);
    const variable = tf.variable(first, true, name);
    first.dispose();
    const { shape } = initialiser;
    const { group, learningRate, weightDecay } = ownerOf(tensor ?? name, owners);
    return {
      name,
      ...(tensor === undefined ? {} : { tensor }),
      shape,
      initialiser,
      group,
      learningRate,
      weightDecay,
      projection: projections[tensor ?? name],
      values,
      state: startState(optimizer, shape),
      variable,
    };
  });
}

/** A tensor before it is on the device. */
interface Drawn extends Pick<Parameter, "name" | "tensor" | "initialiser"> {
  readonly values: Float32Array;
}

interface Owner {
  readonly group: string;
  readonly learningRate: number;
  readonly weightDecay: number;
}

function ownerOf(name: string, owners: ReadonlyMap<string, Owner>): Owner {
  const owner = owners.get(name);
  if (!owner) throw new Error(`tensor ${name} is in no group`);
  return owner;
}

/** Each tensor's group and rate. Throws unless every tensor is in exactly one group and every name is a tensor's. */
function checkGroups(names: readonly string[], groups: Readonly<Record<string, Group>>) {
  const owners = new Map<string, Owner>();
  for (const [group, { tensors, learningRate, weightDecay = 0 }] of Object.entries(groups)) {
    for (const name of tensors) {
      const owner = owners.get(name)?.group;
      if (owner !== undefined) throw new Error(`tensor ${name} is in two groups: ${owner} and ${group}`);
      if (!names.includes(name))
        throw new Error(`group ${group} names ${name}, which is not a tensor of the method`);
      owners.set(name, { group, learningRate, weightDecay });
    }
  }
  const without = names.find((name) => !owners.has(name));
  if (without !== undefined) throw new Error(`tensor ${without} is in no group, so it has no learning rate`);
  return owners;
}

/**
 * Throws unless the trainable variables alive in this process are exactly these tensors, each of the shape declared, and
 * their entries add up to `trained`, the total the plan was checked with.
 */
export function assertPlanned(parameters: readonly Parameter[], trained: number): void {
  const live = Object.values(tf.engine().registeredVariables).filter((variable) => variable.trainable);
  const stray = live.find((variable) => !parameters.some((parameter) => parameter.variable === variable));
  if (stray)
    throw new Error(`variable ${stray.name} [${stray.shape.join(", ")}] is trainable but not in the plan`);
  for (const { name, shape, variable } of parameters) {
    if (!live.includes(variable)) throw new Error(`tensor ${name} has no live variable`);
    if (variable.shape.join() !== shape.join()) {
      throw new Error(
        `tensor ${name} is [${variable.shape.join(", ")}], but [${shape.join(", ")}] was declared`,
      );
    }
  }
  const total = parameters.reduce((sum, { variable }) => sum + variable.size, 0);
  if (total !== trained) {
    throw new Error(
      `the variables have ${count(total)} trained entries; the plan was checked with ${count(trained)}`,
    );
  }
}

/** Makes the device's copy equal to `values`. */
export function upload({ values, variable }: Parameter): void {
  const fresh = tf.tensor(values.slice(), variable.shape);
  variable.assign(fresh);
  fresh.dispose();
}

/** Takes every parameter back to a copy made by `copyValues`. */
export function restoreValues(
  parameters: readonly Parameter[],
  copy: ReadonlyMap<string, Float32Array>,
): void {
  for (const parameter of parameters) {
    parameter.values.set(copy.get(parameter.name) ?? parameter.values);
    upload(parameter);
  }
}

export function copyValues(parameters: readonly Parameter[]): Map<string, Float32Array> {
  return new Map(parameters.map(({ name, values }) => [name, values.slice()]));
}

export function disposeParameters(parameters: readonly Parameter[]): void {
  for (const { variable } of parameters) variable.dispose();
}

function count(entries: number): string {
  return entries.toLocaleString("en-US");
}
