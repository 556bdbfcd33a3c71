import { groupings, type AccuracyGroup, type Proportion, type RewardModelReport } from '../domain/model-report';

const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;
const interval = ({ share, low, high }: Proportion): string => `${percent(share)} (${percent(low)} to ${percent(high)})`;

const titles: Record<(typeof groupings)[number], string> = {
  labeler: 'labeler',
  task: 'task',
  criterion: 'criterion',
  length: 'the preferred answer is, beside the other',
  agreement: 'labelers of the same two answers',
  strength: 'how much better',
};

/** The held-out numbers of a reward model as Markdown tables, below those that the report begins with. @param plain makes text harmless in Markdown */
export function rewardReportMarkdown(report: RewardModelReport, plain: (text: string) => string): string {
  const { accuracy, baselines, groups, calibration, ensemble, lengthCorrelation } = report;
  if (accuracy === null) return '';
  const table = (title: string, rows: readonly AccuracyGroup[]): string =>
    `| ${title} | accuracy, 95 % interval | comparisons |\n| --- | ---: | ---: |\n${rows.map((g) => `| ${plain(g.name)} | ${interval(g.accuracy)} | ${g.accuracy.n} |`).join('\n')}`;
  const beside = [['preferring the longer answer', baselines.length], ['always the side that wins more often', baselines.majority]] as const;
  const lines = beside.flatMap(([name, share]) => (share === null ? [] : [`- ${name}: ${interval(share)}`]));
  return [
    `${lines.join('\n')}${lengthCorrelation === null ? '' : `\n- correlation of score and length: ${lengthCorrelation.toFixed(2)}`}`,
    ...groupings.flatMap((by) => (groups[by] === undefined ? [] : [table(titles[by], groups[by])])),
    ...(ensemble === undefined ? [] : [`${ensemble.members.length} models were trained alike (accuracies ${ensemble.members.map(percent).join(', ')}). Where they disagree:\n\n${table('disagreement', ensemble.byUncertainty)}`]),
    ...(calibration === null ? [] : [`Calibration (expected error ${calibration.ece.toFixed(3)}):\n\n| sure of it | came true | comparisons |\n| ---: | ---: | ---: |\n${calibration.bins.map((b) => `| ${percent(b.predicted)} | ${percent(b.observed)} | ${b.n} |`).join('\n')}`]),
  ].join('\n\n');
}
