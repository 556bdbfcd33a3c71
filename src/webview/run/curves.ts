import type { RunEvent, RunEventOf } from '../../protocol/events';
import { matters, weight } from '../../protocol/metric-order';
import type { RunKind } from '../../protocol/run';

/** One metric over steps, in training and on held-out data. Sorted by step; a step that came twice (after a resume) counts once. */
export interface Curve {
  readonly name: string;
  readonly train: readonly Point[];
  readonly held: readonly Point[];
}
export type Point = readonly [step: number, value: number];
export type Sample = RunEventOf<'sample'>;

/** What a page knows of a run, built up event by event. */
export interface History {
  readonly train: ReadonlyMap<string, ReadonlyMap<number, number>>;
  readonly held: ReadonlyMap<string, ReadonlyMap<number, number>>;
  /** Step → answers by index. */
  readonly samples: ReadonlyMap<number, ReadonlyMap<number, Sample>>;
}

export const noHistory: History = { train: new Map(), held: new Map(), samples: new Map() };

/** The history with some events more. */
export function addEvents(history: History, events: readonly RunEvent[]): History {
  if (events.length === 0) return history;
  const next = { train: new Map(history.train), held: new Map(history.held), samples: new Map(history.samples) };
  for (const event of events) {
    if (event.type === 'step') addMetrics(next.train, event.step, event.metrics);
    else if (event.type === 'eval') addMetrics(next.held, event.step, event.metrics);
    else if (event.type === 'sample') next.samples.set(event.step, new Map(next.samples.get(event.step)).set(event.index, event));
  }
  return next;
}

/** Every curve, `eval_loss` and `loss` as one, those that matter for this kind of run first. */
export function curvesOf(history: History, kind: RunKind): Curve[] {
  const names = new Set([...history.train.keys(), ...history.held.keys()].map(baseName));
  const curves = [...names].map((name): Curve => ({ name, train: points(history.train, name), held: points(history.held, name) }));
  return curves.sort((a, b) => weight(kind, a.name) - weight(kind, b.name) || (a.name < b.name ? -1 : 1));
}

/** The curves that a run of this kind opens with. */
export function defaultCurves(curves: readonly Curve[], kind: RunKind): string[] {
  const wanted = curves.filter((c) => matters(kind, c.name) && c.train.length + c.held.length > 0);
  return (wanted.length > 0 ? wanted : curves).slice(0, 4).map((c) => c.name);
}

/** What a metric is called by people who have not read TRL's documentation; TRL's name is shown beside it. */
export function titleOf(name: string): string {
  return titles[name] ?? name.replace(/^[a-z]+\//, '').replace(/_avg$/, '').replaceAll('_', ' ');
}

/** Four significant digits, without an exponent where people read none. */
export function formatValue(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2);
  return size >= 1000 ? value.toFixed(0) : Number.isInteger(value) ? String(value) : value.toPrecision(4).replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');
}

const titles: Record<string, string> = {
  'objective/scores': 'Reward',
  'objective/kl': 'KL to the start (nats)',
  'objective/exact_kl': 'Exact KL to the start (nats)',
  'objective/eos_rate': 'Answers that end',
  'objective/response_length': 'Tokens an answer',
  'objective/distinct_1': 'Different words',
  'objective/distinct_2': 'Different word pairs',
  'objective/rlhf_reward': 'Reward less KL penalty',
  'objective/entropy': 'Entropy',
  'objective/kl_coef': 'KL coefficient',
  'loss/policy_avg': 'Policy loss',
  'loss/value_avg': 'Value loss',
  'policy/approxkl_avg': 'KL of one update',
  'policy/clipfrac_avg': 'Clipped share',
  'rewards/accuracies': 'Comparisons that are right',
  'rewards/margins': 'Margin of implicit rewards',
  'rewards/chosen': 'Implicit reward of the preferred answer',
  'rewards/rejected': 'Implicit reward of the other answer',
  'logps/chosen': 'Log-probability of the preferred answer',
  'logps/rejected': 'Log-probability of the other answer',
  loss: 'Loss',
  accuracy: 'Accuracy',
  margin: 'Margin',
  perplexity: 'Perplexity',
  mean_token_accuracy: 'Token accuracy',
  mean_reward: 'Mean reward',
  learning_rate: 'Learning rate',
  steps: 'Steps',
  pairs: 'Held-out comparisons',
  train_pairs: 'Learned comparisons',
  train_loss: 'Loss in training',
  mean: 'Mean score',
  std: 'Spread of scores',
  ece: 'Calibration error (ECE)',
  length_correlation: 'Score and length (r)',
  length_baseline: 'Longer answer wins',
  members: 'Models trained alike',
  lr: 'Learning rate',
  grad_norm: 'Gradient norm',
  asr: 'Attacks that worked',
  refusal_rate: 'Attacks refused',
  over_refusal: 'Harmless prompts refused',
  'checks/fixed': 'Regression checks fixed',
  'checks/broken': 'Regression checks still broken',
  'checks/unknown': 'Regression checks to be judged',
};

function baseName(name: string): string {
  return name.replace(/^eval[_/]/, '');
}

function points(side: History['train'], name: string): Point[] {
  const all = new Map<number, number>();
  for (const [key, values] of side) if (baseName(key) === name) for (const [step, value] of values) all.set(step, value);
  return [...all].sort((a, b) => a[0] - b[0]);
}

function addMetrics(side: Map<string, ReadonlyMap<number, number>>, step: number, metrics: Readonly<Record<string, number>>): void {
  for (const [name, value] of Object.entries(metrics)) {
    const old = side.get(name);
    // Grown in place: a run of many thousand steps must not copy all of them for each new one.
    if (old instanceof Map) (old as Map<number, number>).set(step, value);
    else side.set(name, new Map([[step, value]]));
  }
}
