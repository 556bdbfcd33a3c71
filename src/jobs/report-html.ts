import { layoutChart } from '../base/chart';
import type { ChartSeries } from '../base/chart';
import { escapeXml, svgOf } from '../base/chart-svg';
import type { ChartColors } from '../base/chart-svg';
import { formatSeconds, plural } from '../base/text';
import type { Provenance } from '../protocol/provenance';
import { treeOf } from '../protocol/provenance';
import type { Report, ReportPpo, ReportRewardModel } from './report';
import { summarySentences } from './report-markdown';
import type { Measurement } from './report-measure';

/** The curves of a run, for its report. */
export interface ReportCurves {
  readonly title: string;
  readonly yLabel: string;
  readonly xLabel: string;
  readonly series: readonly ChartSeries[];
}

/** What a page shows besides the report: plots, and where the model comes from. */
export interface ReportExtras {
  readonly charts: readonly ReportCurves[];
  readonly provenance?: Provenance;
}

/**
 * The report as one HTML page that needs nothing else: no script, no font, no picture from anywhere; plots are SVG in the page, and colours follow the
 * reader's light or dark setting. Texts of models stand in it as text: everything goes through {@link escapeXml}, and the page's own policy forbids all else.
 */
export function reportHtml(report: Report, { charts, provenance }: ReportExtras): string {
  const parts = [
    `<h1>What alignment changed: ${escapeXml(report.project)}</h1>`,
    `<p class="lead">${summarySentences(report).map((s) => s.split('**').map((part, i) => (i % 2 === 1 ? `<strong>${escapeXml(part)}</strong>` : escapeXml(part))).join('')).join(' ')}</p>`,
    ...(charts.length === 0 ? [] : [`<section><h2>Curves</h2><div class="charts">${charts.map(figure).join('')}</div></section>`]),
    ...(report.ppo === null ? [] : [tuning(report.ppo, report)]),
    ...(report.rewardModel === null ? [] : [rewardModel(report.rewardModel)]),
    labelers(report),
    ...(report.ppo === null || report.ppo.samples.length === 0 ? [] : [samples(report.ppo)]),
    ...(provenance === undefined ? [] : [`<section><h2>Where it comes from</h2>${chain(provenance)}</section>`]),
    stages(report),
    ...(report.warnings.length === 0 ? [] : [`<section><h2>Warnings</h2><ul>${report.warnings.map((w) => `<li>${escapeXml(w)}</li>`).join('')}</ul></section>`]),
    `<p class="quiet">Made ${escapeXml(report.createdAt)} by Plumbline, seed ${report.seed}.</p>`,
  ];
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeXml(`What alignment changed: ${report.project}`)}</title>
<style>${style}</style>
</head>
<body>
<main>
${parts.join('\n')}
</main>
</body>
</html>
`;
}

const number = (x: number): string => (Math.abs(x) >= 100 ? x.toFixed(0) : Math.abs(x) >= 10 ? x.toFixed(1) : x.toFixed(2));
const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;
const some = (x: number | null): string => (x === null ? '–' : number(x));

/** Colours are the page's own: they change with its theme. */
const colors: ChartColors = { series: Array.from({ length: 8 }, (_, i) => `var(--c${i})`), text: 'var(--quiet)', grid: 'var(--line)', font: 'inherit' };

function figure({ title, xLabel, yLabel, series }: ReportCurves): string {
  const layout = layoutChart({ title: '', xLabel, yLabel, series, width: 460, height: 240 });
  // Variables are no colours of SVG's attributes, but of its style.
  const svg = svgOf(layout, colors, series.length > 1).replaceAll(/ (fill|stroke)="(var\(--\w+\))"/g, ' style="$1:$2"');
  return `<figure><figcaption>${escapeXml(title)}</figcaption>${svg}</figure>`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return `<div class="scroll"><table><thead><tr>${head.map((h) => `<th scope="col">${escapeXml(h)}</th>`).join('')}</tr></thead><tbody>${rows.map(([first, ...rest]) => `<tr><th scope="row">${escapeXml(first ?? '')}</th>${rest.map((c) => `<td>${escapeXml(c)}</td>`).join('')}</tr>`).join('')}</tbody></table></div>`;
}

function tuning(ppo: ReportPpo, report: Report): string {
  const row = (name: string, value: (m: Measurement) => string | null): string[][] => {
    const [before, after] = [value(ppo.before), value(ppo.after)];
    return before === null && after === null ? [] : [[name, before ?? '–', after ?? '–']];
  };
  const maybe = (x: number | null): string | null => (x === null ? null : number(x));
  const rows = [
    ...row(`good answers, as told by ${report.judge?.name ?? 'the judge'}`, (m) => (m.trueRate === null ? null : percent(m.trueRate))),
    ...row('reward', (m) => maybe(m.reward)),
    ...row('perplexity of plain text', (m) => maybe(m.perplexity)),
    ...row('tokens an answer', (m) => maybe(m.length)),
    ...row('answers that end by themselves', (m) => (m.eosRate === null ? null : percent(m.eosRate))),
    ...row('different word pairs', (m) => (m.distinct2 === null ? null : percent(m.distinct2))),
    ...row('answers measured', (m) => String(m.answers)),
  ];
  return `<section><h2>Tuning</h2>${table(['held-out prompts', 'before', 'after'], rows)}${ppo.kl === null ? '' : `<p>KL from where it started: ${some(ppo.kl)} nats an answer (${escapeXml(ppo.klKind ?? '')}), after ${plural(ppo.updates, 'update')}.</p>`}</section>`;
}

function rewardModel(rm: ReportRewardModel): string {
  const rows = [
    ['accuracy on held-out comparisons', rm.accuracy === null ? 'not known: none were held out' : `${percent(rm.accuracy)}${rm.interval === null ? '' : ` (95 % interval ${percent(rm.interval[0])} to ${percent(rm.interval[1])})`}`],
    ['held-out comparisons, ties left out', String(rm.pairs)],
    ["ceiling: how well the other labelers' majority foretells a labeler", rm.ceiling === null ? 'not known' : percent(rm.ceiling)],
    ...(rm.trueOrder === null ? [] : [['the truth, as the judge knows it, agrees with', percent(rm.trueOrder)]]),
    ['learned from comparisons', String(rm.trainPairs)],
  ];
  return `<section><h2>Reward model</h2>${table(['', ''], rows)}</section>`;
}

function labelers({ labelers: list, generated }: Report): string {
  const head = `<p>${plural(generated.answers, 'answer')} to ${plural(generated.prompts, 'prompt')}.</p>`;
  const rows = list.map((l) => [l.id, l.simulated ? 'simulated' : 'person', `${l.admitted ? 'yes' : 'no'}: ${l.why}`, String(l.labels), Object.entries(l.verdicts).map(([v, n]) => `${v.replace('_', ' ')} ${n}`).join(', ')]);
  return `<section><h2>Answers and labels</h2>${head}${list.length === 0 ? '<p>No labels.</p>' : table(['labeler', '', 'enters training', 'labels', 'verdicts'], rows)}</section>`;
}

function samples({ samples: list }: ReportPpo): string {
  const side = (name: string, s: ReportPpo['samples'][number]['before']): string => {
    const marks = [...(s.reward === null ? [] : [`reward ${number(s.reward)}`]), ...(s.good === null ? [] : [s.good ? 'good' : 'not good'])].join(', ');
    return `<div><h4>${name}${marks === '' ? '' : ` <small>${marks}</small>`}</h4><p class="text" dir="auto">${s.text === '' ? '(empty)' : escapeXml(s.text)}</p></div>`;
  };
  return `<section><h2>The same prompts, before and after</h2><p class="quiet">The first ${list.length} held-out prompts; they were not chosen.</p>${list.map((s) => `<article><h3 class="text" dir="auto">${escapeXml(s.prompt)}</h3><div class="sides">${side('Before', s.before)}${side('After', s.after)}</div></article>`).join('')}</section>`;
}

function chain(provenance: Provenance): string {
  return `<ul class="chain">${treeOf(provenance).map(({ node, role, depth, again }) => `<li class="d${Math.min(depth, 8)}">${role === '' ? '' : `<small>${escapeXml(role)}</small> `}<strong>${escapeXml(node.title)}</strong>${node.hash === undefined ? '' : ` <code>${escapeXml(node.hash.slice(0, 19))}…</code>`}${node.holds === true ? ' ✓' : ''}${again ? ' <small>(as above)</small>' : node.says.map((x) => `<br><span class="quiet">${escapeXml(x)}</span>`).join('')}${node.broken === undefined ? '' : `<br><span class="warn">⚠ ${escapeXml(node.broken)}</span>`}</li>`).join('')}</ul>`;
}

function stages({ stages: list, seconds }: Report): string {
  return `<section><h2>Time</h2>${table(['stage', 'time', 'run'], [...list.map((s) => [s.stage, formatSeconds(s.seconds), s.run ?? '']), ['all', formatSeconds(seconds), '']])}</section>`;
}

const style = `
:root{color-scheme:light dark;--back:#fff;--text:#1f2328;--quiet:#59636e;--line:#d8dee4;--raised:#f6f8fa;--warn:#9a3412;--c0:#0072b2;--c1:#c2500a;--c2:#00795a;--c3:#a8487f;--c4:#8a6d00;--c5:#1f7fb8;--c6:#7a3b9a;--c7:#444}
@media (prefers-color-scheme:dark){:root{--back:#16191d;--text:#e3e6ea;--quiet:#9aa4af;--line:#343b43;--raised:#1e2328;--warn:#ffb08a;--c0:#58a6ff;--c1:#ff9b5e;--c2:#4ac99b;--c3:#e28fc0;--c4:#e0c04c;--c5:#7cc7f5;--c6:#c79ae8;--c7:#cfd4da}}
body{margin:0;background:var(--back);color:var(--text);font:15px/1.55 system-ui,sans-serif}
main{max-width:1000px;margin:0 auto;padding:24px 20px 60px}
h1{font-size:1.7em;font-weight:600;line-height:1.25}h2{font-size:1.2em;margin-top:2em;border-bottom:1px solid var(--line);padding-bottom:4px}h3{font-size:1em}h4{margin:0 0 4px;font-size:.9em}
.lead{font-size:1.1em;max-width:75ch}.quiet,small{color:var(--quiet)}.warn{color:var(--warn)}
.charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,430px),1fr));gap:14px}
figure{margin:0;border:1px solid var(--line);border-radius:8px;background:var(--raised);padding:10px}figcaption{font-weight:600;margin-bottom:4px}svg{max-width:100%;height:auto}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-variant-numeric:tabular-nums}th,td{text-align:start;padding:5px 14px 5px 0;border-bottom:1px solid var(--line);vertical-align:top}tbody th{font-weight:400}
article{border:1px solid var(--line);border-radius:8px;padding:10px 14px;margin:12px 0}.sides{display:grid;grid-template-columns:1fr 1fr;gap:18px}@media (max-width:640px){.sides{grid-template-columns:1fr}}
.text{white-space:pre-wrap;overflow-wrap:anywhere;unicode-bidi:plaintext}code{font-size:.85em;color:var(--quiet)}
.chain{list-style:none;padding:0}.chain li{margin:6px 0;border-inline-start:2px solid var(--line);padding-inline-start:10px}
${Array.from({ length: 9 }, (_, i) => `.d${i}{margin-inline-start:${i * 20}px!important}`).join('')}
@media print{article,figure{break-inside:avoid}}`;
