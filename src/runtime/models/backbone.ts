// What the training loop needs of a frozen backbone, whatever its architecture.

import type { Tensor, Tensor1D, Tensor3D } from "../tf.ts";
import type { TensorValues } from "../weights/safetensors.ts";
import type { Inside, WeightPlace } from "./inside.ts";
import type { LayerMemory } from "./layer-memory.ts";
import type { RowGradient } from "./weight-gradients.ts";

/** A batch of inputs as token ids, padded on the right to the batch's own longest row. */
export interface InputBatch {
  /** `[batch × rows]`, row by row; padding holds the backbone's pad id. */
  readonly ids: Int32Array;
  readonly batch: number;
  readonly rows: number;
  /** Real tokens of each row, `[batch]`; the rest of the row is padding. */
  readonly lengths: Int32Array;
}

/** Target token ids of one batch, padded on the right with -100 (no loss there). */
export interface TargetBatch {
  /** `[batch × columns]`, each row ending in the backbone's end-of-text id. */
  readonly ids: Int32Array;
  readonly batch: number;
  readonly columns: number;
}

/** Which model a checkpoint holds, written into every adapter trained on it. */
export interface BackboneIdentity {
  readonly name: string;
  readonly architecture: string;
  readonly width: number;
  readonly parameters: number;
  /** SHA-256 of the weights file, hex. */
  readonly sha256: string;
}

/** A tensor of a checkpoint under its name there. */
export interface NamedValues extends TensorValues {
  readonly name: string;
}

/**
 * A frozen model, entered at its embeddings. `embeddings` are `[batch, prompt + rows, width]`: what a method made of
 * the words, with any prompt rows in front; the number of prompt rows is what the
 * embeddings have more than `input.rows`, and the mask is widened by them.
 */
export interface Backbone {
  readonly identity: BackboneIdentity;
  readonly width: number;
  readonly vocabularySize: number;
  readonly padId: number;
  readonly endId: number;
  /** Whether its blocks can be changed inside; where it is not said, an `inside` is never passed. */
  readonly takesInside?: boolean;

  /** Where its files lie, if its weights can be trained. */
  readonly folder?: string;

  /** Rows of the embedding table, that of `inside` where it learns: `[batch, rows, width]`. */
  embed(input: InputBatch, inside?: Inside): Tensor3D;

  /** Its own weights at a place, for a method that trains them; left out by a backbone whose weights cannot be trained. */
  weightsAt?(place: WeightPlace): Promise<readonly NamedValues[]>;

  /** Rows of the frozen embedding table as numbers, `[ids.length × width]`, for `vocabulary()` initialisation. */
  embeddingRows(ids: readonly number[]): Float32Array;

  /**
   * Mean token cross-entropy over all target tokens of the batch, and its gradient with respect to `embeddings`
   * (`[batch, prompt + rows, width]`). The caller disposes both; `embeddings` stays the caller's.
   * With `inside`, also the gradient of each of its tensors, `inner`, the caller's too; of tables that learn some rows of it are
   * in `rows`, to be added. Where the embeddings learn, the share of the words that were looked up is the caller's matter.
   * `memory` is what the layers hold between the two passes; by default their activations.
   */
  lossAndGradient(
    embeddings: Tensor3D,
    input: InputBatch,
    targets: TargetBatch,
    inside?: Inside,
    memory?: LayerMemory,
  ): {
    readonly loss: Tensor1D;
    readonly gradient: Tensor3D;
    readonly inner?: ReadonlyMap<Tensor, Tensor>;
    readonly rows?: readonly RowGradient[];
  };

  /** Mean token cross-entropy alone; nothing is kept for a backward pass. */
  loss(embeddings: Tensor3D, input: InputBatch, targets: TargetBatch, inside?: Inside): Tensor1D;

  /**
   * Log-likelihood of each choice given each input: the sum over the choice's tokens, `[batch × choices]` row by row.
   * The encoder runs once for all choices.
   */
  choiceLogLikelihoods(
    embeddings: Tensor3D,
    input: InputBatch,
    choices: readonly (readonly number[])[],
    inside?: Inside,
  ): Promise<Float32Array>;

  /**
   * A text for each input until `stopId` (left out) or `maxNewTokens`, greedily or with beams. What it writes
   * is read back as plain words: a method changes the input's rows only. Left out by a backbone that cannot write.
   */
  generate?(
    embeddings: Tensor3D,
    input: InputBatch,
    options: GenerateOptions,
    inside?: Inside,
  ): Promise<number[][]>;

  dispose(): void;
}

/** A backbone that also writes. */
export interface GeneratingBackbone extends Backbone {
  generate: NonNullable<Backbone["generate"]>;
}

export interface GenerateOptions {
  readonly maxNewTokens: number;
  readonly stopId: number;
  /** Without them, the likeliest next token is taken again and again. */
  readonly beams?: Beams;
}

export interface Beams {
  /** Texts of each input that go on side by side, at least 2. */
  readonly count: number;
  /** Ended texts are compared by the sum of their log-probabilities over length^lengthPenalty, the end counted; default 1. */
  readonly lengthPenalty?: number;
  /** Ends an input as soon as `count` of its texts have ended, though a running one might become better. */
  readonly earlyStopping?: boolean;
}
