import assert from 'node:assert/strict';
import { createRng } from '../../../src/base/rng';
import { compileRules } from '../../../src/domain/red-team/rules';
import { cloneParams } from '../../../src/models/params';
import type { RewardModel } from '../../../src/training/algorithm';
import { choiceItems } from '../../../src/training/choices';
import { createEvaluation, evaluationSteps, type EvaluateData, type EvaluateSettings, type Instruments, type MeasuredPrompt, type PairJudge } from '../../../src/training/evaluate';
import { answerRow, textRow } from '../../../src/training/tokenize';
import { near } from './near';
import { resources, runSteps, tinyModel } from './tiny';

const policy = tinyModel('lm');
const { tokenizer } = policy;
const prompts = ['say red', 'count', 'say a b', 'please say one', 'say blue'].map((text): MeasuredPrompt => ({ text, ids: tokenizer.encode(text, { addSpecialTokens: false }), hash: `hash of ${text}` }));
const questions = [
  { question: 'say', choices: ['red', 'green blue', 'a'], answer: 1, task: 'colours' },
  { question: 'count', choices: ['one two', 'bad'], answer: 0, task: 'numbers' },
  { question: 'count one', choices: ['two', 'c'], answer: 0, task: 'numbers' },
];
const data: EvaluateData = {
  prompts,
  texts: ['one two three', 'red green', 'a b c a'].map((t) => textRow(tokenizer, t)),
  sft: [answerRow(tokenizer, 'say red', 'red'), answerRow(tokenizer, 'count', 'one two three')],
  choices: choiceItems(tokenizer, questions, 64).items,
};
const settings: EvaluateSettings = { samples: 3, batchSize: 4, sampling: { temperature: 1, topK: 0, topP: 1, maxNewTokens: 6 }, seed: 7, compare: true, rules: compileRules([{ id: 'no-red', patterns: ['\\bred\\b'] }, { id: 'by-people' }]) };
/** A start that the policy has moved away from. */
function moved(by: number) {
  const params = cloneParams(policy.params);
  const rng = createRng(5);
  for (let i = 0; i < params.data.length; i++) params.data[i]! += by * rng.normal();
  return { config: policy.config, params };
}
const rewardModel = (seed: number): RewardModel => ({ ...tinyModel('score', seed), mean: 0.1, std: 2 });
const instruments = (): Instruments => ({ reference: moved(0.05), reward: rewardModel(4), heldOut: rewardModel(9) });
const make = (own: Partial<Instruments> = {}, changed: Partial<EvaluateSettings> = {}) => createEvaluation(policy, { ...instruments(), ...own }, data, { ...settings, ...changed }, resources);

async function measure(algorithm: ReturnType<typeof make>) {
  const { events, outcome } = await runSteps(algorithm);
  await algorithm.release();
  return { summary: outcome!.summary, records: events.flatMap((e) => (e.type === 'record' ? [e.value] : [])) };
}

