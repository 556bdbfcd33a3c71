import assert from 'node:assert/strict';
import { count, freeMemory, gigabytes, planRun } from '../../../src/trainer/plan';

describe('plan', () => {
  it('says what a run will do and take', () => {
    const plan = planRun('Train a model', [{ what: 'model', bytes: 3e8 }, { what: 'activations', bytes: 5.5e8 }], 2, 4e9);
    assert.equal(plan, 'Train a model. About 965 MB of memory (model 300 MB, activations 550 MB), 4.0 GB free; 2 threads.');
  });

  it('refuses what does not fit, with what would help', () => {
    assert.throws(
      () => planRun('Train a model', [{ what: 'model', bytes: 9e9 }], 1, 4e9),
      (e: Error & { code?: string }) => e.code === 'run.memory' && /needs about 9\.1 GB.*4\.0 GB are free.*smaller/.test(e.message),
    );
    assert.ok(freeMemory() > 1e6);
  });

  it('writes sizes as people do', () => {
    assert.deepEqual([gigabytes(1), gigabytes(35e6), gigabytes(1.26e9)], ['1 MB', '35 MB', '1.3 GB']);
    assert.deepEqual([count(656000), count(1.2e6), count(3.4e9)], ['656 thousand', '1.2 million', '3.4 billion']);
  });
});
