// report.html: one run on one page that needs nothing else.

import type { RunRecord } from "../train/run-record.ts";
import { confusionTable } from "./confusion-table.ts";
import { curves } from "./curves.ts";
import { examples } from "./examples.ts";
import { headline } from "./headline.ts";
import { Markup, markup } from "./markup.ts";
import { count } from "./numbers.ts";
import { pageStyle } from "./page-style.ts";
import { scoresTable } from "./scores-table.ts";
import { billTable, settingsTable } from "./tables.ts";

/** The whole page. Everything is inside it: no script, no font, no picture, no address it would ask. */
export function renderReport(record: RunRecord): string {
  const { name, versions } = record;
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${name}: training report</title>
<style>${new Markup(pageStyle)}</style>
</head>
<body>
<main>
${headline(record)}
${notice(record)}
${curves(record)}
${scoresTable(record)}
${billTable(record)}
${confusionTable(record)}
${examples(record)}
${settingsTable(record)}
<footer>Written by dept ${versions.dept}. The adapter holds the tensors of step ${count(record.kept.step)}, ${record.kept.because}.</footer>
</main>
</body>
</html>
`;
  return page.text;
}

/** For a run that did not end as planned. */
function notice({ ending, steps, settings }: RunRecord): Markup | undefined {
  const done = `step ${count(steps.length)} of ${count(settings.steps)}`;
  if (ending.kind === "interrupted") {
    return markup`<section class="notice">Stopped by ${ending.signal} after ${done}.</section>`;
  }
  if (ending.kind === "failed")
    return markup`<section class="notice">Failed after ${done}: ${ending.reason}.</section>`;
  return undefined;
}
