import assert from 'node:assert/strict';
import { createRng } from '../../../src/base/rng';
import { initParams } from '../../../src/models/model';
import { createRuleScorer } from '../../../src/training/rule-model';
import { ruleReport, temperatureOf } from '../../../src/training/rule-report';
import { createRuleTrainer, type RuleExample, type RuleSettings } from '../../../src/training/rule-trainer';
import { areaUnderCurve, calibrationOf } from '../../../src/training/statistics';
import { answerRow } from '../../../src/training/tokenize';
import { near } from './near';
import { optimizer, resources, runSteps, tinyModel, type Tiny } from './tiny';

const settings: RuleSettings = { epochs: 12, batchSize: 8, optimizer: { ...optimizer, learningRate: 0.02 }, rules: ['no-bad', 'no-colours'], evalEvery: 20, seed: 3 };

function model(seed = 1): Tiny {
  const one = tinyModel('score');
  const config = { ...one.config, labels: 2 };
  return { ...one, config, params: initParams(config, 'score', createRng(seed)) };
}

const words = ['good', 'bad', 'a', 'b', 'red', 'c', 'two'];
const examples: RuleExample[] = Array.from({ length: 96 }, (_, n) => {
  const answer = [words[n % 7]!, words[(n * 3 + 1) % 7]!, words[(n * n + 2) % 7]!];
  const broken = [Number(answer.includes('bad')), Number(answer.includes('red'))];
  // Every fifth says nothing about the second rule.
  const said = [1, n % 5 === 0 ? 0 : 1];
  return { ids: answerRow(tinyModel('score').tokenizer, 'say a', answer.join(' ')).ids, broken: broken.map((b, k) => b * said[k]!), kept: broken.map((b, k) => (1 - b) * said[k]!) };
});
const data = { train: examples.slice(40), test: examples.slice(0, 40) };

describe('rule model', () => {
  it('learns which answers break which rule, and its probabilities are those of the finished weights', async () => {
    const trained = model();
    const trainer = createRuleTrainer(trained, data, settings, resources);
    const { outcome, events } = await runSteps(trainer);
    await trainer.release();
    const { summary, report } = outcome!;
    assert.ok(summary['accuracy/no-bad']! > 0.9 && summary['accuracy/no-colours']! > 0.9, JSON.stringify(summary));
    assert.ok(summary['auc/no-bad']! > 0.95);
    assert.ok(report?.kind === 'rule' && report.rules[1]!.marks === 32 && report.rules[0]!.marks === 40);
    assert.ok(report.rules.every((r) => r.temperature !== 1 && r.calibration!.bins.reduce((n, b) => n + b.n, 0) === r.marks));
    const scorer = createRuleScorer(trained.config, trained.params, resources);
    const found = await scorer.probabilities(data.test.map((e) => e.ids));
    await scorer.release();
    const right = data.test.filter((e, i) => found[i]![0]! > 0.5 === e.broken[0]! > 0).length;
    near(right / 40, summary['accuracy/no-bad']!, 1e-9);
    assert.ok(events.some((e) => e.type === 'eval' && e.metrics['eval_loss']! > 0.3));
  });

  it('computes the cross-entropy of all marks, whatever the micro-batch', async () => {
    const losses: number[] = [];
    for (const maxCells of [1, 8192]) {
      const one = model();
      const before = createRuleScorer(one.config, one.params, resources);
      const p = await before.probabilities(data.train.slice(0, 8).map((e) => e.ids));
      await before.release();
      const trainer = createRuleTrainer(one, { train: data.train.slice(0, 8), test: [] }, { ...settings, maxSteps: 1 }, { ...resources, maxCells });
      const { events, outcome } = await runSteps(trainer);
      await trainer.release();
      let expected = 0;
      let marks = 0;
      data.train.slice(0, 8).forEach((e, i) => {
        e.broken.forEach((b, k) => {
          expected -= b * Math.log(p[i]![k]!) + e.kept[k]! * Math.log(1 - p[i]![k]!);
          marks += b + e.kept[k]!;
        });
      });
      const step = events.find((e) => e.type === 'step')!;
      near(step.metrics['loss'], expected / marks, 1e-5);
      losses.push(step.metrics['grad_norm']!);
      assert.ok(events.some((e) => e.type === 'warning' && e.message.includes('no mark was held out')));
      assert.equal(outcome!.report?.kind === 'rule' && outcome!.report.rules[0]!.accuracy, null);
    }
    near(losses[0]! / losses[1]!, 1, 1e-5);
  });

  it('goes on from a snapshot as if nothing had happened, bit for bit', async () => {
    const whole = model();
    const one = createRuleTrainer(whole, data, { ...settings, epochs: 2 }, resources);
    const { outcome } = await runSteps(one);
    const half = model();
    const before = createRuleTrainer(half, data, { ...settings, epochs: 2 }, resources);
    await runSteps(before, 5);
    const resumed = model(55);
    const after = createRuleTrainer(resumed, data, { ...settings, epochs: 2 }, resources);
    after.restore(await before.snapshot());
    const end = await runSteps(after);
    assert.deepEqual(resumed.params.data, whole.params.data);
    assert.deepEqual({ ...end.outcome, params: undefined }, { ...outcome, params: undefined });
    for (const t of [one, before, after]) await t.release();
  });

  it('finds the temperature of overconfident log-odds', () => {
    // σ(2) = .8808: log-odds of 8 whose truth is σ(2) want a temperature of 4.
    const n = 10000;
    const judgements = Array.from({ length: n }, (_, i) => ({ z: 8, broken: i < Math.round(n / (1 + Math.exp(-2))) ? 1 : 0, kept: i < Math.round(n / (1 + Math.exp(-2))) ? 0 : 1 }));
    near(temperatureOf(judgements), 4, 0.01);
    assert.equal(temperatureOf(judgements.slice(0, 20)), 1, 'only one kind of mark');
    const report = ruleReport('r', judgements, judgements.filter((_, i) => i % 4 === 0));
    assert.ok(report.rawEce! > 0.1 && report.ece! < 0.02, JSON.stringify(report));
    assert.deepEqual(ruleReport('r', [], []), { rule: 'r', trained: { marks: 0, broken: 0 }, marks: 0, temperature: 1, note: 'no answer that breaks it was learned from; no mark was held out: how good the model is at it is not known', baseRate: null, accuracy: null, majority: null, auc: null, ece: null, rawEce: null, calibration: null });
  });

  it('measures ranking and calibration by known numbers', () => {
    // Positives .9, .4; negatives .5, .4, .1: pairs won 3 of 3 and 1½ of 3.
    const cases = [[0.9, 1], [0.4, 1], [0.5, 0], [0.4, 0], [0.1, 0]].map(([score, y]) => ({ score: score!, positive: y!, negative: 1 - y! }));
    near(areaUnderCurve(cases)!, 4.5 / 6, 1e-12);
    assert.equal(areaUnderCurve(cases.slice(0, 2)), null);
    const { ece, bins } = calibrationOf([{ confidence: 0.05, right: 0 }, { confidence: 0.95, right: 1 }, { confidence: 0.93, right: 0 }], 0, 1);
    near(ece, (0.05 + Math.abs(1.88 - 1)) / 3, 1e-12);
    assert.deepEqual(bins.map((b) => b.n), [1, 2]);
    near(bins[1]!.predicted, 0.94, 1e-12);
  });
});
