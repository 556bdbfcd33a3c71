import { learningRateAt } from '../../../src/training/schedule';
import { near } from './near';

describe('schedule', () => {
  it('warms up, then stays, falls linearly, or along a cosine', () => {
    const base = { learningRate: 1, warmupSteps: 4 };
    for (const schedule of ['constant', 'linear', 'cosine'] as const) {
      near(learningRateAt(0, 24, { ...base, schedule }), 0.2, 1e-12);
      near(learningRateAt(3, 24, { ...base, schedule }), 0.8, 1e-12);
      near(learningRateAt(4, 24, { ...base, schedule }), 1, 1e-12);
    }
    near(learningRateAt(14, 24, { ...base, schedule: 'constant' }), 1, 0);
    near(learningRateAt(14, 24, { ...base, schedule: 'linear' }), 0.5, 1e-12);
    near(learningRateAt(9, 24, { ...base, schedule: 'cosine' }), (1 + Math.SQRT1_2) / 2, 1e-12);
    near(learningRateAt(23, 24, { ...base, schedule: 'linear' }), 0.05, 1e-12);
    near(learningRateAt(24, 24, { ...base, schedule: 'cosine' }), 0, 1e-12);
  });

  it('holds for runs shorter than their warm-up', () => {
    near(learningRateAt(1, 2, { learningRate: 3, schedule: 'linear', warmupSteps: 10 }), 2, 1e-12);
    near(learningRateAt(0, 1, { learningRate: 3, schedule: 'linear', warmupSteps: 0 }), 3, 0);
  });
});
