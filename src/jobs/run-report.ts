import type { JsonObject } from '../base/json';
import { formatSeconds } from '../base/text';
import type { RunKind } from '../protocol/run';
import { readSpec } from './folder';
import { openSeries } from './series';
import type { RunView } from './view';
import { number, plain, table } from './words';

/** What a run has done by itself: from what, with what settings, how it went, and what came out. Of any kind of run. */
export interface RunReport {
  readonly v: 1;
  readonly run: string;
  readonly kind: RunKind;
  readonly name: string;
  readonly createdAt: string;
  /** From its first word to its last, pauses included; null while it has not ended. */
  readonly seconds: number | null;
  readonly state: RunView['state'];
  /** What it said that it was about to do, with its estimate of memory. */
  readonly plan: string | null;
  readonly seed: number;
  /** Role → path, or paths. */
  readonly models: Readonly<JsonObject>;
  readonly params: Readonly<JsonObject>;
  readonly summary: Readonly<Record<string, number>>;
  /** How training went, at most a dozen points a metric. */
  readonly curves: readonly { readonly metric: string; readonly points: readonly { readonly step: number; readonly value: number }[] }[];
  /** The first answers of the last step that showed any; not chosen. */
  readonly samples: readonly { readonly prompt: string; readonly text: string }[];
  /** Role → path within the run folder. */
  readonly outputs: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
}

/** What is told of how a run went, in this order, where it has more than one value. */
const told = ['loss', 'eval_loss', 'mean_token_accuracy', 'eval_mean_token_accuracy', 'rewards/accuracies', 'eval_rewards/accuracies', 'rewards/margins', 'eval_rewards/margins', 'answers_per_second', 'tokens_per_second'];
const points = 12;
const shown = 5;

const titles: Readonly<Record<RunKind, string>> = {
  sft: 'Supervised fine-tuning',
  reward: 'Reward model',
  rule: 'Rule model',
  dpo: 'Direct preference optimisation (DPO)',
  ppo: 'Proximal policy optimisation (PPO)',
  generate: 'Generation of answers',
  evaluate: 'Evaluation',
  score: 'Scores of answers',
  attack: 'Attacks',
  bestOfN: 'Best-of-n fine-tuning',
};

/** @throws UserError when its run.json cannot be read. */
export async function runReport(run: RunView): Promise<RunReport> {
  const spec = await readSpec(run.folder);
  const series = openSeries(run.folder);
  await series.refresh();
  const last = series.sampleSteps().at(-1);
  return {
    ...{ v: 1, run: run.id, kind: run.kind, name: run.name, createdAt: run.finishedAt ?? run.createdAt, state: run.state },
    seconds: run.startedAt === undefined || run.finishedAt === undefined ? null : (Date.parse(run.finishedAt) - Date.parse(run.startedAt)) / 1000,
    ...{ plan: run.plan ?? null, seed: spec.seed },
    models: JSON.parse(JSON.stringify(spec.models)) as JsonObject,
    params: JSON.parse(JSON.stringify(spec.params)) as JsonObject,
    summary: run.summary ?? {},
    curves: told.map((metric) => ({ metric, points: thinned(series.column(metric)) })).filter((c) => c.points.length > 1),
    samples: last === undefined ? [] : series.samples(last).slice(0, shown).map(({ prompt, text }) => ({ prompt, text })),
    outputs: run.outputs ?? {},
    warnings: run.warnings,
  };
}

/** The first and the last value, and some between. */
function thinned({ x, y }: { readonly x: readonly number[]; readonly y: readonly number[] }): { step: number; value: number }[] {
  const n = Math.min(points, x.length);
  const places = Array.from({ length: n }, (_, i) => (n === 1 ? 0 : Math.round((i * (x.length - 1)) / (n - 1))));
  return places.map((i) => ({ step: x[i]!, value: y[i]! }));
}

/** The report as Markdown. Texts of models stand in it as text only. */
export function runReportMarkdown(report: RunReport): string {
  const parts = [
    `# ${plain(report.name)}`,
    `${titles[report.kind]}, ${report.state}${report.seconds === null ? '' : ` after ${formatSeconds(report.seconds)}`}.${report.plan === null ? '' : ` ${plain(report.plan)}`}`,
    Object.keys(report.summary).length === 0 ? '' : `## What came of it\n\n${table(['', 'value'], Object.entries(report.summary).map(([name, value]) => [plain(name), number(value)]))}`,
    curvesOf(report.curves),
    report.samples.length === 0 ? '' : `## Answers\n\nThe first ones; not chosen.\n\n${report.samples.map((s) => `- **${plain(s.prompt)}**  \n  ${plain(s.text)}`).join('\n')}`,
    `## How it was made\n\n${table(['', ''], [...Object.entries(report.models), ...Object.entries(report.params), ['seed', report.seed] as const].filter(([, value]) => value !== null).map(([name, value]) => [plain(name), plain(typeof value === 'string' ? value : JSON.stringify(value))]))}`,
    Object.keys(report.outputs).length === 0 ? '' : `## What it left in its folder\n\n${Object.entries(report.outputs).map(([role, path]) => `- ${plain(role)}: ${plain(path)}`).join('\n')}`,
    report.warnings.length === 0 ? '' : `## Warnings\n\n${report.warnings.map((w) => `- ${plain(w)}`).join('\n')}`,
    `_${plain(report.run)}, ${report.createdAt}._`,
  ];
  return `${parts.filter((p) => p !== '').join('\n\n')}\n`;
}

function curvesOf(curves: RunReport['curves']): string {
  if (curves.length === 0) return '';
  const lines = curves.map(({ metric, points: on }) => `### ${plain(metric)}\n\n| step | ${on.map((p) => p.step).join(' | ')} |\n| --- | ${on.map(() => '---:').join(' | ')} |\n| value | ${on.map((p) => number(p.value)).join(' | ')} |`);
  return `## On the way\n\n${lines.join('\n\n')}`;
}
