import assert from 'node:assert/strict';
import { bestOfNKl } from '../../../src/domain/evaluation/best-of-n';
import { cloneParams } from '../../../src/models/params';
import type { RewardModel, TrainingEvent } from '../../../src/training/algorithm';
import { createBestOfN, type BestOfNData, type BestOfNSettings } from '../../../src/training/best-of-n';
import type { Drawn, NamedPrompt } from '../../../src/training/drawing';
import { textRow } from '../../../src/training/tokenize';
import { near } from './near';
import { optimizer, resources, runSteps, tinyModel } from './tiny';

const { tokenizer } = tinyModel('lm');
const named = (text: string): NamedPrompt => ({ text, ids: tokenizer.encode(text, { addSpecialTokens: false }), hash: `hash of ${text}` });
const prompts = ['say red', 'say green .', 'count', 'say a b', 'please say one', 'count two', 'say blue', 'count a'].map(named);
const data: BestOfNData = { train: prompts, test: prompts.slice(0, 4), texts: [textRow(tokenizer, 'one two three'), textRow(tokenizer, 'red green')] };
const settings: BestOfNSettings = {
  n: 4,
  rounds: 2,
  batchSize: 16,
  sampling: { temperature: 1, topK: 0, topP: 1, maxNewTokens: 5 },
  missingEosPenalty: 0.5,
  fit: { epochs: 3, batchSize: 4, optimizer: { ...optimizer, learningRate: 0.02, warmupSteps: 0 } },
  evalSamples: 4,
  seed: 3,
};
const reward = (): RewardModel => ({ ...tinyModel('score', 4), mean: 0.2, std: 1.5 });

function run(changed: Partial<BestOfNSettings> = {}, own: Partial<BestOfNData> = {}) {
  const start = tinyModel('lm');
  const arms = { best: { ...start, params: cloneParams(start.params) }, control: { ...start, params: cloneParams(start.params) } };
  return { start, arms, algorithm: createBestOfN(start, arms, reward(), { ...data, ...own }, { ...settings, ...changed }, resources) };
}

const records = (events: readonly TrainingEvent[]) => events.flatMap((e) => (e.type === 'record' ? [e.value] : []));
const drawnOf = (events: readonly TrainingEvent[], label: string) => records(events).filter((r) => r['draw'] === label);

describe('best-of-n fine-tuning', function () {
  this.timeout(120_000);
  let whole: Awaited<ReturnType<typeof runSteps>>;
  let weights: { best: Float32Array; control: Float32Array };
  before(async () => {
    const { algorithm, arms, start } = run();
    const untouched = start.params.data.slice();
    whole = await runSteps(algorithm);
    await algorithm.release();
    weights = { best: arms.best.params.data.slice(), control: arms.control.params.data.slice() };
    assert.deepEqual(start.params.data, untouched, 'the start stays as it is');
  });

  it('keeps the answer with the highest score that ended, and one at random of the same draw', () => {
    const first = drawnOf(whole.events, 'best 1');
    assert.equal(first.length, 8 * 4);
    for (const p of prompts) {
      const own = first.filter((r) => r['promptHash'] === p.hash);
      const score = (r: (typeof own)[number]): number => Number(r['reward']) - (r['finished'] === true ? 0 : 0.5);
      assert.equal(own.filter((r) => r['best'] === true).length, 1);
      assert.equal(own.filter((r) => r['random'] === true).length, 1);
      assert.equal(score(own.find((r) => r['best'] === true)!), Math.max(...own.map(score)));
    }
    assert.ok(new Set(prompts.map((p) => first.filter((r) => r['promptHash'] === p.hash).findIndex((r) => r['random'] === true))).size > 1, 'not always the same place');
  });

  it('gives the control the same number of answers, and one a prompt in the rounds after the first', () => {
    assert.equal(drawnOf(whole.events, 'best 2').length, 8 * 4);
    assert.equal(drawnOf(whole.events, 'control 2').length, 8);
    const steps = (arm: string): number => whole.events.filter((e) => e.type === 'step' && `${arm}/loss` in e.metrics).length;
    assert.equal(steps('best'), 12);
    assert.equal(steps('control'), 12);
    assert.notDeepEqual(weights.best, weights.control);
  });

  it('measures the start and both models, and what the best gains with an interval', () => {
    const { summary } = whole.outcome!;
    near(summary['objective/exact_kl/before'], 0, 1e-12);
    assert.ok(summary['objective/exact_kl/after']! > 0 && summary['objective/exact_kl/control']! > 0);
    near(summary['draw/kl_bound'], bestOfNKl(4), 1e-12);
    near(summary['gain_over_control'], summary['objective/scores/after']! - summary['objective/scores/control']!, 1e-9);
    near(summary['gain_over_start'], summary['objective/scores/after']! - summary['objective/scores/before']!, 1e-9);
    assert.ok(summary['gain_over_control_low']! <= summary['gain_over_control']! && summary['gain_over_control']! <= summary['gain_over_control_high']!);
    assert.ok(summary['draw/best_scores/round_1']! > summary['draw/random_scores/round_1']!);
    assert.ok(summary['objective/scores/after']! > summary['objective/scores/before']!, 'eight prompts are learned by heart');
    for (const which of ['before', 'after', 'control']) assert.ok(summary[`perplexity/${which}`]! > 1, which);
    const measured = records(whole.events).filter((r) => 'measured' in r);
    assert.deepEqual([...new Set(measured.map((r) => r['measured']))], ['before', 'after', 'control']);
    assert.equal(measured.length, 3 * 4 * 4);
  });

  it('counts every step once, in order', () => {
    const steps = whole.events.flatMap((e) => (e.type === 'step' ? [e.step] : []));
    assert.deepEqual(steps, steps.map((_, i) => i + 1));
  });

  it('ends with the same bytes when it is stopped after any step', async () => {
    const { total } = run().algorithm;
    for (const at of [1, 4, 11, 20, total - 4]) {
      const first = run();
      const before = await runSteps(first.algorithm, at);
      const snapshot = structuredClone(await first.algorithm.snapshot());
      await first.algorithm.release();
      const second = run();
      second.algorithm.restore(snapshot);
      assert.equal(second.algorithm.done(), at);
      const after = await runSteps(second.algorithm);
      await second.algorithm.release();
      assert.deepEqual(second.arms.best.params.data, weights.best, `best, stopped after ${at}`);
      assert.deepEqual(second.arms.control.params.data, weights.control, `control, stopped after ${at}`);
      assert.deepEqual(after.outcome!.summary, whole.outcome!.summary, `summary, stopped after ${at}`);
      assert.deepEqual([...records(before.events), ...records(after.events)], records(whole.events), `records, stopped after ${at}`);
    }
  });

  it('trains the same on answers that an earlier run has drawn', async () => {
    const drawn = prompts.map((p) =>
      drawnOf(whole.events, 'best 1').filter((r) => r['promptHash'] === p.hash).map((r): Drawn => ({ ids: r['ids'] as number[], finished: r['finished'] === true, reward: Number(r['reward']) })),
    );
    const { algorithm, arms } = run({}, { drawn });
    const again = await runSteps(algorithm);
    await algorithm.release();
    assert.equal(drawnOf(again.events, 'best 1').length, 0, 'nothing is drawn again');
    assert.deepEqual(arms.best.params.data, weights.best);
    assert.deepEqual(again.outcome!.summary, whole.outcome!.summary);
    assert.throws(() => run({ n: 5 }, { drawn }), /drawn only 4 of 5 answers/);
  });
});
