import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { UserError } from '../base/errors';
import { parseJsonLines } from '../base/lines';
import { plural } from '../base/text';
import { wilson } from '../domain/agreement';
import type { Share } from '../domain/agreement';
import type { WinRate } from '../domain/evaluation/win-rate';
import type { RunOf } from '../protocol/run';
import { readSpec } from './folder';
import type { WorldJudge } from './report-measure';
import type { RunView } from './view';
import { interval, number, percent, plain, signed, table } from './words';

type Summary = Readonly<Record<string, number>>;

/** A measured model: a column of the report. */
export interface Column {
  readonly title: string;
  /** Suffix of its metrics in the run's summary. */
  readonly suffix: string;
}

/** One prompt with an answer of each column, null where it has none. */
export interface SampleRow {
  readonly prompt: string;
  readonly answers: readonly ({ readonly text: string; readonly reward: number | null } | null)[];
}

/** What an evaluation or a best-of-n run has measured, beside what other runs and people have said of the same model. */
export interface EvaluationReport {
  readonly v: 1;
  readonly run: string;
  readonly kind: 'evaluate' | 'bestOfN';
  readonly name: string;
  readonly createdAt: string;
  readonly models: Readonly<Record<string, string>>;
  readonly columns: readonly Column[];
  readonly summary: Summary;
  /** Name of the server that judged, when one did. */
  readonly judge: string | null;
  /** Share of answers, by column, that the workspace's judge finds helpful, honest and harmless at once, with Wilson's 95 % interval; only the sample has such a judge. */
  readonly truth: { readonly judge: string; readonly rates: readonly (Share | null)[] } | null;
  /** What people said who compared the answers blind. */
  readonly people: (WinRate & { readonly labelers: number; readonly open: number }) | null;
  /** Success of attacks on the same model, of its newest attack run. */
  readonly attacks: { readonly run: string; readonly rate: number; readonly attacks: number } | null;
  readonly samples: readonly SampleRow[];
  readonly warnings: readonly string[];
}

/** What of a summary is shown, in order: metric, title, and how it is written. */
const rows: readonly (readonly [metric: string, title: string, as: (x: number) => string])[] = [
  ['objective/scores', 'reward', number],
  ['objective/held_out_scores', 'held-out reward', number],
  ['objective/exact_kl', 'exact KL from the start (nats an answer)', number],
  ['rules/violation_rate', 'answers that break a rule', percent],
  ['perplexity', 'perplexity of plain text', number],
  ['sft/perplexity', 'perplexity of desired answers', number],
  ['choices/accuracy', 'multiple choice, plain', percent],
  ['choices/accuracy_norm', 'multiple choice, by length', percent],
  ['objective/response_length', 'tokens an answer', number],
  ['objective/eos_rate', 'answers that end', percent],
  ['objective/entropy', 'entropy (nats an answer)', number],
  ['objective/distinct_1', 'different tokens (distinct-1)', percent],
  ['objective/distinct_2', 'different pairs (distinct-2)', percent],
  ['objective/self_bleu', 'likeness of the answers (self-BLEU)', number],
  ['objective/repetition', 'repeated 4-grams within an answer', percent],
];

export interface EvaluationExtras {
  readonly people?: EvaluationReport['people'];
  readonly attacks?: EvaluationReport['attacks'];
  /** Knows what is true in the workspace's world. */
  readonly judge?: WorldJudge;
}

/** @throws UserError when the run is none that measures models, or has not finished. */
export async function evaluationReport(run: RunView, extras: EvaluationExtras = {}): Promise<EvaluationReport> {
  if (run.kind !== 'evaluate' && run.kind !== 'bestOfN') throw new UserError('jobs.not-evaluation', `The run "${run.id}" is a ${run.kind} run; this report is about an evaluation or best-of-n fine-tuning.`);
  if (run.state !== 'finished' || run.summary === undefined) throw new UserError('jobs.not-finished', `The run "${run.id}" is ${run.state}: there is a report when it has finished.`);
  const spec = (await readSpec(run.folder)) as RunOf<'evaluate'> | RunOf<'bestOfN'>;
  const columns: Column[] =
    spec.kind === 'bestOfN'
      ? [{ title: 'start', suffix: '/before' }, { title: 'control', suffix: '/control' }, { title: `best of ${spec.params.n}`, suffix: '/after' }]
      : [...(spec.params.compare && spec.models.reference !== undefined ? [{ title: 'reference', suffix: '/reference' }] : []), { title: 'model', suffix: '' }];
  const answers = await answersOf(run, columns);
  return {
    v: 1,
    run: run.id,
    kind: spec.kind,
    name: run.name,
    createdAt: run.finishedAt ?? run.createdAt,
    models: Object.fromEntries(Object.entries(spec.models).filter((m): m is [string, string] => m[1] !== undefined)),
    columns,
    summary: run.summary,
    judge: spec.kind === 'evaluate' ? (spec.params.judge?.name ?? null) : null,
    truth: extras.judge === undefined ? null : truthOf(answers, columns, extras.judge),
    people: extras.people ?? null,
    attacks: extras.attacks ?? null,
    samples: samplesOf(answers, columns),
    warnings: run.warnings,
  };
}