describe('evaluation', function () {
  this.timeout(120_000);
  let whole: Awaited<ReturnType<typeof measure>>;
  before(async () => (whole = await measure(make())));

  it('measures the model and its reference on the same prompts and texts, in one run', () => {
    const { summary, records } = whole;
    assert.equal(records.length, 15);
    for (const name of ['objective/scores', 'objective/held_out_scores', 'objective/entropy', 'objective/distinct_2', 'objective/self_bleu', 'objective/repetition', 'perplexity', 'sft/perplexity', 'choices/accuracy', 'rules/violation_rate']) {
      assert.ok(Number.isFinite(summary[name]) && Number.isFinite(summary[`${name}/reference`]), name);
    }
    near(summary['perplexity_ratio'], summary['perplexity']! / summary['perplexity/reference']!, 1e-9);
    near(summary['sft/perplexity_ratio'], summary['sft/perplexity']! / summary['sft/perplexity/reference']!, 1e-9);
    assert.ok(summary['perplexity_low']! <= summary['perplexity']! && summary['perplexity']! <= summary['perplexity_high']!);
    assert.equal(summary['text_tokens'], 3 + 2 + 4);
    assert.equal(summary['sft/text_tokens'], 2 + 4);
    assert.ok(summary['objective/exact_kl']! > 0 && !('objective/exact_kl/reference' in summary));
  });

  it('counts wins by each reward model, prompt by prompt', () => {
    const { summary, records } = whole;
    const side = (r: (typeof records)[number]) => r['reference'] as Record<string, number>;
    for (const [judge, field] of [['reward', 'reward'], ['held_out', 'heldOutReward']] as const) {
      const won = records.map((r) => (Number(r[field]) > side(r)[field]! ? 1 : Number(r[field]) < side(r)[field]! ? 0 : 0.5));
      near(summary[`win_rate/${judge}`], won.reduce((a: number, b) => a + b, 0) / 15, 1e-12);
      assert.equal(summary[`win_rate/${judge}_comparisons`], 15);
      assert.ok(summary[`win_rate/${judge}_low`]! <= summary[`win_rate/${judge}`]!);
    }
  });

  it('finds broken rules by pattern, and leaves out those that only people can judge', () => {
    const { summary, records } = whole;
    const broken = records.filter((r) => /\bred\b/.test(r['text'] as string)).length;
    assert.ok(broken > 0);
    near(summary['rules/violation_rate'], broken / 15, 1e-12);
    near(summary['rules/violation_rate/no-red'], broken / 15, 1e-12);
    assert.ok(!('rules/violation_rate/by-people' in summary));
  });

  it('answers questions by the log-probability of whole choices', async () => {
    const { summary } = whole;
    assert.equal(summary['choices/questions'], 3);
    assert.ok('choices/colours/accuracy' in summary && 'choices/numbers/accuracy_norm' in summary);
    const by = (task: string): number => summary[`choices/${task}/accuracy`]!;
    near(summary['choices/accuracy'], (by('colours') + 2 * by('numbers')) / 3, 1e-12);
    // A question whose right choice is the likeliest one is right, whatever its place.
    const alone = await measure(createEvaluation(policy, {}, { prompts: [], texts: [], choices: choiceItems(tokenizer, [0, 1, 2].map((answer) => ({ ...questions[0]!, answer })), 64).items }, settings, resources));
    near(alone.summary['choices/accuracy'], 1 / 3, 1e-12);
    near(alone.summary['choices/accuracy_norm'], 1 / 3, 1e-12);
  });

  it('finds no difference between a model and itself', async () => {
    const { summary, records } = await measure(make({ reference: { config: policy.config, params: policy.params } }));
    near(summary['win_rate/reward'], 0.5, 0);
    near(summary['win_rate/reward_ties'], 1, 0);
    near(summary['perplexity_ratio'], 1, 1e-12);
    near(summary['perplexity_ratio_high'], 1, 1e-12);
    near(summary['choices/accuracy_change'], 0, 0);
    assert.ok(records.every((r) => r['text'] === (r['reference'] as { text: string }).text));
  });

  it('asks a judge in both orders, and never about the same text twice', async () => {
    const asked: string[] = [];
    const firstLover: PairJudge = {
      prefer: (pairs, label) => {
        asked.push(label);
        assert.ok(pairs.every((p) => p.first !== p.second));
        return Promise.resolve(pairs.map(() => 'first' as const));
      },
      release: () => Promise.resolve(),
    };
    const { summary } = await measure(make({ pairJudge: firstLover }));
    near(summary['win_rate/endpoint'], 0.5, 0);
    near(summary['win_rate/endpoint_ties'], 1, 0);
    assert.deepEqual(asked.slice(0, 2), ['judge 0 a', 'judge 0 b']);
    const longer: PairJudge = { prefer: (pairs) => Promise.resolve(pairs.map((p) => (p.first.length === p.second.length ? undefined : p.first.length > p.second.length ? 'first' : 'second'))), release: () => Promise.resolve() };
    const told = await measure(make({ pairJudge: longer }));
    const pairs = told.records.map((r) => [r['text'] as string, (r['reference'] as { text: string }).text] as const);
    const unread = pairs.filter(([a, b]) => a !== b && a.length === b.length).length;
    assert.equal(told.summary['win_rate/endpoint_unread'], unread);
    const read = pairs.filter(([a, b]) => a === b || a.length !== b.length);
    near(told.summary['win_rate/endpoint'], read.reduce((sum, [a, b]) => sum + (a === b ? 0.5 : a.length > b.length ? 1 : 0), 0) / read.length, 1e-12);
  });

  it('goes on after a checkpoint with the same numbers', async () => {
    const { total } = make();
    assert.equal(total, evaluationSteps(data, settings, resources));
    for (const at of [2, total - 2]) {
      const first = make();
      const before = await runSteps(first, at);
      const snapshot = structuredClone(await first.snapshot());
      await first.release();
      const second = make();
      second.restore(snapshot);
      const after = await measure(second);
      assert.deepEqual(after.summary, whole.summary);
      assert.deepEqual([...before.events.flatMap((e) => (e.type === 'record' ? [e.value] : [])), ...after.records], whole.records);
    }
  });
});
