import assert from 'node:assert/strict';
import { k1, k2, k3, nextKlCoef } from '../../../src/training/kl';
import { near } from './near';

describe('kl', () => {
  it('estimates as in the reference', () => {
    const golden = [
      [0.1, 0.1, 0.005, 0.0048374],
      [-0.1, -0.1, 0.005, 0.0051709],
      [1, 1, 0.5, 0.3678794],
      [-1, -1, 0.5, 0.7182818],
    ] as const;
    for (const [delta, one, two, three] of golden) {
      near(k1(delta), one, 1e-12);
      near(k2(delta), two, 1e-12);
      near(k3(delta), three, 1e-7);
    }
  });

  it('moves β as OpenAI\'s controller does', () => {
    const adaptive = { target: 6, horizon: 10000 };
    near(nextKlCoef(0.15, 0, 512, adaptive), 0.148464, 1e-9);
    near(nextKlCoef(0.15, 6.3, 512, adaptive), 0.150384, 1e-9);
    near(nextKlCoef(0.15, 20, 512, adaptive), 0.151536, 1e-9);
    let coef = 0.15;
    for (let i = 0; i < 100; i++) coef = nextKlCoef(coef, 0, 512, adaptive);
    near(coef, 0.0535896711, 1e-10);
    assert.equal(nextKlCoef(0.2, 6, 512, adaptive), 0.2);
  });
});
