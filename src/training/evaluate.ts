import { createRng } from '../base/rng';
import { UserError } from '../base/errors';
import type { Json, JsonObject } from '../base/json';
import type { PromptContent } from '../domain/records';
import { brokenByPatterns, type RulePatterns } from '../domain/red-team/rules';
import { bySwap, type Contest } from '../domain/evaluation/win-rate';
import { createGenerator, type Generator } from '../models/generate';
import type { Net } from '../models/lora';
import { answerMetrics, answerPrompts, answerRowOf, answerText, sampleEvents, type Answer, type AskedPrompt, type SamplingSettings } from './answers';
import { createJudge, type Judge } from './judge';
import type { Algorithm, Metrics, Model, Resources, RewardModel } from './algorithm';
import { createKlMeter, type KlMeter } from './exact-kl';
import { answersMetrics, scoreContests, winMetrics, type AnswerNumbers } from './evaluate-answers';
import { createReadings, type ReadingData } from './evaluate-readings';
import { createReader, textBatches } from './perplexity';

/**
 * Measures a model: its answers to prompts (reward, held-out reward, exact KL to a reference, length, diversity, broken rules), its
 * perplexity on plain text and on desired answers, and multiple-choice questions. With `compare` the reference answers and reads the
 * same, so that one run gives before and after and a win rate. What there is no instrument or no data for is left out.
 */
export interface EvaluateSettings {
  /** Answers a prompt. */
  readonly samples: number;
  /** Answers, or texts, at once. */
  readonly batchSize: number;
  readonly sampling: SamplingSettings;
  readonly seed: number;
  /** The reference is measured as well. */
  readonly compare?: boolean | undefined;
  readonly rules?: RulePatterns | undefined;
  /** The rule that `ruleJudge` decides where no pattern matches. */
  readonly modelRule?: string | undefined;
}

/** A prompt, and what it is in the workspace. */
export interface MeasuredPrompt extends AskedPrompt {
  readonly content?: PromptContent | undefined;
  readonly hash?: string | undefined;
}

export interface EvaluateData extends ReadingData {
  readonly prompts: readonly MeasuredPrompt[];
}

/** Says which of two answers is better; undefined where its words cannot be read. */
export interface PairJudge {
  prefer(pairs: readonly { readonly prompt: string; readonly first: string; readonly second: string }[], label: string): Promise<('first' | 'second' | 'tie' | undefined)[]>;
  release(): Promise<void>;
}

/** Raw scores of answers: below 0 the rule is broken. Undefined where one cannot be read. */
export interface RuleJudge {
  score(pairs: readonly { readonly prompt: PromptContent; readonly answer: string }[]): Promise<(number | undefined)[]>;
  release(): Promise<void>;
}

export interface Instruments {
  readonly reference?: Net | undefined;
  readonly reward?: RewardModel | undefined;
  /** A second reward model that the policy was not tuned against. */
  readonly heldOut?: RewardModel | undefined;
  readonly ruleJudge?: RuleJudge | undefined;
  /** Asked twice a pair, with the answers in both orders. */
  readonly pairJudge?: PairJudge | undefined;
}

/** Steps of an evaluation, before anything is loaded for it. */
export function evaluationSteps(data: EvaluateData, { samples, batchSize }: Pick<EvaluateSettings, 'samples' | 'batchSize'>, { maxCells }: Pick<Resources, 'maxCells'>): number {
  const rows = [data.texts, data.sft ?? [], (data.choices ?? []).flatMap((c) => c.rows)];
  return Math.ceil((data.prompts.length * samples) / batchSize) + rows.reduce((n, r) => n + textBatches(r, maxCells, batchSize).length, 0);
}

