import assert from 'node:assert/strict';
import { resultsOf } from '../../../src/webview/run/results';

describe('run results', () => {
  it('pairs before and after, and puts what changed first', () => {
    const results = resultsOf({ updates: 5, 'objective/scores': 9, 'objective/scores/before': 1, 'objective/scores/after': 2 }, [], 'ppo');
    assert.deepEqual(results, [{ name: 'objective/scores', value: 2, before: 1 }, { name: 'updates', value: 5 }]);
  });
  it('knows what a held-out metric was at step 0, and prefers it to the training value', () => {
    const curves = [{ name: 'accuracy', train: [], held: [[0, 0.5], [10, 0.8]] as const }];
    assert.deepEqual(resultsOf({ accuracy: 0.99, eval_accuracy: 0.8 }, curves, 'reward'), [{ name: 'accuracy', value: 0.8, before: 0.5 }]);
  });
  it('tells the standard error beside its value, and what matters for the kind of run first', () => {
    const results = resultsOf({ 'a/after': 1, 'a/before': 0, 'objective/scores/before': 0, 'objective/scores/after': 2, 'objective/scores_se/after': 0.1 }, [], 'ppo');
    assert.deepEqual(results, [{ name: 'objective/scores', value: 2, before: 0, error: 0.1 }, { name: 'a', value: 1, before: 0 }]);
  });
  it('keeps an after without a before, and a before alone', () => {
    assert.deepEqual(resultsOf({ 'x/after': 2, 'y/before': 1 }, [], 'ppo'), [{ name: 'x', value: 2 }, { name: 'y/before', value: 1 }]);
  });

  it('shows the ends of an interval with its number', () => {
    const found = resultsOf({ asr: 0.2, asr_low: 0.1, asr_high: 0.4, x_low: 7 }, [], 'attack');
    assert.deepEqual(found, [{ name: 'asr', value: 0.2, interval: [0.1, 0.4] }, { name: 'x_low', value: 7 }]);
  });
});
