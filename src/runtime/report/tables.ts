// The report's tables: the bill of trained tensors, and every setting that decides the numbers.

import type { Initialiser } from "../prompts/initialisers.ts";
import type { Optimizer } from "../train/optimizers.ts";
import type { RunRecord } from "../train/run-record.ts";
import type { Schedule } from "../train/schedules.ts";
import { byPlace } from "./by-place.ts";
import { markup, type Markup } from "./markup.ts";
import { compact, count } from "./numbers.ts";

export function billTable({ tensors, trained }: RunRecord): Markup {
  const rows = byPlace(tensors).map(({ name, shape, group, learningRate, initialiser }) => {
    const entries = shape.reduce((product, extent) => product * extent, 1);
    return markup`<tr><td><code>${name}</code></td><td>${shape.join(" × ")}</td><td>${group}</td><td class="number">${compact(learningRate)}</td>
<td>${describeInitialiser(initialiser)}</td><td class="number">${count(entries)}</td></tr>
`;
  });
  return markup`<section><h2>What was trained</h2><div class="scroll"><table><thead><tr><th>tensor</th><th>shape</th><th>group</th>
<th class="number">learning rate</th><th>starts as</th><th class="number">parameters</th></tr></thead><tbody>
${rows}</tbody><tfoot><tr><td colspan="5">total</td><td class="number">${count(trained)}</td></tr></tfoot></table></div></section>`;
}

function describeInitialiser(initialiser: Initialiser): string {
  switch (initialiser.kind) {
    case "zeros":
      return "zeros";
    case "ones":
      return "ones";
    case "normal":
      return `normal, σ = ${compact(initialiser.std)}`;
    case "uniform":
      return `uniform, ±${compact(initialiser.bound)}`;
    case "kaimingUniform":
      return `uniform, ±1/√${initialiser.shape[initialiser.fan === "rows" ? 0 : 1] ?? 1}`;
    case "xavierUniform":
      return "uniform, Xavier";
    case "orthogonal":
      return "orthogonal";
    case "vocabulary":
      return "rows of the vocabulary";
    case "text":
      return `the words of “${initialiser.text}”`;
    case "adapter":
      return `${initialiser.tensor} of another adapter`;
    case "pretrained":
      return "the backbone's own";
  }
}

export function settingsTable(record: RunRecord): Markup {
  const { settings, data, backbone, backend, versions } = record;
  const { optimizer, schedule } = settings;
  const rows: [string, string][] = [
    ["optimizer", `${describeOptimizer(optimizer)}, weight decay ${decays(record)}`],
    ["schedule", describeSchedule(schedule)],
    ["gradient clip", settings.clip === undefined ? "none" : `global norm ${compact(settings.clip)}`],
    ...Object.entries(settings.groups ?? {}).map(([group, { schedule: own, clip }]): [string, string] => [
      `group ${group}`,
      [own && describeSchedule(own), clip && `gradient clip ${compact(clip)}`].filter(Boolean).join(", "),
    ]),
    ["batch", `${settings.accumulate ? `${settings.accumulate} × ` : ""}${count(settings.batch)} rows`],
    ...(settings.patience ? [["patience", `${settings.patience} evaluations`] as [string, string]] : []),
    ["validated", `every ${count(settings.evaluateEvery)} steps`],
    ["seed", String(settings.seed)],
    ["input", settings.input],
    ["max tokens", count(settings.maxTokens)],
    [
      "rows",
      `${count(data.train.rows)} train, ${count(data.validation.rows)} validation, ${count(data.test.rows)} test`,
    ],
    ["train file", data.train.source],
    ["backbone", `${backbone.name} (${backbone.architecture}), ${count(backbone.parameters)} parameters`],
    ["its weights", abbreviate(`sha256:${backbone.sha256}`)],
    ["backend", backend.description],
    ["versions", `dept ${versions.dept}, TensorFlow.js ${versions.tfjs}, Node ${versions.node}`],
    ["spec", abbreviate(record.spec)],
    ["started", record.startedAt.replace("T", " ").replace(/\.\d+Z$/, " UTC")],
  ];
  const cells = rows.map(
    ([label, value]) => markup`<div><dt>${label}</dt><dd>${value}</dd></div>
`,
  );
  return markup`<section><h2>Settings and versions</h2><dl class="settings">
${cells}</dl></section>`;
}

function describeOptimizer({ name, settings }: Optimizer): string {
  if (name === "adamW")
    return `AdamW, β₁ ${settings.beta1}, β₂ ${settings.beta2}, ε ${compact(settings.epsilon)}`;
  return `Adafactor, decay rate ${settings.decayRate}, clip threshold ${settings.clipThreshold}, ε ${compact(settings.epsilon)}`;
}

function describeSchedule(schedule: Schedule): string {
  return schedule.name === "constant"
    ? "constant"
    : `${schedule.name === "warmup" ? "constant" : schedule.name}, warm-up ${count(schedule.warmup)} steps`;
}

/** The start of a hash: enough to tell two apart; the manifest has all of it. */
function abbreviate(hash: string): string {
  return hash.length > 24 ? `${hash.slice(0, 23)}…` : hash;
}

/** One number where all groups agree, else each group's own. */
function decays({ tensors }: RunRecord): string {
  const byGroup = new Map(tensors.map(({ group, weightDecay }) => [group, weightDecay]));
  const different = new Set(byGroup.values());
  if (different.size <= 1) return compact([...different][0] ?? 0);
  return [...byGroup].map(([group, decay]) => `${compact(decay)} (${group})`).join(", ");
}
