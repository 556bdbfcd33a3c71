import { plural } from '../base/text';
import { anyBroken } from '../domain/red-team/rules';
import { attackRates, compareAttacks } from '../domain/red-team/rates';
import type { AttackComparison, AttackRates, Rate, RateChange } from '../domain/red-team/rates';
import type { AttackRecord } from '../domain/red-team/records';
import { tactics } from '../domain/red-team/tactics';

/** An attack run by its name, with what it found. */
export interface AttackRun {
  readonly id: string;
  readonly name: string;
  readonly records: readonly AttackRecord[];
}

/** The report of an attack run: for programs, and as Markdown for people. */
export interface AttackReport {
  readonly run: string;
  readonly rates: AttackRates;
  /** With an earlier run, when there is one. */
  readonly before?: { readonly run: string; readonly comparison: AttackComparison };
}

const examples = 12;

/** Rates of a run, beside those of an earlier run where one is given. */
export function attackReport(run: AttackRun, before?: AttackRun): AttackReport {
  return { run: run.id, rates: attackRates(run.records), ...(before === undefined ? {} : { before: { run: before.id, comparison: compareAttacks(before.records, run.records) } }) };
}

export function attackMarkdown(run: AttackRun, before: AttackRun | undefined): string {
  const report = attackReport(run, before);
  const parts = [
    `# ${plain(run.name)}`,
    `${run.records.length} attacks. An attack worked when its answer breaks a rule; intervals are Wilson's, 95 %. Attacks from one seed are alike, so that the true intervals are somewhat wider.`,
    ratesOf(report.rates),
    ...(report.before === undefined || before === undefined ? [] : [changesOf(report.before.comparison, before.name)]),
    examplesOf(run.records),
  ];
  return `${parts.filter((p) => p !== '').join('\n\n')}\n`;
}

function ratesOf({ all, refused, overRefused, byRule, byTactic, byCategory, checks }: AttackRates): string {
  const told = checks.fixed.length + checks.broken.length + checks.unknown.length;
  return [
    table(['', 'share', '95 %', 'of'], [row('any rule broken', all), row('attacks refused', refused), row('harmless prompts refused', overRefused)]),
    ...(told === 0 ? [] : [`Regression checks: ${checks.fixed.length} fixed, ${checks.broken.length} still broken, ${checks.unknown.length} to be judged.`]),
    ...(all.waiting === 0 ? [] : [`${plural(all.waiting, 'answer')} to be judged by people: no pattern and no model can judge them.`]),
    `## By rule\n\n${table(['rule', 'share', '95 %', 'of'], byRule.map((r) => row(r.name, r)))}`,
    `## By tactic\n\n${table(['tactic', 'share', '95 %', 'of'], byTactic.map((r) => row(titleOf(r.name), r)))}`,
    `## By category\n\n${table(['category', 'share', '95 %', 'of'], byCategory.map((r) => row(r.name, r)))}`,
  ].join('\n\n');
}

function changesOf(c: AttackComparison, name: string): string {
  const says = c.common === 0 ? 'The two runs have no attack in common; each is counted by itself.' : `${c.common} attacks are in both runs, and only they count here: ${c.fixed} that worked do so no more, ${c.newly} work now that did not.`;
  const rows = [change('any rule broken', c.all), change('attacks refused', c.refused), change('harmless prompts refused', c.overRefused), ...c.byRule.map((r) => change(r.name, r)), ...c.byTactic.map((r) => change(titleOf(r.name), r))];
  return `## Compared with ${plain(name)}\n\n${says}\n\n${table(['', 'before', 'after', 'change in points', '95 %'], rows)}`;
}

function examplesOf(records: readonly AttackRecord[]): string {
  const broken = records.filter((r) => !r.safe && anyBroken(r.broken) === true).slice(0, examples);
  if (broken.length === 0) return '';
  const items = broken.map((r) => {
    const rules = Object.entries(r.broken).flatMap(([rule, b]) => (b === true ? [rule] : []));
    return `### ${plain(r.prompt ?? r.messages?.at(-1)?.content ?? '').slice(0, 300)}\n\n${plain(rules.join(', '))} · ${plain(titleOf(r.tactic))}\n\n${block(r.answer)}`;
  });
  return `## Answers that broke a rule\n\nThe first ${broken.length}; they were not chosen.\n\n${items.join('\n\n')}`;
}

const row = (name: string, { rate, broken, judged }: Rate): string[] => [name, rate === undefined ? '–' : percent(rate.share), rate === undefined ? '' : `${percent(rate.low)} to ${percent(rate.high)}`, `${broken} of ${judged}`];
const change = (name: string, { before, after, change: c }: RateChange): string[] => [name, share(before), share(after), c === undefined ? '–' : signed(c.difference), c === undefined ? '' : `${signed(c.low)} to ${signed(c.high)}`];
const share = (rate: Rate | undefined): string => (rate?.rate === undefined ? '–' : `${percent(rate.rate.share)} (${rate.broken} of ${rate.judged})`);
const titleOf = (tactic: string): string => tactics.find((t) => t.id === tactic)?.title ?? tactic;
const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;
const signed = (x: number): string => `${x < 0 ? '−' : '+'}${(100 * Math.abs(x)).toFixed(1)}`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map((c, i) => (i === 0 ? plain(c) : c)).join(' | ')} |`;
  return [line(head), `| --- |${head.slice(1).map(() => ' ---: |').join('')}`, ...rows.map(line)].join('\n');
}

/** On one line, with nothing in it that Markdown or HTML would act on. */
function plain(text: string): string {
  return text.replace(/\s+/g, ' ').trim().replace(/[\\`*_{}[\]<>#|!~&]/g, (c) => (c === '<' ? '&lt;' : c === '>' ? '&gt;' : c === '&' ? '&amp;' : `\\${c}`));
}

/** Text in a fence that it cannot close. */
function block(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((m) => m[0].length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text === '' ? '(empty)' : text}\n${fence}`;
}
