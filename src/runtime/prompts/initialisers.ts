// What a trained tensor starts from, as data: a script writes it down, `fit` makes the numbers.

import type { WeightPlace, Weights } from "../models/inside.ts";
import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "../tf.ts";

export type Shape = readonly number[];

interface Rule {
  readonly zeros: object;
  readonly ones: object;
  readonly normal: { readonly std: number };
  readonly uniform: { readonly bound: number };
  readonly kaimingUniform: { readonly fan?: "rows" | "columns" };
  readonly xavierUniform: object;
  readonly orthogonal: object;
  readonly vocabulary: object;
  readonly text: { readonly text: string };
  readonly pretrained: { readonly place: WeightPlace };
  readonly adapter: { readonly files: readonly (string | URL)[]; readonly tensor: string };
}

export type InitialiserKind = keyof Rule;

/** How the entries of a tensor of this shape are drawn. */
export type Initialiser<S extends Shape = Shape> = {
  [Kind in InitialiserKind]: { readonly kind: Kind; readonly shape: S } & Rule[Kind];
}[InitialiserKind];

/** The tensor type of a shape: `[10, 128]` is a Tensor2D. */
export type TensorOf<S extends Shape> = S extends readonly []
  ? Scalar
  : S extends readonly [number]
    ? Tensor1D
    : S extends readonly [number, number]
      ? Tensor2D
      : S extends readonly [number, number, number]
        ? Tensor3D
        : S extends readonly [number, number, number, number]
          ? Tensor4D
          : Tensor;

/**
 * Whether the seed and the tensor's name alone bring the values back. Those that come out of the backbone's
 * table or of another file are kept in the adapter, which can then be read on its own.
 */
export function followsFromSeed({ kind }: Initialiser): boolean {
  return !["vocabulary", "text", "adapter", "pretrained"].includes(kind);
}

/** The backbone's own weights at a place, the place as the first axis; each is a tensor of its own. */
export type Pretrained<S extends Shape = Shape> = Extract<Initialiser<S>, { readonly kind: "pretrained" }>;

/** The tensors a method's function is given: one for each initialiser, by name; of weights, one for each place. */
export type TensorsOf<Parameters extends Readonly<Record<string, Initialiser>>> = {
  readonly [Name in keyof Parameters]: Parameters[Name] extends Pretrained
    ? Weights
    : TensorOf<Parameters[Name]["shape"]>;
};

/** All 0. */
export function zeros<const S extends Shape>(shape: S): Initialiser<S> {
  return { kind: "zeros", shape };
}

/** All 1. */
export function ones<const S extends Shape>(shape: S): Initialiser<S> {
  return { kind: "ones", shape };
}

/** Normal numbers of mean 0 and standard deviation `std`. */
export function normal<const S extends Shape>(shape: S, std: number): Initialiser<S> {
  return { kind: "normal", shape, std };
}

/** Uniform numbers from −`bound` to `bound`. */
export function uniform<const S extends Shape>(shape: S, bound: number): Initialiser<S> {
  return { kind: "uniform", shape, bound };
}

/**
 * Uniform numbers from −1/√fan to 1/√fan, where the fan is the number of columns, or of rows where it says so (torch's
 * Linear keeps its weights transposed): PyTorch's `kaiming_uniform_` with
 * a = √5 (He et al. 2015), as the authors of DePT start A (Shi and Lipani 2024; `tuners/prompt_tuning_lora.py`).
 */
export function kaimingUniform<const S extends readonly [number, number]>(
  shape: S,
  fan?: "rows" | "columns",
): Initialiser<S> {
  return { kind: "kaimingUniform", shape, ...(fan ? { fan } : {}) };
}

/** Uniform numbers from −√(6/(rows + columns)) to √(6/(rows + columns)) (Glorot and Bengio 2010). */
export function xavierUniform<const S extends readonly [number, number]>(shape: S): Initialiser<S> {
  return { kind: "xavierUniform", shape };
}

/** Rows, or columns where there are fewer of them, of length 1 and at right angles (Saxe, McClelland and Ganguli 2014). */
export function orthogonal<const S extends readonly [number, number]>(shape: S): Initialiser<S> {
  return { kind: "orthogonal", shape };
}

/**
 * Rows of the backbone's own embedding table for the tokens of `text`, its end-of-text token included, over and over
 * until all rows have one (`tuners/prompt_tuning_lora.py` of Shi and Lipani 2024).
 */
export function text<const S extends readonly [number, number]>(shape: S, text: string): Initialiser<S> {
  return { kind: "text", shape, text };
}

/** The values of a tensor in a `.safetensors` file; of several files, one below the other (Vu et al. 2022, SPoT). */
export function adapter<const S extends Shape>(
  shape: S,
  files: string | URL | readonly (string | URL)[],
  tensor: string,
): Initialiser<S> {
  return { kind: "adapter", shape, files: Array.isArray(files) ? files : [files as string | URL], tensor };
}

/** What pretraining left in the backbone's weights at `place`, `[places, …]`: to be trained on from there. */
export function pretrained<const S extends Shape>(shape: S, place: WeightPlace): Pretrained<S> {
  return { kind: "pretrained", shape, place };
}

/**
 * Each row is that of a different word of the backbone's own embedding table, drawn from its 5,000 most frequent
 * (Lester, Al-Rfou and Constant 2021, "The Power of Scale for Parameter-Efficient Prompt Tuning", section 3.2).
 */
export function vocabulary<const S extends readonly [number, number]>(shape: S): Initialiser<S> {
  return { kind: "vocabulary", shape };
}
