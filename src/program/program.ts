// What a file declares, with names bound and values known. Everything remembers where it came from.

import type { Place } from "../diagnostics/diagnostic.ts";
import type { MethodDeclaration } from "../syntax/ast.ts";

/** Who chose a value: the user's file, the standard library, or the language's default. */
export type Origin = "source" | "stdlib" | "default";

export interface Setting<T> {
  readonly value: T;
  readonly place: Place;
  readonly from: Origin;
}

/** A file that the emitted script reads: beside a `.dept` file, or shipped with the standard library. */
export interface Resource {
  readonly kind: "file" | "stdlib" | "hub";
  /** file: path from where the compiler runs; stdlib: path inside the library; hub: the repository's id. */
  readonly path: string;
}

export interface Backbone {
  readonly kind: "backbone";
  readonly name: string;
  readonly place: Place;
  readonly doc: string | undefined;
  readonly architecture: Setting<Architecture>;
  /** A folder in the Hugging Face layout: config.json, model.safetensors, tokenizer.json. */
  readonly checkpoint: Setting<Resource>;
  /** d, the width of the embeddings. */
  readonly width: Setting<number>;
  /** The architecture's own dimensions, as `architectures.ts` lists them. */
  readonly dimensions: Readonly<Record<string, Setting<number | string>>>;
  readonly vocabulary: Setting<number>;
}

export type Architecture = "t5" | "gpt2" | "llama" | "bert" | "roberta";

/** A file of rows and its format. */
export interface FileSource {
  readonly kind: "jsonl" | "csv" | "tsv" | "parquet";
  readonly resource: Resource;
}

/** A split of a dataset on the Hugging Face Hub. */
export interface HubSource {
  readonly kind: "hub";
  readonly repository: string;
  readonly config: string;
  readonly split: string;
}

/** The first rows of a source once it is shuffled, or those after them: so many, or a share of all. */
export interface ShuffledSource {
  readonly kind: "shuffled";
  readonly of: FileSource | HubSource;
  readonly part: "first" | "after";
  readonly amount: { readonly rows: number } | { readonly share: number };
}

export type DataSource = FileSource | HubSource | ShuffledSource;

/** The field that holds the label, and for each of its values the text that the backbone scores. */
export interface Choice {
  readonly kind: "choice";
  readonly field: string;
  readonly texts: readonly { readonly value: string; readonly text: string }[];
  /** A text's log-likelihood is divided by its number of tokens; left out, it is their sum. */
  readonly score?: "mean";
}

/** A number, answered as one of the texts from `from` to `to`, `step` apart: "0.0", "0.2", … "5.0". */
export interface NumberTarget {
  readonly kind: "number";
  readonly field: string;
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly score?: "mean";
}

/** Free text: the template's fields filled, a list of them giving several right answers. */
export interface TextTarget {
  readonly kind: "text";
  readonly template: string;
  /** Most tokens of an answer, its end-of-text token counted. */
  readonly maxTokens: number;
  /** Texts that go on side by side when an answer is written; 1 is greedy. */
  readonly beams: number;
  readonly lengthPenalty: number | undefined;
}

/** So many rows of each class instead of all, drawn by the run's seed or by one of their own. */
export interface Shots {
  readonly train: number;
  /** Of the validation rows; left out, all are used. */
  readonly validation: number | undefined;
  readonly seed: number | undefined;
}

export type Target = Choice | NumberTarget | TextTarget;

export type Metric =
  "accuracy" | "f1" | "macroF1" | "matthews" | "pearson" | "spearman" | "squadF1" | "squadEm";

export interface Task {
  readonly kind: "task";
  readonly name: string;
  readonly place: Place;
  readonly doc: string | undefined;
  readonly train: Setting<DataSource>;
  readonly validation: Setting<DataSource>;
  readonly test: Setting<DataSource>;
  /** Text with `{fields}` of a row. */
  readonly input: Setting<string>;
  readonly target: Setting<Target>;
  /** What predictions are scored by; the first decides which values are kept. */
  readonly metrics: Setting<readonly Metric[]>;
  /** s, the most tokens of an input. */
  readonly maxTokens: Setting<number>;
  readonly shots: Setting<Shots | undefined>;
}

