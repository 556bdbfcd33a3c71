import assert from 'node:assert/strict';
import { describeSeeds, seedGroups, seedsInWords, seedSurvival } from '../../../src/jobs/seeds';
import type { RunView } from '../../../src/jobs/view';
import type { RunSpec } from '../../../src/protocol/run';

const view = (id: string, fields: Partial<RunView>): RunView => ({ id, kind: 'ppo', name: id, folder: `/runs/${id}`, state: 'finished', createdAt: '', step: 1, total: 1, percent: 100, metrics: {}, warnings: [], ...fields });
const finished = (id: string, before: number, after: number, kl: number): RunView => view(id, { summary: { 'objective/scores/before': before, 'objective/scores/after': after, 'objective/exact_kl/after': kl } });

describe('jobs/seeds', () => {
  it('tells the share that ended above the start; a run that a guard stopped did not', () => {
    const survival = seedSurvival('g', [
      { view: finished('c', 0, 3, 4), seed: 2 },
      { view: finished('a', 0, 1, 2), seed: 0 },
      { view: finished('b', 0, -1, 6), seed: 1 },
      { view: view('d', { state: 'failed', error: { code: 'guard.kl', message: 'too far' } }), seed: 3 },
      { view: view('e', { state: 'failed', error: { message: 'a bug' } }), seed: 4 },
      { view: view('f', { state: 'queued' }), seed: 5 },
    ]);
    assert.deepEqual([survival.measured, survival.survived], [4, 2]);
    // Wilson, 2 of 4.
    assert.deepEqual([survival.interval!.low.toFixed(3), survival.interval!.high.toFixed(3)], ['0.150', '0.850']);
    assert.deepEqual(survival.reward, { mean: 1, std: 2 });
    assert.deepEqual(survival.kl, { mean: 4, std: 2 });
    assert.deepEqual(survival.runs.map((r) => r.seed), [0, 1, 2, 3, 4, 5]);
    assert.match(describeSeeds(survival), /^g: 2 of 4 ended above the start \(95 % interval 15–85 %\); reward 1\.000 ± 2\.000/);
  });

  it('says the same in plain words, and of runs without a reward what they have', () => {
    const group = (...views: RunView[]): string => seedsInWords(seedSurvival('g', views.map((v, seed) => ({ view: v, seed }))));
    assert.equal(group(finished('a', 0, 1, 2), finished('b', 0, 3, 4), view('c', { state: 'failed', error: { code: 'guard.kl', message: 'too far' } }), view('d', { state: 'queued' })), '2 of 3 runs ended with more reward than at the start (95 % interval of the share: 21–94 %). Reward 2 ± 1.41, gain 2 ± 1.41, KL 3 ± 1.41 nats (mean ± standard deviation over seeds). 1 failed. 1 still to come.');
    const reward = (id: string, accuracy: number): RunView => view(id, { kind: 'reward', summary: { accuracy, n: 7 } });
    assert.equal(group(reward('a', 0.6), reward('b', 0.8)), '2 of 2 runs finished: accuracy 0.7 ± 0.141 (mean ± standard deviation over seeds).');
    assert.equal(group(view('a', { state: 'running' }), view('b', { state: 'queued' })), 'None of 2 runs has ended yet.');
  });

  it('finds the groups among all runs', () => {
    const views = [finished('c', 0, 1, 1), finished('b', 0, 1, 1), finished('a', 0, 1, 1)];
    const groups: Record<string, Partial<RunSpec>> = { c: { seedGroup: 'new', seed: 0 }, b: { seed: 0 }, a: { seedGroup: 'old', seed: 3 } };
    const found = seedGroups({ list: () => views, spec: (id) => groups[id] as RunSpec });
    assert.deepEqual(found.map((g) => [g.group, g.runs.map((r) => [r.id, r.seed])]), [['new', [['c', 0]]], ['old', [['a', 3]]]]);
  });

  it('says so while nothing has ended', () => {
    const survival = seedSurvival('g', [{ view: view('a', { state: 'running' }), seed: 0 }]);
    assert.equal(survival.interval, undefined);
    assert.match(describeSeeds(survival), /none of 1 runs has ended yet/);
  });
});
