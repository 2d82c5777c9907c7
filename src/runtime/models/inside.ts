// What a method changes inside the backbone's blocks, as data: each place it names, and the tensors that act there.
//
// A tensor holds the numbers of all places of one kind, the place as its first axis. Attentions are counted through the encoder
// and then through the decoder, in each decoder block self-attention before attention over the encoder; layers likewise. Where
// several heads share one of keys and values, `keyHeads` are fewer than the heads.

import type { Tensor, Tensor2D, Tensor3D } from "../tf.ts";
import { InnerGradients } from "./inner-gradients.ts";

/** y + scale·(x·Aᵀ)·Bᵀ beside a linear map from x to y (Hu et al. 2022). */
export interface LowRank {
  readonly kind: "lowRank";
  readonly down: Tensor3D; // [places, rank, in]
  readonly up: Tensor3D; // [places, out, rank]
  readonly scale: number;
}

/** y·l, column by column (Liu et al. 2022). */
export interface Scaled {
  readonly kind: "scaled";
  readonly by: Tensor2D; // [places, out]
}

/** y + b, column by column (Ben Zaken, Goldberg and Ravfogel 2022). */
export interface Shifted {
  readonly kind: "shifted";
  readonly by: Tensor2D; // [places, out]
}

/** One tensor of the checkpoint that learns. */
export interface Weight {
  /** In the checkpoint. */
  readonly name: string;
  readonly tensor: Tensor;
  /** The same numbers. */
  readonly values: Float32Array;
}

/** Weights of a place, one for each time it comes. */
export type Weights = readonly Weight[];

/** Learned weights instead of the backbone's own: fine-tuning. */
export interface Trained {
  readonly kind: "trained";
  readonly weights: Weights;
}

export type LinearChange = LowRank | Scaled | Shifted | Trained;

/** Keys and values in front of those of the rows, without a position (Li and Liang 2021). */
export interface Prefix {
  readonly kind: "prefix";
  readonly keys: Tensor3D; // [attentions, length, keyHeads × headWidth]
  readonly values: Tensor3D; // [attentions, length, keyHeads × headWidth]
}

/** y + relu(y·Dᵀ + b)·Uᵀ + c (Houlsby et al. 2019). */
export interface Bottleneck {
  readonly kind: "bottleneck";
  readonly down: Tensor3D; // [layers, size, width]
  readonly downBias: Tensor2D; // [layers, size]
  readonly up: Tensor3D; // [layers, width, size]
  readonly upBias: Tensor2D; // [layers, width]
}

/** A place that is left out stays as it is. */
export interface Inside {
  readonly query?: LinearChange;
  readonly key?: LinearChange;
  readonly value?: LinearChange;
  readonly attentionOutput?: LinearChange;
  readonly feedForwardInput?: LinearChange;
  /** What the feed-forward block's activation gives. */
  readonly hidden?: Scaled;
  readonly feedForwardOutput?: LinearChange;
  /** Of every attention. */
  readonly memory?: Prefix;
  /** Before the residual is added. */
  readonly afterSelfAttention?: Bottleneck;
  readonly afterFeedForward?: Bottleneck;
  /** The embeddings', and behind it an untied head's. */
  readonly embeddings?: Trained;
  /** Of encoder and decoder. */
  readonly positions?: Trained;
  readonly attentionNorm?: Trained;
  readonly feedForwardGate?: Trained;
  readonly feedForwardNorm?: Trained;
  /** Of encoder and decoder. */
  readonly finalNorm?: Trained;
}

/** Where a backbone has weights of its own. */
export const weightPlaces = [
  "embeddings",
  "positions",
  "query",
  "key",
  "value",
  "attentionOutput",
  "attentionNorm",
  "feedForwardGate",
  "feedForwardInput",
  "feedForwardOutput",
  "feedForwardNorm",
  "finalNorm",
] as const satisfies readonly (keyof Inside)[];

export type WeightPlace = (typeof weightPlaces)[number];

/** One block's share of the changes. */
export interface BlockInside {
  readonly inside: Inside;
  readonly attention: number;
  /** Undefined for attention over the encoder, which is no layer's own. */
  readonly layer: number | undefined;
  /** Where the backward pass puts the gradients. */
  readonly gradients: InnerGradients;
  /** Hears of the gradient of self-attention's scores, summed over the batch, `[heads, rows, keys]`, where position biases learn. */
  readonly ofScores?: ((dScores: () => Tensor3D) => void) | undefined;
}

/** What changes inside the blocks of a run, and where its gradients go. */
export type InsideRun = Pick<BlockInside, "inside" | "gradients">;

export function insideRun(inside: Inside | undefined): InsideRun | undefined {
  return inside && { inside, gradients: new InnerGradients() };
}

/** The share of a block with one attention. */
export function blockInside(run: InsideRun | undefined, index: number): BlockInside | undefined {
  return run && { ...run, attention: index, layer: index };
}

export function lowRank(down: Tensor3D, up: Tensor3D, scale = 1): LowRank {
  return { kind: "lowRank", down, up, scale };
}

export function scaled(by: Tensor2D): Scaled {
  return { kind: "scaled", by };
}

export function shifted(by: Tensor2D): Shifted {
  return { kind: "shifted", by };
}

export function prefix(keys: Tensor3D, values: Tensor3D): Prefix {
  return { kind: "prefix", keys, values };
}

export function bottleneck(down: Tensor3D, downBias: Tensor2D, up: Tensor3D, upBias: Tensor2D): Bottleneck {
  return { kind: "bottleneck", down, downBias, up, upBias };
}

/** Keys and values in front of every attention's own; they take the first positions, as what is cached does. */
export function prefixRows(inside: Inside | undefined): number {
  return inside?.memory?.keys.shape[1] ?? 0;
}

export function trained(weights: Weights): Trained {
  return { kind: "trained", weights };
}

/** The weights that learn, of all places. */
export function trainedIn(inside: Inside): Weights {
  return weightPlaces.flatMap((place) => {
    const change = inside[place];
    return change?.kind === "trained" ? change.weights : [];
  });
}

/** Every tensor that a change reads. */
export function tensorsIn(inside: Inside): readonly Tensor[] {
  const changes: readonly (LinearChange | Prefix | Bottleneck)[] = Object.values(inside);
  return changes.flatMap((change): Tensor[] => {
    switch (change.kind) {
      case "lowRank":
        return [change.down, change.up];
      case "scaled":
      case "shifted":
        return [change.by];
      case "prefix":
        return [change.keys, change.values];
      case "bottleneck":
        return [change.down, change.downBias, change.up, change.upBias];
      case "trained":
        return change.weights.map(({ tensor }) => tensor);
    }
  });
}
