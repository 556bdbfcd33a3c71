import { createRng } from '../base/rng';
import { UserError } from '../base/errors';
import type { JsonObject } from '../base/json';
import { bestOfNKl } from '../domain/evaluation/best-of-n';
import { estimateMetrics, pairedByCluster, type Part } from '../domain/evaluation/bootstrap';
import type { Net } from '../models/lora';
import { restoreTensor, type Algorithm, type Metrics, type Model, type Resources, type RewardModel, type TrainingEvent } from './algorithm';
import type { AskedPrompt, SamplingSettings } from './answers';
import { createDrawing, drawSteps, jsonOf, pickMetrics, pickOf, type DrawSettings, type Drawn, type NamedPrompt, type Picks } from './drawing';
import { createEvaluation, evaluationSteps } from './evaluate';
import type { Row } from './rows';
import { createSft, type SftSettings } from './sft';
import { supervisedSteps } from './supervised';

/**
 * Best-of-n fine-tuning (rejection sampling): n answers to each prompt, the one with the highest score kept, supervised training on
 * those. Beside it always its control: the same start, the same number of answers to the same prompts, in the same order and with the
 * same optimizer, but picked at random. What both gain comes of training on one's own samples; what only the first gains comes of the
 * reward (https://arxiv.org/abs/2307.09288 §3.2.3 describes the method, without a control).
 *
 * In each round after the first, each of the two draws from itself as the last round left it: the control one answer a prompt,
 * which is what a random pick of n is.
 */
export interface BestOfNSettings {
  readonly n: number;
  readonly rounds: number;
  /** Answers at once. */
  readonly batchSize: number;
  readonly sampling: SamplingSettings;
  readonly missingEosPenalty: number;
  /** Of one round, for both models. */
  readonly fit: Pick<SftSettings, 'epochs' | 'maxSteps' | 'batchSize' | 'optimizer'>;
  /** Answers to each held-out prompt when the three models are measured. */
  readonly evalSamples: number;
  readonly seed: number;
}

export interface BestOfNData {
  readonly train: readonly NamedPrompt[];
  /** Held out; may be empty when there are texts, or when nothing is to be measured. */
  readonly test: readonly AskedPrompt[];
  /** Plain texts: what training makes the models forget. */
  readonly texts: readonly Row[];
  /** Answers to the prompts of `train` that an earlier run has drawn from the same model and scored alike, for the first round. */
  readonly drawn?: readonly (readonly Drawn[])[] | undefined;
}

/** The two models that are trained, in place. They start equal. */
export interface Arms {
  readonly best: Net;
  readonly control: Net;
}
type Arm = keyof Arms;

/** One part of the run, with steps of its own. */
interface Stage {
  /** Prefix of its step metrics. */
  readonly name: string;
  readonly total: number;
  /** Whose weights it changes. */
  readonly trains?: Arm;
  open(): Algorithm;
  /** When its last step is done; `summary` is the stage's own. */
  end(algorithm: Algorithm, summary: Metrics): void;
  /** What is made of its events. */
  tell(event: TrainingEvent): TrainingEvent | undefined;
}

/** Names of the three models in the summary: PPO's names for what a report shows of both. */
const measuredAs = { start: 'before', best: 'after', control: 'control' } as const;
type Measured = keyof typeof measuredAs;

