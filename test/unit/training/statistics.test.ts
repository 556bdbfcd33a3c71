import assert from 'node:assert/strict';
import { calibrationError, correlation, distinctN, meanAndStd, standardError } from '../../../src/training/statistics';
import { near } from './near';

describe('statistics', () => {
  it('gives mean, unbiased deviation and standard error', () => {
    assert.deepEqual(meanAndStd([]), { mean: 0, std: 0 });
    assert.deepEqual(meanAndStd([5]), { mean: 5, std: 0 });
    const { mean, std } = meanAndStd([2, 4, 4, 4, 5, 5, 7, 9]);
    near(mean, 5, 0);
    near(std, Math.sqrt(32 / 7), 1e-12);
    near(standardError([1, 3]), 1, 1e-12);
  });

  it('correlates', () => {
    near(correlation([1, 2, 3], [2, 4, 6]), 1, 1e-12);
    near(correlation([1, 2, 3], [3, 2, 1]), -1, 1e-12);
    near(correlation([1, 1, 1], [3, 2, 1]), 0, 0);
    near(correlation([1, 2, 3, 4], [1, 3, 2, 4]), 0.8, 1e-12);
  });

  it('measures calibration in ten bins', () => {
    near(calibrationError([]), 0, 0);
    near(calibrationError([{ confidence: 1, right: 1 }, { confidence: 0.5, right: 0.5 }]), 0, 1e-12);
    // One bin of two at .9 of which half are right (|.9 − .5| · 2), one of two at .6 that are both right (.4 · 2).
    const predictions = [{ confidence: 0.91, right: 1 }, { confidence: 0.91, right: 0 }, { confidence: 0.61, right: 1 }, { confidence: 0.61, right: 1 }];
    near(calibrationError(predictions), (0.41 * 2 + 0.39 * 2) / 4, 1e-12);
  });

  it('counts distinct n-grams', () => {
    near(distinctN([[1, 2, 1, 2], [1, 2]], 2), 2 / 4, 1e-12);
    near(distinctN([[1, 2, 3]], 1), 1, 0);
    near(distinctN([[1]], 2), 0, 0);
    near(distinctN([[1, 23], [12, 3]], 2), 1, 0);
  });
});
