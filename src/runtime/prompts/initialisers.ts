// What a trained tensor starts from, as data: a script writes it down, `fit` makes the numbers.

import type { Scalar, Tensor, Tensor1D, Tensor2D, Tensor3D, Tensor4D } from "../tf.ts";

export type Shape = readonly number[];

interface Rule {
  readonly zeros: object;
  readonly ones: object;
  readonly normal: { readonly std: number };
  readonly uniform: { readonly bound: number };
  readonly kaimingUniform: object;
  readonly vocabulary: object;
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
 * Whether the seed and the tensor's name alone bring the values back. Those of `vocabulary` come out of the backbone's
 * table, so they are kept in the adapter, which can then be read on its own.
 */
export function followsFromSeed({ kind }: Initialiser): boolean {
  return kind !== "vocabulary";
}

/** The tensors a method's function is given: one for each initialiser, by name. */
export type TensorsOf<Parameters extends Readonly<Record<string, Initialiser>>> = {
  readonly [Name in keyof Parameters]: TensorOf<Parameters[Name]["shape"]>;
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
 * Uniform numbers from −1/√fanIn to 1/√fanIn, where fanIn is the number of columns: PyTorch's `kaiming_uniform_` with
 * a = √5 (He et al. 2015), as the authors of DePT start A (Shi and Lipani 2024; `tuners/prompt_tuning_lora.py`).
 */
export function kaimingUniform<const S extends readonly [number, number]>(shape: S): Initialiser<S> {
  return { kind: "kaimingUniform", shape };
}

/**
 * Each row is that of a different word of the backbone's own embedding table, drawn from its 5,000 most frequent
 * (Lester, Al-Rfou and Constant 2021, "The Power of Scale for Parameter-Efficient Prompt Tuning", section 3.2).
 */
export function vocabulary<const S extends readonly [number, number]>(shape: S): Initialiser<S> {
  return { kind: "vocabulary", shape };
}
