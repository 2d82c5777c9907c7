// adapter.json: what an adapter's numbers are, where they came from, and how to check the file that holds them.

import type { Initialiser } from "../prompts/initialisers.ts";
import type { RunRecord } from "../train/run-record.ts";
import { manifestFormat } from "./manifest-format.ts";

/** The adapter's own file, as it lies on the disk. */
export interface AdapterFile {
  readonly name: string;
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** The manifest as a value for JSON, in the order a person wants to read it. */
export function manifestOf(record: RunRecord, file: AdapterFile): object {
  const { settings, kept, data } = record;
  return {
    format: manifestFormat,
    name: record.name,
    spec: record.spec,
    adapter: {
      file: file.name,
      bytes: file.bytes,
      sha256: file.sha256,
      step: kept.step,
      values: kept.because,
    },
    tensors: tensorsOf(record),
    constants: record.constants.map(({ name, shape, initialiser, redrawn }) => ({
      name,
      shape,
      initialiser: ruleOf(initialiser),
      values: redrawn ? { seed: settings.seed } : { file: file.name },
    })),
    trained: record.trained,
    backbone: record.backbone,
    run: {
      ending: record.ending,
      startedAt: record.startedAt,
      seconds: Math.round(record.seconds * 10) / 10,
      stepsDone: record.steps.length,
      bestStep: kept.because === "best on validation" ? kept.step : null,
      backend: record.backend.name,
      versions: record.versions,
    },
    settings: { ...settings, clip: settings.clip ?? null },
    data,
    classes: record.classes,
    metrics: {
      testAccuracyBefore: record.before ?? null,
      testAccuracyAfter: record.after?.accuracy ?? null,
      validationAccuracy: record.validations.find(({ step }) => step === kept.step)?.accuracy ?? null,
      scores: {
        testBefore: record.scoresBefore ?? null,
        testAfter: record.after?.scores ?? null,
        validation: record.validations.find(({ step }) => step === kept.step)?.scores ?? null,
      },
      lastLoss: record.steps.at(-1)?.loss ?? null,
    },
  };
}

/**
 * What the adapter's file says of itself, so that it can be verified without adapter.json: texts under names, as the
 * format asks, the longer ones JSON. `constants` are those that the file holds.
 */
export function metadataOf(record: AdapterRecord): Readonly<Record<string, string>> {
  const { name, spec, kept, trained, backbone, settings } = record;
  const stored = record.constants.filter(({ redrawn }) => !redrawn);
  return {
    format: manifestFormat,
    name,
    spec,
    step: String(kept.step),
    values: kept.because,
    seed: String(settings.seed),
    max_tokens: String(settings.maxTokens),
    trained: String(trained),
    tensors: JSON.stringify(tensorsOf(record)),
    constants: JSON.stringify(stored.map((each) => ({ name: each.name, shape: each.shape }))),
    backbone: JSON.stringify(backbone),
  };
}

/** What of a run the adapter's file says. */
export type AdapterRecord = Pick<
  RunRecord,
  "name" | "spec" | "kept" | "trained" | "backbone" | "tensors" | "constants"
> & { readonly settings: Pick<RunRecord["settings"], "seed" | "maxTokens"> };

function tensorsOf({ tensors }: Pick<RunRecord, "tensors">): readonly object[] {
  return tensors.map(({ initialiser, ...tensor }) => ({ ...tensor, initialiser: ruleOf(initialiser) }));
}

/** How a tensor began, without its shape; of a file on this machine, only its name and its folder's. */
function ruleOf({ shape: _, ...rule }: Initialiser): object {
  if (rule.kind !== "adapter") return rule;
  const names = rule.files.map((file) => String(file).split("/").slice(-2).join("/"));
  return { ...rule, files: names };
}
