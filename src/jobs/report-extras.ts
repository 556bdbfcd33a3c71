import type { ChartSeries } from '../base/chart';
import type { Report } from './report';
import type { ReportCurves, ReportExtras } from './report-html';
import { provenanceOf } from './provenance';
import type { ProvenanceContext } from './provenance';
import { openSeries } from './series';
import type { RunView } from './view';

/** What is drawn of each kind of run: title, and the metrics in training and on held-out data. */
const drawn: Readonly<Record<'ppo' | 'reward', readonly (readonly [title: string, train: string, held: string])[]>> = {
  ppo: [
    ['Reward', 'objective/scores', 'eval/objective/scores'],
    ['KL from the start (nats)', 'objective/kl', 'eval/objective/exact_kl'],
    ['Perplexity of held-out plain text', '', 'eval/perplexity'],
    ['Tokens an answer', 'objective/response_length', 'eval/objective/response_length'],
  ],
  reward: [
    ['Loss of the reward model', 'loss', 'eval_loss'],
    ['Accuracy of the reward model', 'accuracy', 'eval_accuracy'],
  ],
};

/** The plots of a report's runs, and where its model comes from. */
export async function reportExtras(context: ProvenanceContext, report: Report): Promise<ReportExtras> {
  const runs = [report.ppo?.run, report.rewardModel?.run].flatMap((id) => context.runs.find((r) => r.id === id) ?? []);
  const charts: ReportCurves[] = [];
  for (const run of runs) charts.push(...(await chartsOf(run)));
  return { charts, ...(runs[0] === undefined ? {} : { provenance: await provenanceOf(context, runs[0].id) }) };
}

async function chartsOf(run: RunView): Promise<ReportCurves[]> {
  if (run.kind !== 'ppo' && run.kind !== 'reward') return [];
  const curves = openSeries(run.folder);
  await curves.refresh();
  const charts = drawn[run.kind].flatMap(([title, train, held]): ReportCurves[] => {
    const series: ChartSeries[] = [
      { name: 'training', ...curves.column(train), color: 0 },
      { name: 'held out', ...curves.column(held), color: 1, marks: true },
    ].filter((s) => s.x.length > 1);
    return series.length === 0 ? [] : [{ title, xLabel: run.kind === 'ppo' ? 'update' : 'step', yLabel: '', series }];
  });
  const kl = curves.column('eval/objective/exact_kl');
  const reward = curves.column('eval/objective/scores');
  const by = new Map(reward.x.map((x, i) => [x, reward.y[i]!]));
  const both = kl.x.flatMap((x, i) => (by.has(x) ? [[Math.sqrt(Math.max(0, kl.y[i]!)), by.get(x)!] as const] : []));
  if (both.length > 1) charts.push({ title: 'Held-out reward against √KL', xLabel: '√KL (√nats)', yLabel: 'reward', series: [{ name: 'evaluations', x: both.map(([x]) => x), y: both.map(([, y]) => y), marks: true }] });
  return charts;
}
