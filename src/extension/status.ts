import { formatSeconds, oneLine, plural } from '../base/text';
import type { RunView } from '../jobs/view';
import { isActive } from '../jobs/view';
import { commands } from './contributions';

/** As `vscode.l10n.t`: this file is free of the editor, so that it can be tested without one. */
export type Translate = (message: string, ...args: (string | number)[]) => string;

/** What the status bar shows: computed from the runs alone, drawn by one function. */
export interface Status {
  readonly text: string;
  /** Markdown; links are `[title](action:run id)`, which the item turns into command links. */
  readonly tooltip: string;
  readonly failed: boolean;
  /** The run that a click opens. */
  readonly run: string;
}

/**
 * Undefined while nothing is to be said. `seen`: the failed runs that have been looked at.
 * A failure shows until then, unless another run is at work.
 */
export function statusOf(runs: readonly RunView[], seen: ReadonlySet<string>, t: Translate): Status | undefined {
  const active = runs.filter((r) => isActive(r.state)).sort((a, b) => (a.id < b.id ? -1 : 1));
  const queued = runs.filter((r) => r.state === 'queued');
  const failed = runs.filter((r) => r.state === 'failed' && !seen.has(`${r.id} ${r.finishedAt ?? ''}`)).sort((a, b) => (a.id < b.id ? 1 : -1));
  const [first] = active;
  const more = queued.length > 0 ? ` (+${queued.length})` : active.length > 1 ? ` (${active.length})` : '';
  const tooltip = [...failed, ...active, ...queued].map((run) => describe(run, t)).join('\n\n---\n\n');
  if (first) return { text: `$(sync~spin) ${escapeIcons(oneLine(first.name, 28))} ${progress(first, t)}${more}`, tooltip, failed: failed.length > 0, run: first.id };
  const [latest] = failed;
  if (latest) return { text: `$(error) ${t('{0} failed', escapeIcons(oneLine(latest.name, 28)))}${more}`, tooltip, failed: true, run: latest.id };
  const [waiting] = queued;
  return waiting && { text: `$(clock) ${t('{0} queued', plural(queued.length, 'run'))}`, tooltip, failed: false, run: waiting.id };
}

function progress(run: RunView, t: Translate): string {
  if (run.state === 'stopping') return t('stopping');
  if (run.state === 'starting' || run.total === 0) return t('starting');
  const left = run.secondsLeft === undefined ? '' : ` · ${formatSeconds(run.secondsLeft)}`;
  return `${Math.floor(run.percent)} %${left}`;
}

/** One run in a tooltip: its numbers and its links. */
function describe(run: RunView, t: Translate): string {
  const facts = [run.state, run.total > 0 ? t('step {0} of {1}', run.step, run.total) : '', run.secondsLeft === undefined ? '' : t('{0} left', formatSeconds(run.secondsLeft))];
  const lines = [`**${markdown(run.name)}** — ${facts.filter((f) => f !== '').join(' · ')}`];
  if (run.error) lines.push(markdown(oneLine(run.error.message, 300)));
  const numbers = keyNumbers(run, 5);
  if (numbers.length > 0) lines.push(`| | |\n|:--|--:|\n${numbers.map(([name, value]) => `| ${markdown(name)} | ${value} |`).join('\n')}`);
  lines.push(links(run, t).map(([title, id]) => `[${title}](${id}:${run.id})`).join(' · '));
  return lines.join('\n\n');
}

function links(run: RunView, t: Translate): [string, string][] {
  const open: [string, string] = [`$(graph) ${t('Open')}`, commands.openRun];
  if (isActive(run.state)) return [open, ...(run.state === 'stopping' ? [] : [[`$(debug-stop) ${t('Stop')}`, commands.stop] as [string, string]])];
  if (run.state === 'queued') return [open, [`$(close) ${t('Cancel')}`, commands.cancel]];
  return [open, [`$(debug-continue) ${t('Resume')}`, commands.resume], [`$(output) ${t('Log')}`, commands.openLog]];
}

const interesting: Record<RunView['kind'], readonly string[]> = {
  ppo: ['objective/scores', 'objective/kl', 'objective/rlhf_reward', 'objective/kl_coef', 'loss/value_avg'],
  dpo: ['eval_rewards/accuracies', 'rewards/accuracies', 'rewards/margins', 'eval_loss', 'loss'],
  reward: ['eval_accuracy', 'accuracy', 'eval_loss', 'loss', 'margin'],
  rule: ['eval_accuracy', 'accuracy', 'eval_loss', 'loss'],
  sft: ['loss', 'eval_loss', 'mean_token_accuracy'],
  generate: ['answers', 'objective/response_length', 'objective/eos_rate'],
  evaluate: ['reward', 'kl', 'perplexity'],
  score: ['answers', 'scores', 'disagreement'],
  attack: ['asr', 'judged', 'waiting', 'refusal_rate', 'over_refusal'],
  bestOfN: ['objective/scores/after', 'objective/scores/control', 'gain_over_control', 'objective/best_scores', 'best/loss', 'control/loss'],
};

/** The few numbers that say how a run is doing, by name. */
export function keyNumbers(run: RunView, max: number): [string, string][] {
  const all = { ...run.metrics, ...run.summary };
  const wanted = interesting[run.kind].filter((name) => name in all);
  const names = wanted.length > 0 ? wanted : Object.keys(all);
  return names.slice(0, max).map((name) => [name.replace(/^objective\//, '').replace(/_avg$/, '').replaceAll('_', ' '), short(all[name]!)]);
}

function short(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}

/** Names come from files: nothing in them is Markdown, an icon or a link. */
const markdown = (text: string): string => text.replace(/[\\`*_{}[\]()#+\-.!|<>$&~]/g, '\\$&').replaceAll('\n', ' ');
const escapeIcons = (text: string): string => text.replaceAll('$(', '$ (');
