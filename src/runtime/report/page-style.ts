// The report's style sheet: one page, light or dark as the reader's system is, and on paper.

/** CSS text; every colour is a variable that the dark scheme sets anew. */
export const pageStyle = `
:root {
  color-scheme: light dark;
  --page: #fbfbfa; --panel: #ffffff; --ink: #1a2229; --soft: #5f6b74; --faint: #98a2a9; --rule: #e4e7e9;
  --main: #0a7a74; --second: #b9541b; --raw: #0a7a7433; --wrong: #b3362b; --neutral: #f3f5f5;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #12171b; --panel: #192026; --ink: #e7ecef; --soft: #9dabb4; --faint: #6d7b85; --rule: #2b353c;
    --main: #4fc4ba; --second: #f09a62; --raw: #4fc4ba40; --wrong: #ef8a80; --neutral: #212a30;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
  font-variant-numeric: tabular-nums;
}
main { max-width: 1060px; margin: 0 auto; padding: 48px 28px 40px; }
h1 { font-size: 15px; font-weight: 600; margin: 0; }
h1 span { color: var(--soft); font-weight: 400; }
h2 { font-size: 15px; font-weight: 600; margin: 0 0 12px; }
h2 small { font-size: 12.5px; font-weight: 400; color: var(--soft); margin-left: 8px; }
p { margin: 0; }
code { font: 12.5px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
section, .panel { background: var(--panel); border: 1px solid var(--rule); border-radius: 10px; padding: 20px 22px; }
section { margin-top: 16px; break-inside: avoid; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(400px, 1fr)); gap: 16px; margin-top: 16px; }
.pair > section { margin-top: 0; }
.notice { border-color: var(--second); border-left-width: 4px; }

.headline { display: flex; flex-wrap: wrap; align-items: baseline; gap: 4px 18px; margin: 14px 0 2px; }
.headline .from { font-size: 34px; color: var(--soft); }
.headline .arrow { font-size: 30px; color: var(--faint); }
.headline .to { font-size: 58px; line-height: 1.1; font-weight: 650; letter-spacing: -0.02em; color: var(--main); }
.headline .gain { font-size: 17px; color: var(--soft); }
.lead { color: var(--soft); max-width: 62em; }
.scale { display: block; overflow: visible; width: 100%; height: auto; margin-top: 14px; }
.facts { display: flex; flex-wrap: wrap; gap: 12px 40px; margin: 20px 0 0; }
.facts div { display: flex; flex-direction: column-reverse; }
.facts dt { color: var(--soft); font-size: 13px; }
.facts dd { margin: 0; font-size: 18px; font-weight: 600; }

svg text { font-family: inherit; fill: var(--soft); font-size: 11px; }
svg .note { font-size: 11.5px; }
svg .strong { fill: var(--ink); font-weight: 600; }
.chart { display: block; width: 100%; height: auto; overflow: visible; }
.grid { stroke: var(--rule); }
.axis { stroke: var(--faint); }
.reference { stroke: var(--second); stroke-dasharray: 5 4; stroke-width: 1.4; }
.line { fill: none; stroke-linejoin: round; stroke-linecap: round; }
.line.raw { stroke: var(--raw); stroke-width: 1; }
.line.main { stroke: var(--main); stroke-width: 2.2; }
.line.rate { stroke: var(--soft); stroke-width: 1.8; }
.dot.main { fill: var(--main); }
.dot.rate { fill: var(--soft); }
.ring { opacity: 0; stroke: var(--panel); stroke-width: 1.5; }
.target { fill: transparent; }
.hover:hover .ring { opacity: 1; }
.mark { fill: none; stroke: var(--main); stroke-width: 1.6; }

table { border-collapse: collapse; width: 100%; }
th { text-align: left; white-space: nowrap; font-weight: 500; color: var(--soft); font-size: 13px; }
th, td { padding: 6px 14px 6px 0; border-bottom: 1px solid var(--rule); vertical-align: baseline; }
tbody tr:last-child td, tfoot td { border-bottom: 0; }
tfoot td { border-top: 1px solid var(--faint); font-weight: 600; }
.number { text-align: right; }
.number + :not(.number) { padding-left: 22px; }
.scroll { overflow-x: auto; }

.confusion { width: auto; border-collapse: separate; border-spacing: 3px; margin: 0 -3px; }
.confusion th, .confusion td { border: 0; padding: 7px 10px; white-space: nowrap; }
.confusion thead th { text-align: center; vertical-align: bottom; }
.confusion .cell {
  min-width: 62px; text-align: center; border-radius: 5px;
  background: color-mix(in srgb, var(--hue) calc(var(--share) * 80%), var(--neutral));
}
.confusion .cell { --hue: var(--wrong); }
.confusion .diagonal { --hue: var(--main); font-weight: 600; }
.confusion .none { color: var(--faint); }
.confusion .deep { color: var(--panel); }
.bar { display: inline-block; width: 110px; height: 8px; border-radius: 4px; background: var(--rule); vertical-align: middle; margin-right: 10px; overflow: hidden; }
.bar i { display: block; height: 100%; background: var(--main); }
.bar.wrong i { background: var(--wrong); }

.examples { list-style: none; margin: 0; padding: 0; }
.examples li { padding: 11px 0; border-top: 1px solid var(--rule); break-inside: avoid; }
.examples li:first-child { border-top: 0; padding-top: 2px; }
.examples q { display: block; quotes: none; overflow-wrap: anywhere; }
.said { color: var(--soft); font-size: 13.5px; margin-top: 3px; }
.said b { font-weight: 600; color: var(--main); }
.said b.wrong { color: var(--wrong); }

.settings { display: grid; grid-template-columns: repeat(auto-fit, minmax(300px, 1fr)); gap: 0 40px; margin: 0; }
.settings div { display: grid; grid-template-columns: 128px 1fr; gap: 12px; padding: 5px 0; border-bottom: 1px solid var(--rule); }
.settings dt { color: var(--soft); }
.settings dd { margin: 0; overflow-wrap: anywhere; }
footer { color: var(--faint); font-size: 13px; margin-top: 22px; }

@media (max-width: 520px) {
  main { padding: 24px 14px; }
  .pair { grid-template-columns: 1fr; }
  .headline .to { font-size: 44px; }
  .scale { display: none; }
}
@media print {
  :root {
    --page: #fff; --panel: #fff; --ink: #000; --soft: #444; --faint: #888; --rule: #ddd;
    --main: #0a7a74; --second: #b9541b; --raw: #0a7a7433; --wrong: #b3362b; --neutral: #f3f5f5;
  }
  @page { margin: 14mm; }
  body { font-size: 11px; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  main { max-width: none; padding: 0; }
  h1, h2 { font-size: 12px; }
  h2 small, th, .said, footer { font-size: 10px; }
  section, .panel { padding: 12px 14px; }
  section, .pair { margin-top: 10px; }
  .pair { grid-template-columns: 1fr 1fr; gap: 10px; }
  .scroll { overflow: visible; }
  .confusion th, .confusion td { padding: 4px 6px; }
  .confusion .cell { min-width: 44px; }
  .bar { width: 70px; }
  .settings div { grid-template-columns: 90px 1fr; padding: 3px 0; }
  footer { margin-top: 10px; }
}
`;