const side = z.object({ text: z.string(), reward: z.number().optional() });
const evaluated = z.object({ prompt: z.int(), sample: z.int(), promptText: z.string(), ...side.shape, reference: side.optional() });
const measured = z.object({ measured: z.enum(['before', 'after', 'control']) });

/** A measured answer: which prompt, which of the answers to it, whose column. */
interface MeasuredAnswer extends z.infer<typeof side> {
  readonly prompt: number;
  readonly sample: number;
  readonly promptText: string;
  readonly column: number;
}

async function answersOf(run: RunView, columns: readonly Column[]): Promise<MeasuredAnswer[]> {
  const output = run.outputs?.['samples'] ?? run.outputs?.['answers'];
  if (output === undefined) return [];
  const file = join(run.folder, output);
  const answers: MeasuredAnswer[] = [];
  for (const { value } of parseJsonLines(await readFile(file, 'utf8'), file).records) {
    const line = evaluated.safeParse(value).data;
    const when = run.kind === 'bestOfN' ? measured.safeParse(value).data?.measured : '';
    if (line === undefined || when === undefined) continue;
    const of = (suffix: string, answer: z.infer<typeof side>): void => {
      const column = columns.findIndex((c) => c.suffix === suffix);
      if (column >= 0) answers.push({ ...answer, prompt: line.prompt, sample: line.sample, promptText: line.promptText, column });
    };
    of(when === '' ? '' : `/${when}`, line);
    if (line.reference !== undefined) of('/reference', line.reference);
  }
  return answers;
}

function truthOf(answers: readonly MeasuredAnswer[], columns: readonly Column[], judge: WorldJudge): EvaluationReport['truth'] {
  const rates = columns.map((_, column) => {
    const own = answers.filter((a) => a.column === column);
    return wilson(own.filter((a) => judge.good(a.promptText, a.text)).length, own.length) ?? null;
  });
  return { judge: judge.name, rates };
}

/** The first answers to the first prompts in their order; not chosen. */
function samplesOf(answers: readonly MeasuredAnswer[], columns: readonly Column[], most = 8): SampleRow[] {
  const byPrompt = new Map<number, { prompt: string; answers: (SampleRow['answers'][number])[] }>();
  for (const { prompt, sample, promptText, column, text, reward } of answers) {
    if (sample !== 0 || prompt >= most) continue;
    const row = byPrompt.get(prompt) ?? { prompt: promptText, answers: columns.map(() => null) };
    byPrompt.set(prompt, row);
    row.answers[column] = { text, reward: reward ?? null };
  }
  return [...byPrompt.values()];
}