export interface MethodArgument {
  readonly name: string;
  readonly type: "int" | "float" | "text" | "file";
  readonly default: number | string | undefined;
  readonly place: Place;
}

export interface Method {
  readonly kind: "method";
  readonly name: string;
  readonly place: Place;
  readonly doc: string | undefined;
  readonly origin: Origin;
  readonly arguments: readonly MethodArgument[];
  readonly declaration: MethodDeclaration;
  readonly source: Place["source"];
}

/** A method with its arguments given: `dept(length = 40, rank = auto)`. */
export interface MethodUse {
  readonly method: Method;
  readonly arguments: ReadonlyMap<string, Setting<number | "auto">>;
  readonly texts: ReadonlyMap<string, Setting<string>>;
  /** One file or several, one after the other. */
  readonly files: ReadonlyMap<string, Setting<readonly Resource[]>>;
  /** The whole call. */
  readonly place: Place;
}

/** What the trained parameters are held to; `tolerance` is a fraction of the budget (0.005 for 0.5%). */
export interface Budget {
  readonly amount:
    | { readonly kind: "parity"; readonly baseline: MethodUse }
    | { readonly kind: "exactly" | "atMost"; readonly count: number }
    | { readonly kind: "atMostShare"; readonly share: number };
  readonly tolerance: number;
  readonly place: Place;
}

export interface Group {
  readonly name: string;
  readonly place: Place;
  readonly learningRate: Setting<number> | undefined;
  readonly weightDecay: Setting<number>;
  /** Instead of the run's. */
  readonly schedule: Setting<Schedule> | undefined;
  /** Largest norm of the gradients of this group alone, which then do not count in the run's. */
  readonly clip: Setting<number> | undefined;
}

export type Schedule =
  { readonly kind: "constant" } | { readonly kind: "linear" | "cosine" | "warmup"; readonly warmup: number };

/** Only the settings that were given, under the language's names. */
export interface Optimizer {
  readonly kind: "adamw" | "adafactor";
  readonly settings: Readonly<Record<string, number | boolean>>;
}

/**
 * What the backbone's layers hold for the backward pass: their activations; these but for attention's probabilities, which are made again;
 * or their input alone, to make everything again.
 */
export type LayerMemory = "keep" | "recompute_attention" | "recompute";

export interface Train {
  readonly steps: Setting<number>;
  readonly batch: Setting<number>;
  /** Batches whose gradients are added up before a step. */
  readonly accumulate: Setting<number>;
  /** Whether the examples of a batch are of similar lengths. */
  readonly buckets: Setting<boolean>;
  readonly memory: Setting<LayerMemory>;
  readonly optimizer: Setting<Optimizer>;
  readonly schedule: Setting<Schedule>;
  /** Steps between two evaluations on the validation rows. */
  readonly evaluateEvery: Setting<number>;
  readonly seed: Setting<number>;
  /** Largest global norm of the gradients of all groups together. */
  readonly clip: Setting<number>;
  /** λ of every group that has none of its own. */
  readonly weightDecay: Setting<number>;
  /** Training ends after so many evaluations without a better one. */
  readonly patience: Setting<number | undefined>;
}

/** What a tune is one of: the legs of a comparison, or the points of a sweep. */
export interface Family {
  readonly kind: "compare" | "sweep";
  readonly name: string;
  readonly place: Place;
}

/** One training run, as declared. */
export interface Tune {
  /** A member of a family is called `family/member`. */
  readonly name: string;
  readonly family: Family | undefined;
  readonly place: Place;
  /** Nothing in it was reported: an unsound tune is checked, for what else is wrong, but never planned. */
  readonly sound: boolean;
  readonly doc: string | undefined;
  readonly backbone: Backbone;
  readonly task: Task;
  readonly method: MethodUse;
  readonly budget: Budget | undefined;
  readonly groups: readonly Group[];
  readonly train: Train;
}

export type Declared = Backbone | Task | Method;

export interface Program {
  /** The path of the file that was compiled. */
  readonly entry: string;
  readonly tunes: readonly Tune[];
  /** How many legs each comparison declares, whether or not they could be resolved. */
  readonly legs: ReadonlyMap<string, number>;
  /** Methods declared in the entry file; checked even when no tune uses them. */
  readonly methods: readonly Method[];
}
