import { formatSeconds, plural } from '../base/text';
import { rewardReportMarkdown } from './report-model-markdown';
import type { Report, ReportPpo, ReportRewardModel, ReportSample } from './report';
import type { Measurement } from './report-measure';

/** The report as Markdown, fit to be shown to somebody who was not there. Texts of models stand in it as text only. */
export function reportMarkdown(report: Report): string {
  const parts = [
    `# What alignment changed: ${plain(report.project)}`,
    summarySentences(report).join(' '),
    ...(report.ppo === null ? [] : [tuning(report.ppo, report)]),
    ...(report.rewardModel === null ? [] : [rewardModel(report.rewardModel)]),
    labels(report),
    ...(report.ppo === null || report.ppo.samples.length === 0 ? [] : [samples(report.ppo.samples)]),
    stages(report),
    chain(report),
    ...(report.warnings.length === 0 ? [] : [`## Warnings\n\n${report.warnings.map((w) => `- ${plain(w)}`).join('\n')}`]),
    `_Made ${report.createdAt} by Plumbline, seed ${report.seed}._`,
  ];
  return `${parts.join('\n\n')}\n`;
}

/** What came of it, in sentences; what matters most stands between two asterisks. */
export function summarySentences({ ppo, rewardModel: rm, labelers, judge }: Report): string[] {
  const sentences: string[] = [];
  if (ppo !== null) {
    const { before, after } = ppo;
    if (before.trueRate !== null && after.trueRate !== null) {
      sentences.push(`PPO changed the share of answers that are helpful, honest and harmless at once from **${percent(before.trueRate)}** to **${percent(after.trueRate)}** on held-out prompts (${points(after.trueRate - before.trueRate)}), as told by ${judge?.name ?? 'the judge'}.`);
    } else if (before.reward !== null && after.reward !== null) {
      sentences.push(`PPO changed the mean reward on held-out prompts from **${number(before.reward)}** to **${number(after.reward)}**; this is the reward model's opinion, and no person's.`);
    }
    if (ppo.kl !== null) sentences.push(`The tuned model is ${number(ppo.kl)} nats (KL, ${ppo.klKind}) per answer away from where it started, after ${plural(ppo.updates, 'update')}.`);
    if (before.perplexity !== null && after.perplexity !== null) sentences.push(`The perplexity of held-out plain text went from ${number(before.perplexity)} to ${number(after.perplexity)} (${signed((100 * after.perplexity) / before.perplexity - 100)} %): the alignment tax.`);
  }
  if (rm?.accuracy != null) {
    sentences.push(`The reward model agrees with ${percent(rm.accuracy)} of held-out comparisons${rm.ceiling === null ? '' : `; the labelers' own ceiling is ${percent(rm.ceiling)}`}.`);
  }
  if (labelers.some((l) => l.simulated)) sentences.push(`**${labelers.every((l) => l.simulated) ? 'All' : 'Some'} labels are by simulated labelers, not by people.**`);
  return sentences;
}

function tuning(ppo: ReportPpo, report: Report): string {
  const row = (name: string, of: (m: Measurement) => string | null): string[] => {
    const [b, a] = [of(ppo.before), of(ppo.after)];
    return b === null && a === null ? [] : [`| ${name} | ${b ?? 'not measured'} | ${a ?? 'not measured'} |`];
  };
  const some = (x: number | null): string | null => (x === null ? null : number(x));
  const rows = [
    ...(report.judge === null ? [] : row('helpful, honest and harmless', (m) => (m.trueRate === null ? null : `${percent(m.trueRate)}${m.trueRateInterval === null ? '' : ` (${percent(m.trueRateInterval[0])} to ${percent(m.trueRateInterval[1])})`}`))),
    ...row('reward', (m) => some(m.reward)),
    ...row('perplexity of plain text', (m) => some(m.perplexity)),
    ...row('tokens an answer', (m) => some(m.length)),
    ...row('answers that end by themselves', (m) => (m.eosRate === null ? null : percent(m.eosRate))),
    ...row('different word pairs', (m) => (m.distinct2 === null ? null : percent(m.distinct2))),
    ...row('answers measured', (m) => String(m.answers)),
  ];
  const curve = ppo.curve.length < 2 ? '' : `\n\nOn the way:\n\n| update | mean score | KL (nats) |\n| ---: | ---: | ---: |\n${ppo.curve.map((p) => `| ${p.update} | ${number(p.score)} | ${number(p.kl)} |`).join('\n')}`;
  const judged = report.judge === null ? '' : `\n\nThe first row is the judgement of ${plain(report.judge.name)}, which knows the small world of this workspace; the reward model has never seen it. The intervals are 95 % Wilson intervals.`;
  return `## Tuning\n\n| held-out prompts | before | after |\n| --- | ---: | ---: |\n${rows.join('\n')}${judged}${curve}`;
}

function rewardModel(rm: ReportRewardModel): string {
  const lines = [
    rm.accuracy === null
      ? '- No comparisons were held out, so its accuracy is not known.'
      : `- accuracy on ${plural(rm.pairs, 'held-out comparison')} (ties left out): **${percent(rm.accuracy)}**${rm.interval === null ? '' : `, 95 % interval ${percent(rm.interval[0])} to ${percent(rm.interval[1])}`}`,
    ...(rm.ceiling === null ? ['- ceiling: not known, since no two labelers have judged the same comparison'] : [`- ceiling: ${percent(rm.ceiling)}, how well the other labelers' majority foretells a labeler on the same comparisons`]),
    ...(rm.trueOrder === null ? [] : [`- the truth itself, as the judge knows it, agrees with ${percent(rm.trueOrder)} of them: the rest is the labelers' noise`]),
    `- learned from ${plural(rm.trainPairs, 'comparison')} of other prompts`,
  ];
  const more = rm.worth === null ? '' : rewardReportMarkdown(rm.worth, plain);
  return `## Reward model\n\n${lines.join('\n')}${more === '' ? '' : `\n${more}`}`;
}

function labels({ labelers, generated }: Report): string {
  const head = `## Answers and labels\n\n${plural(generated.answers, 'answer')} to ${plural(generated.prompts, 'prompt')}.`;
  if (labelers.length === 0) return `${head} No labels.`;
  const rows = labelers.map((l) => `| ${plain(l.id)} | ${l.simulated ? 'simulated' : 'person'} | ${l.admitted ? 'yes' : '**no**'}: ${plain(l.why)} | ${l.labels} | ${Object.entries(l.verdicts).map(([v, n]) => `${v.replace('_', ' ')} ${n}`).join(', ')} |`);
  return `${head}\n\n| labeler | | enters training | labels | verdicts |\n| --- | --- | --- | ---: | --- |\n${rows.join('\n')}`;
}

function samples(list: readonly ReportSample[]): string {
  const side = (name: string, s: ReportSample['before']): string => {
    const marks = [...(s.reward === null ? [] : [`reward ${number(s.reward)}`]), ...(s.good === null ? [] : [s.good ? 'good' : 'not good'])];
    return `${name}${marks.length === 0 ? '' : ` (${marks.join(', ')})`}:\n\n${block(s.text)}`;
  };
  const items = list.map((s) => `### ${plain(s.prompt)}\n\n${side('Before', s.before)}\n\n${side('After', s.after)}`);
  return `## The same prompts, before and after\n\nThe first ${list.length} held-out prompts; they were not chosen.\n\n${items.join('\n\n')}`;
}

function stages({ stages: list, seconds }: Report): string {
  const rows = list.map((s) => `| ${s.stage} | ${formatSeconds(s.seconds)} | ${s.run ?? ''} |`);
  return `## Time\n\n| stage | time | run |\n| --- | ---: | --- |\n${rows.join('\n')}\n| all | ${formatSeconds(seconds)} | |`;
}

function chain({ provenance }: Report): string {
  const rows = provenance.map((p) => `| ${plain(p.what)} | \`${p.hash.slice(0, 23)}…\` | ${p.holds === null ? '' : p.holds ? 'unchanged' : '**changed since**'} |`);
  return `## Where it comes from\n\n| | hash | |\n| --- | --- | --- |\n${rows.join('\n')}`;
}

const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;
const signed = (x: number): string => `${x < 0 ? '−' : '+'}${Math.abs(x).toFixed(1)}`;
const points = (x: number): string => `${signed(100 * x)} points`;

function number(x: number): string {
  return Math.abs(x) >= 100 ? x.toFixed(0) : Math.abs(x) >= 10 ? x.toFixed(1) : x.toFixed(2);
}

/** On one line, with nothing in it that Markdown or HTML would act on. */
export function plain(text: string): string {
  return text.replace(/\s+/g, ' ').trim().replace(/[\\`*_{}[\]<>#|!~&]/g, (c) => (c === '<' ? '&lt;' : c === '>' ? '&gt;' : c === '&' ? '&amp;' : `\\${c}`));
}

/** Text in a fence that it cannot close. */
function block(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((m) => m[0].length));
  const fence = '`'.repeat(longest + 1);
  return `${fence}text\n${text === '' ? '(empty)' : text}\n${fence}`;
}