export function createBestOfN(start: Model, arms: Arms, reward: RewardModel, data: BestOfNData, settings: BestOfNSettings, resources: Resources): Algorithm {
  const { tokenizer } = start;
  const { n, rounds, batchSize, sampling, missingEosPenalty, fit, evalSamples, seed } = settings;
  if (data.train.length === 0) throw new UserError('bestOfN.data', 'there is no prompt to answer. Add prompts.');
  const wrong = data.drawn?.findIndex((answers) => answers.length < n) ?? -1;
  if (wrong >= 0) throw new UserError('bestOfN.drawn', `the earlier run has drawn only ${data.drawn![wrong]!.length} of ${n} answers to prompt ${wrong + 1}. Choose a smaller n, or draw anew.`);

  /** What each arm learns from in this round; empty before its answers are drawn. */
  let learned: Record<Arm, Drawn[]> = { best: [], control: [] };
  let summary: Metrics = {};
  /** Rewards by held-out prompt of the measured models, for paired intervals. */
  let rewards: Partial<Record<Measured, { prompt: number; reward: number }[]>> = {};

  const drawing = (arm: Arm, round: number, count: number): Stage => {
    const own: DrawSettings = { n: count, batchSize, sampling, missingEosPenalty, seed, label: `${arm} ${round}` };
    return {
      name: arm === 'best' ? '' : 'control/',
      total: drawSteps(data.train.length, own),
      open: () => createDrawing(round === 1 ? start : arms[arm], tokenizer, reward, data.train, own, resources),
      end: (algorithm, found) => {
        take(arm, round, (algorithm as ReturnType<typeof createDrawing>).picks(), found);
      },
      tell: (event) => event,
    };
  };

  function take(arm: Arm, round: number, picks: readonly Picks[], found: Metrics): void {
    learned = { ...learned, [arm]: picks.map((p) => p.best), ...(round === 1 ? { control: picks.map((p) => p.random) } : {}) };
    if (arm === 'best') for (const [name, value] of Object.entries(found)) summary[rounds === 1 ? name : `${name}/round_${round}`] = value;
  }

  const training = (arm: Arm, round: number): Stage => ({
    name: `${arm}/`,
    total: supervisedSteps(data.train.length, fit),
    trains: arm,
    open() {
      // Ids that were sampled are learned as they are: nothing is tokenized twice.
      const rows = learned[arm].map((d, i): Row => ({ ids: [...data.train[i]!.ids, ...d.ids], start: Math.max(1, data.train[i]!.ids.length) }));
      return createSft(arms[arm], { train: rows, test: [] }, { ...fit, evalEvery: 0, seed: seed + round - 1 }, resources);
    },
    end(_algorithm, found) {
      for (const name of ['loss', 'mean_token_accuracy'] as const) summary[`${name}/${measuredAs[arm]}`] = found[name]!;
    },
    tell: (event) => (event.type === 'record' ? undefined : event),
  });

  const measuring = (which: Measured): Stage => {
    const model: Net = which === 'start' ? start : arms[which];
    const own = { samples: evalSamples, batchSize, sampling, seed };
    const found: { prompt: number; reward: number }[] = [];
    return {
      name: `${measuredAs[which]}/`,
      total: evaluationSteps({ prompts: data.test, texts: data.texts }, own, resources),
      open: () => createEvaluation({ ...model, tokenizer }, { reference: which === 'start' ? undefined : start, reward }, { prompts: data.test, texts: data.texts }, own, resources),
      end(_algorithm, metrics) {
        for (const [name, value] of Object.entries(metrics)) summary[`${name}/${measuredAs[which]}`] = value;
        if (which === 'start' && data.test.length > 0) summary['objective/exact_kl/before'] = 0;
      },
      tell(event) {
        if (event.type === 'record') {
          const { prompt, reward: score } = event.value;
          if (typeof score === 'number') (rewards[which] ??= found).push({ prompt: Number(prompt), reward: score });
          return { type: 'record', value: { v: 1, measured: measuredAs[which], ...event.value } };
        }
        if (event.type === 'eval') return { ...event, metrics: Object.fromEntries(Object.entries(event.metrics).map(([name, value]) => [`${name}/${measuredAs[which]}`, value])) };
        // Samples of the start stand at step 0, those of the others at the step where they were drawn.
        return event.type === 'sample' && which !== 'start' ? { ...event, step: before(stages.findIndex((s) => s.name === `${measuredAs[which]}/`)) } : event;
      },
    };
  };

  const stages: Stage[] = [];
  for (let round = 1; round <= rounds; round++) {
    if (round > 1 || data.drawn === undefined) stages.push(drawing('best', round, n));
    if (round > 1) stages.push(drawing('control', round, 1));
    stages.push(training('best', round), training('control', round));
  }
  if (data.test.length + data.texts.length > 0) stages.push(measuring('start'), measuring('best'), measuring('control'));
  const before = (stage: number): number => stages.slice(0, stage).reduce((sum, s) => sum + s.total, 0);
  const total = before(stages.length);

  if (data.drawn !== undefined) {
    const picks = data.drawn.map((answers, i) => pickOf(answers.slice(0, n), i, { missingEosPenalty, seed, label: 'best 1' }));
    take('best', 1, picks, { ...pickMetrics(picks), 'draw/scores': data.drawn.reduce((sum, a) => sum + a.slice(0, n).reduce((s, d) => s + d.reward, 0) / n, 0) / data.drawn.length });
  }

  let stage = 0;
  let algorithm: Algorithm | undefined;
  const current = (): Algorithm => (algorithm ??= stages[stage]!.open());
  const done = (): number => before(stage) + (algorithm?.done() ?? 0);

  function* told(events: Iterable<TrainingEvent>): Iterable<TrainingEvent> {
    const running = stages[stage]!;
    for (const event of events) {
      const at = event.type === 'step' || event.type === 'eval' ? { ...event, step: before(stage) + event.step, metrics: event.type === 'step' ? prefixed(running.name, event.metrics) : event.metrics } : event;
      const kept = running.tell(at);
      if (kept !== undefined) yield kept;
    }
  }

  async function* endOf(finished: Algorithm): AsyncGenerator<TrainingEvent, Metrics> {
    const end = finished.finish();
    for (;;) {
      const next = await end.next();
      if (next.done === true) return next.value.summary;
      // The last measurement of a stage stands at its last step.
      yield* told([next.value.type === 'eval' ? { ...next.value, step: stages[stage]!.total } : next.value]);
    }
  }

  return {
    total,
    done,
    params: () => arms.best.params,
    async *step() {
      const running = current();
      for await (const event of running.step()) yield* told([event]);
      if (running.done() < running.total) return;
      const found = yield* endOf(running);
      stages[stage]!.end(running, found);
      await running.release();
      algorithm = undefined;
      stage++;
    },
    async snapshot() {
      const inner = stage < stages.length && algorithm !== undefined ? await algorithm.snapshot() : undefined;
      const trains = inner === undefined ? undefined : stages[stage]?.trains;
      const tensors: Record<string, Float32Array> = {};
      // The weights that a stage trains are in its own snapshot.
      for (const arm of ['best', 'control'] as const) if (arm !== trains) tensors[arm] = arms[arm].params.data;
      for (const [name, tensor] of Object.entries(inner?.tensors ?? {})) tensors[`stage.${name}`] = tensor;
      const kept = { best: learned.best.map(jsonOf), control: learned.control.map(jsonOf) };
      return { tensors, state: { stage, learned: kept, summary, rewards, ...(inner === undefined ? {} : { inner: inner.state }) } };
    },
    restore(snapshot) {
      const { state } = snapshot;
      stage = Number(state['stage']);
      learned = state['learned'] as unknown as Record<Arm, Drawn[]>;
      summary = { ...(state['summary'] as Metrics) };
      rewards = state['rewards'] as unknown as typeof rewards;
      const inner = state['inner'] as JsonObject | undefined;
      for (const arm of ['best', 'control'] as const) if (inner === undefined || stages[stage]?.trains !== arm) restoreTensor(snapshot, arm, arms[arm].params.data);
      if (inner === undefined) return;
      const prefix = 'stage.';
      const own = Object.entries(snapshot.tensors).flatMap(([name, tensor]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), tensor] as const] : []));
      current().restore({ tensors: Object.fromEntries(own), state: inner });
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- all is measured already
    async *finish() {
      const metrics: Metrics = { n, rounds, examples: data.train.length, 'draw/kl_bound': bestOfNKl(n), ...summary };
      const rng = createRng(seed).fork('intervals');
      for (const [name, from] of [['gain_over_start', 'start'], ['gain_over_control', 'control']] as const) {
        if (rewards.best !== undefined && rewards[from] !== undefined) Object.assign(metrics, estimateMetrics(name, pairedByCluster(partsOf(rewards[from]), partsOf(rewards.best), rng)));
      }
      yield { type: 'eval', step: total, metrics };
      return { summary: metrics, params: arms.best.params };
    },
    release: async () => algorithm?.release(),
  };
}

const partsOf = (rewards: readonly { prompt: number; reward: number }[]): Part[] => rewards.map(({ prompt, reward }) => ({ cluster: prompt, sum: reward, weight: 1 }));
const prefixed = (prefix: string, metrics: Metrics): Metrics => (prefix === '' ? metrics : Object.fromEntries(Object.entries(metrics).map(([name, value]) => [prefix + name, value])));
