// The top of the report: from where to where, against always giving the same answer.

import type { RunRecord, SplitRecord } from "../train/run-record.ts";
import { gainOf, type Gain } from "./gain.ts";
import { markup, type Markup } from "./markup.ts";
import { count, counted, duration, percent } from "./numbers.ts";

export function headline(record: RunRecord): Markup {
  const { name, backbone, trained, steps, settings, seconds, backend, data } = record;
  const gain = gainOf(record);
  const { rows, majority } = data[gain.split];
  return markup`<header class="panel">
<h1>${name} <span>on ${backbone.name}</span></h1>
${accuracies(gain)}
<p class="lead">Accuracy on ${counted(rows, `${gain.split} row`)}. The backbone's ${count(backbone.parameters)} parameters stayed
frozen; ${count(trained)} were trained. Always answering “${majority.text}” gives ${percent(majority.share)}.</p>
${accuracyScale(gain, majority)}
<dl class="facts">
${fact("trained parameters", count(trained))}
${fact("of the backbone", share(trained / backbone.parameters))}
${fact(`${settings.batch} rows each`, counted(steps.length, "step"))}
${fact(`on ${backend.name}`, duration(seconds))}
</dl>
</header>`;
}

function accuracies({ before, after }: Gain): Markup {
  if (before === undefined) return markup`<p class="headline"><span class="from">not measured</span></p>`;
  const from = markup`<span class="from">${percent(before)}</span>`;
  if (after === undefined)
    return markup`<p class="headline">${from}<span class="gain">before training; not measured after</span></p>`;
  const points = 100 * (after - before);
  return markup`<p class="headline">${from}<span class="arrow">→</span><span class="to">${percent(after)}</span>
<span class="gain">${points < 0 ? "−" : "+"}${Math.abs(points).toFixed(1)} points</span></p>`;
}

/** Before, after and the majority class on one line from 0 to 100%. */
function accuracyScale({ before, after }: Gain, { share: majority, text }: SplitRecord["majority"]): Markup {
  const at = (value: number) => Math.round((10 + 940 * value) * 10) / 10;
  const marks = [0, 0.25, 0.5, 0.75, 1].map(
    (tick) => markup`<line class="axis" x1="${at(tick)}" x2="${at(tick)}" y1="30" y2="36"/>
<text x="${at(tick)}" y="50" text-anchor="middle">${100 * tick}%</text>`,
  );
  const way =
    before === undefined || after === undefined
      ? undefined
      : markup`<line x1="${at(before)}" x2="${at(after)}" y1="24" y2="24" stroke="var(--main)" stroke-width="5" stroke-linecap="round"/>`;
  const start =
    before !== undefined &&
    markup`<circle cx="${at(before)}" cy="24" r="6" fill="var(--panel)" stroke="var(--main)" stroke-width="2.5"><title>before ${percent(before)}</title></circle>`;
  const end =
    after !== undefined &&
    markup`<circle cx="${at(after)}" cy="24" r="7.5" fill="var(--main)"><title>after ${percent(after)}</title></circle>`;
  return markup`<svg class="scale" viewBox="0 0 960 54" role="img" aria-label="before, after and majority class on one scale">
<line x1="10" x2="950" y1="24" y2="24" stroke="var(--rule)" stroke-width="5" stroke-linecap="round"/>
${marks}${way}
<line class="reference" x1="${at(majority)}" x2="${at(majority)}" y1="12" y2="36"/>
<text class="note" x="${at(majority)}" y="9" text-anchor="${majority > 0.85 ? "end" : "middle"}">always “${text}” ${percent(majority)}</text>
${start || undefined}${end || undefined}
</svg>`;
}

function fact(label: string, value: string): Markup {
  return markup`<div><dt>${label}</dt><dd>${value}</dd></div>`;
}

/** A small share: "0.146%". */
function share(part: number): string {
  return `${Number((100 * part).toPrecision(3))}%`;
}