/** One step is one batch of answers or of texts. Answers go out as `sample` events and, with all their numbers, as records. */
export function createEvaluation(policy: Model, instruments: Instruments, data: EvaluateData, settings: EvaluateSettings, resources: Resources): Algorithm {
  const { config, tokenizer } = policy;
  const { reference, ruleJudge, pairJudge } = instruments;
  const { samples, batchSize, sampling, seed, rules = [], modelRule } = settings;
  if (data.prompts.length + data.texts.length + (data.sft?.length ?? 0) + (data.choices?.length ?? 0) === 0) throw new UserError('evaluate.data', 'there is neither a prompt to answer nor a text to read. Add some.');
  const compare = settings.compare === true && reference !== undefined;
  // All answers to a prompt stand together.
  const asked = data.prompts.flatMap((p) => Array.from({ length: samples }, () => p));
  const answerBatches = Math.ceil(asked.length / batchSize);
  const readings = createReadings(data, resources.maxCells, batchSize);
  const total = answerBatches + readings.batches;

  const reader = createReader(config, policy.params, resources);
  const otherReader = compare ? createReader(reference.config, reference.params, resources) : undefined;
  const judgeOf = (model: RewardModel | undefined): Judge | undefined => model && createJudge(model, resources);
  const [judge, heldOut] = [judgeOf(instruments.reward), judgeOf(instruments.heldOut)];
  const kl = reference && createKlMeter(policy, reference, sampling.temperature, resources);
  const longest = data.prompts.reduce((n, p) => Math.max(n, p.ids.length), 1) + sampling.maxNewTokens;
  const generatorOf = (net: Net): Generator | undefined =>
    asked.length === 0 ? undefined : createGenerator(net.config, net.params, { threads: resources.threads, device: resources.device, maxBatch: Math.min(batchSize, asked.length), maxLength: longest });
  const [generator, otherGenerator] = [generatorOf(policy), compare ? generatorOf(reference) : undefined];

  let done = 0;
  let answers: AnswerNumbers[] = [];
  let others: AnswerNumbers[] = [];
  /** What the judge that is asked has said; `unread`: comparisons of which it said nothing that can be read. */
  let contests: Contest[] = [];
  let unread = 0;

  /** One batch by one model, with everything that is measured of answers. */
  async function measured(prompts: readonly MeasuredPrompt[], first: number, by: Generator, meter: KlMeter | undefined): Promise<{ batch: Answer[]; numbers: AnswerNumbers[]; texts: string[] }> {
    // Both models draw from the same streams: the same model gives the same answers.
    const batch = await answerPrompts(prompts, { generator: by, sampling, stopIds: tokenizer.eosIds, rng: createRng(seed).fork(`answers ${done}`) }, { judge, kl: meter });
    const second = heldOut && (await heldOut.score(batch.map((a) => answerRowOf(a.prompt, a.completion)))).rewards;
    const texts = batch.map((a) => answerText(tokenizer, a.completion));
    const scores = modelRule === undefined ? undefined : await ruleJudge?.score(texts.map((answer, i) => ({ prompt: prompts[i]!.content ?? prompts[i]!.text, answer })));
    const numbers = batch.map(({ completion, reward, exactKl, k1 }, i): AnswerNumbers => {
      const broken = brokenByPatterns(rules, texts[i]!);
      const score = scores?.[i];
      // A pattern that matches is proof; the model decides where none does.
      if (modelRule !== undefined && score !== undefined && broken[modelRule] !== true) broken[modelRule] = score < 0;
      return {
        prompt: Math.floor((first + i) / samples),
        ids: [...completion.ids],
        finished: completion.finished,
        surprise: -completion.logprobs.reduce((a, b) => a + b, 0),
        ...(reward === undefined ? {} : { reward }),
        ...(second === undefined ? {} : { heldOut: second[i]! }),
        ...(exactKl === undefined ? {} : { exactKl, k1: k1! }),
        ...(Object.keys(broken).length === 0 ? {} : { broken }),
      };
    });
    return { batch, numbers, texts };
  }

  async function* answer(): ReturnType<Algorithm['step']> {
    const first = done * batchSize;
    const prompts = asked.slice(first, first + batchSize);
    const begin = performance.now();
    const own = await measured(prompts, first, generator!, kl);
    const other = otherGenerator && (await measured(prompts, first, otherGenerator, undefined));
    const verdicts = other && pairJudge && (await ask(pairJudge, prompts, own.texts, other.texts));
    const seconds = (performance.now() - begin) / 1000;
    answers.push(...own.numbers);
    others.push(...(other?.numbers ?? []));
    verdicts?.forEach((won, i) => {
      if (won === undefined) unread++;
      else contests.push({ prompt: own.numbers[i]!.prompt, won });
    });
    done++;
    yield { type: 'step', step: done, metrics: { ...answerMetrics(own.batch), tokens_per_second: [...own.batch, ...(other?.batch ?? [])].reduce((n, a) => n + a.completion.ids.length, 0) / seconds } };
    yield* sampleEvents(tokenizer, own.batch, 0, first);
    for (const i of prompts.keys()) {
      const value = {
        prompt: own.numbers[i]!.prompt,
        sample: (first + i) % samples,
        promptText: prompts[i]!.text,
        ...(prompts[i]!.hash === undefined ? {} : { promptHash: prompts[i]!.hash }),
        ...sideOf(own, i),
        ...(other === undefined ? {} : { reference: sideOf(other, i) }),
        ...(verdicts?.[i] === undefined ? {} : { judged: verdicts[i] }),
      };
      yield { type: 'record', value };
    }
  }

  function sideOf({ numbers, texts }: { numbers: AnswerNumbers[]; texts: string[] }, i: number): JsonObject {
    const { ids, finished, reward, heldOut: second, exactKl, k1, broken } = numbers[i]!;
    return {
      text: texts[i]!,
      tokens: ids.length,
      finished,
      ...(reward === undefined ? {} : { reward }),
      ...(second === undefined ? {} : { heldOutReward: second }),
      ...(exactKl === undefined ? {} : { exactKl, k1: k1! }),
      ...(broken === undefined ? {} : { broken: { ...broken } }),
    };
  }

  /** Both orders of each pair. The same text twice is a tie that nobody need be asked about. */
  async function ask(by: PairJudge, prompts: readonly MeasuredPrompt[], own: readonly string[], other: readonly string[]): Promise<(number | undefined)[]> {
    const differ = own.map((text, i) => i).filter((i) => own[i] !== other[i]);
    const straight = await by.prefer(differ.map((i) => ({ prompt: prompts[i]!.text, first: own[i]!, second: other[i]! })), `judge ${done} a`);
    const swapped = await by.prefer(differ.map((i) => ({ prompt: prompts[i]!.text, first: other[i]!, second: own[i]! })), `judge ${done} b`);
    const won = own.map((): number | undefined => 0.5);
    differ.forEach((i, n) => {
      const [a, b] = [straight[n], swapped[n]];
      won[i] = a === undefined || b === undefined ? undefined : bySwap(a, b);
    });
    return won;
  }

  async function* read(): ReturnType<Algorithm['step']> {
    await readings.read(done - answerBatches, reader, otherReader);
    done++;
    yield { type: 'step', step: done, metrics: readings.progress() };
  }

  function summary(): Metrics {
    const rng = createRng(seed).fork('intervals');
    const wins = compare
      ? winMetrics({ reward: scoreContests(answers, others, (a) => a.reward), held_out: scoreContests(answers, others, (a) => a.heldOut), endpoint: contests }, rng)
      : {};
    const other = Object.fromEntries(Object.entries(answersMetrics(others, rng)).map(([name, value]) => [`${name}/reference`, value]));
    return { ...answersMetrics(answers, rng), ...other, ...wins, ...(pairJudge === undefined ? {} : { 'win_rate/endpoint_unread': unread }), ...readings.metrics(rng) };
  }

  return {
    total,
    done: () => done,
    step: () => (done < answerBatches ? answer() : read()),
    snapshot: () => ({ tensors: {}, state: { done, answers: answers as unknown as Json, others: others as unknown as Json, contests: contests as unknown as Json, unread, read: readings.state() as unknown as Json } }),
    restore({ state }) {
      if (!Array.isArray(state['read'])) throw new Error('the checkpoint is of an evaluation of an earlier version');
      done = Number(state['done']);
      answers = state['answers'] as unknown as AnswerNumbers[];
      others = state['others'] as unknown as AnswerNumbers[];
      contests = state['contests'] as unknown as Contest[];
      unread = Number(state['unread']);
      readings.restore(state['read'] as unknown as Parameters<typeof readings.restore>[0]);
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- all is measured already
    async *finish() {
      const metrics = summary();
      yield { type: 'eval', step: 0, metrics };
      return { summary: metrics };
    },
    async release() {
      await generator?.release();
      await otherGenerator?.release();
      await reader.release();
      await otherReader?.release();
      await judge?.release();
      await heldOut?.release();
      await kl?.release();
      await ruleJudge?.release();
      await pairJudge?.release();
    },
  };
}
