import assert from 'node:assert/strict';
import { resultsOf } from '../../../src/webview/run/results';

describe('run results', () => {
  it('pairs before and after, and puts what changed first', () => {
    const results = resultsOf({ updates: 5, 'objective/scores': 9, 'objective/scores/before': 1, 'objective/scores/after': 2 }, []);
    assert.deepEqual(results, [{ name: 'objective/scores', value: 2, before: 1 }, { name: 'updates', value: 5 }]);
  });
  it('knows what a held-out metric was at step 0, and prefers it to the training value', () => {
    const curves = [{ name: 'accuracy', train: [], held: [[0, 0.5], [10, 0.8]] as const }];
    assert.deepEqual(resultsOf({ accuracy: 0.99, eval_accuracy: 0.8 }, curves), [{ name: 'accuracy', value: 0.8, before: 0.5 }]);
  });
  it('keeps an after without a before, and a before alone', () => {
    assert.deepEqual(resultsOf({ 'x/after': 2, 'y/before': 1 }, []), [{ name: 'x', value: 2 }, { name: 'y/before', value: 1 }]);
  });
});
