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

export type LinearChange = LowRank | Scaled | Shifted;

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
}

/** One block's share of the changes. */
export interface BlockInside {
  readonly inside: Inside;
  readonly attention: number;
  /** Undefined for attention over the encoder, which is no layer's own. */
  readonly layer: number | undefined;
  /** Where the backward pass puts the gradients. */
  readonly gradients: InnerGradients;
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
    }
  });
}
