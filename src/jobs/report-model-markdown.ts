import { groupings, type AccuracyGroup, type Proportion, type RewardModelReport, type RuleModelReport } from '../domain/model-report';

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

/** The held-out numbers of a rule model as a report of its own. @param plain makes text harmless in Markdown */
export function ruleReportMarkdown(name: string, { rules }: RuleModelReport, plain: (text: string) => string): string {
  const some = (x: number | null, show: (x: number) => string = (v) => v.toFixed(3)): string => (x === null ? '–' : show(x));
  const rows = rules.map((r) => `| ${plain(r.rule)} | ${r.trained.marks} | ${r.marks} | ${some(r.baseRate, percent)} | ${r.accuracy === null ? '–' : interval(r.accuracy)} | ${some(r.majority, percent)} | ${some(r.auc)} | ${some(r.ece)} | ${some(r.rawEce)} |`);
  const calibrations = rules.flatMap((r) => (r.calibration === null ? [] : [`### ${plain(r.rule)}: is it broken as often as the model says?\n\n| says | broken | answers |\n| ---: | ---: | ---: |\n${r.calibration.bins.map((b) => `| ${percent(b.predicted)} | ${percent(b.observed)} | ${b.n} |`).join('\n')}`]));
  return `${[
    `# Rules on held-out answers: ${plain(name)}`,
    `| rule | marks learned from | held-out marks | broken | accuracy, 95 % interval | always the more frequent | AUC | ECE | ECE before calibration |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n${rows.join('\n')}`,
    ...rules.flatMap((r) => (r.note === undefined ? [] : [`- ${plain(r.rule)}: ${plain(r.note)}`])),
    'AUC: how often a broken answer has the higher probability than a kept one. ECE: the expected difference between what the model says and how often it is so.',
    ...calibrations,
  ].join('\n\n')}\n`;
}