export function evaluationMarkdown(report: EvaluationReport): string {
  const { summary: s, columns } = report;
  const cell = (metric: string, suffix: string, as: (x: number) => string): string => {
    const value = s[`${metric}${suffix}`];
    return value === undefined ? '–' : `${as(value)}${interval(s[`${metric}_low${suffix}`], s[`${metric}_high${suffix}`], as)}`;
  };
  const shown = rows.filter(([metric]) => columns.some((c) => s[`${metric}${c.suffix}`] !== undefined));
  const byTask = Object.keys(s).filter((name) => /^(choices|rules)\/.+\/(accuracy|accuracy_norm)$|^rules\/violation_rate\/[^/]+$/.test(name) && !/(_low|_high)$/.test(name) && !name.endsWith('/reference'));
  const parts = [
    `# ${report.kind === 'bestOfN' ? 'Best-of-n fine-tuning' : 'Evaluation'}: ${plain(report.name)}`,
    Object.entries(report.models).map(([role, path]) => `${role}: ${plain(path)}`).join(' · '),
    ...(report.kind === 'bestOfN' ? [gains(s)] : []),
    table(['', ...columns.map((c) => c.title)], [
      ...(report.truth === null ? [] : [[`good answers, as told by ${report.truth.judge}`, ...report.truth.rates.map((r) => (r === null ? '–' : `${percent(r.share)}${interval(r.low, r.high, percent)}`))]]),
      ...shown.map(([metric, title, as]) => [title, ...columns.map((c) => cell(metric, c.suffix, as))]),
      ...byTask.map((metric) => [plain(metric.replace(/^choices\/(.+)\/(accuracy\w*)$/, 'multiple choice, $1, $2').replace(/^rules\/violation_rate\//, 'breaks ')), ...columns.map((c) => cell(metric, c.suffix, percent))]),
    ]),
    'In brackets 95 % intervals: by bootstrap over prompts or texts, for shares of questions and of good answers Wilson\'s.',
    wins(report),
    tax(s),
    ...(report.attacks === null ? [] : [`## Attacks\n\n${percent(report.attacks.rate)} of ${plural(report.attacks.attacks, 'attack')} on this model worked (${plain(report.attacks.run)}).`]),
    ...(report.samples.length === 0 ? [] : [samples(report)]),
    ...(report.warnings.length === 0 ? [] : [`## Warnings\n\n${report.warnings.map((w) => `- ${plain(w)}`).join('\n')}`]),
  ];
  return `${parts.filter((p) => p !== '').join('\n\n')}\n`;
}

/** What the best of n gave, against the start and against the control. */
function gains(s: Summary): string {
  const gain = (name: string, over: string): string => {
    const value = s[name];
    if (value === undefined) return '';
    const [low, high] = [s[`${name}_low`], s[`${name}_high`]];
    const clear = low === undefined || high === undefined ? '' : low > 0 ? '' : high < 0 ? ': it is **worse**' : ': no clear difference';
    return `${signed(value)}${interval(low, high, signed)} in mean reward over ${over}${clear}`;
  };
  const told = [gain('gain_over_control', 'the control, which has learned as many answers picked at random'), gain('gain_over_start', 'the start')].filter((t) => t !== '');
  const draw = Object.entries(s).find(([name]) => name.startsWith('draw/best_scores'));
  const n = s['n'] ?? 0;
  return [
    told.length === 0 ? '' : `The model trained on the best of ${n} gains ${told.join('; ')}, on held-out prompts. The reward model judges here what it has also chosen.`,
    draw === undefined ? '' : `The kept answers have a mean reward of ${number(draw[1])}; choosing the best of ${n} is ${number(s['draw/kl_bound'] ?? 0)} nats away from the start at most.`,
  ].filter((t) => t !== '').join(' ');
}

const judges = { reward: 'the reward model that tuning may have used', held_out: 'the held-out reward model', endpoint: 'a language model, asked in both orders' } as const;

function wins({ summary: s, people, judge }: EvaluationReport): string {
  const told = Object.entries(judges).flatMap(([name, who]) => {
    const rate = s[`win_rate/${name}`];
    if (rate === undefined) return [];
    return [[name === 'endpoint' && judge !== null ? `${who} (${plain(judge)})` : who, `${percent(rate)}${interval(s[`win_rate/${name}_low`], s[`win_rate/${name}_high`], percent)}`, percent(s[`win_rate/${name}_ties`] ?? 0), String(s[`win_rate/${name}_comparisons`] ?? 0)]];
  });
  if (people !== null) {
    const n = people.wins + people.ties + people.losses;
    told.push([`people, blind (${plural(people.labelers, 'labeler')}${people.open > 0 ? `; ${people.open} not judged yet` : ''})`, `${percent(people.rate.value)}${interval(people.rate.low, people.rate.high, percent)}`, percent(people.ties / n), String(n)]);
  }
  const unread = s['win_rate/endpoint_unread'] ?? 0;
  return told.length === 0 ? '' : `## Win rate against the reference\n\n${table(['judge', 'win rate', 'ties', 'comparisons'], told)}\n\nTies count half; intervals draw prompts again.${unread > 0 ? ` ${plural(unread, 'comparison')} left out: the judge's words could not be read.` : ''}`;
}

/** What tuning has cost: the alignment tax. */
function tax(s: Summary): string {
  const told = [['perplexity_ratio', 'plain text'], ['sft/perplexity_ratio', 'desired answers']].flatMap(([name, what]) => {
    const ratio = s[name!];
    const change = (x: number): string => `${signed(100 * (x - 1), 1)} %`;
    return ratio === undefined ? [] : [`- Perplexity of ${what!}: ${change(ratio)}${interval(s[`${name!}_low`], s[`${name!}_high`], change)}`];
  });
  for (const [name, what] of [['choices/accuracy_change', 'plain'], ['choices/accuracy_norm_change', 'by length']] as const) {
    const points = (x: number): string => `${signed(100 * x, 1)} points`;
    if (s[name] !== undefined) told.push(`- Multiple choice, ${what}: ${points(s[name])}${interval(s[`${name}_low`], s[`${name}_high`], points)}`);
  }
  return told.length === 0 ? '' : `## Alignment tax\n\nFrom the reference to the model, on the same texts and questions:\n\n${told.join('\n')}`;
}

function samples({ samples: list, columns }: EvaluationReport): string {
  const told = list.map(({ prompt, answers }) => [`**${plain(prompt)}**`, ...answers.map((a, i) => (a === null ? '' : `- ${columns[i]!.title}${a.reward === null ? '' : ` (reward ${number(a.reward)})`}: ${plain(a.text)}`)).filter((t) => t !== '')].join('\n\n'));
  return `## Answers\n\nThe first prompts in their order.\n\n${told.join('\n\n')}`;
}
