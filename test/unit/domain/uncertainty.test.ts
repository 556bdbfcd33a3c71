import assert from 'node:assert/strict';
import { uncertaintyOf, uncertaintyWorth } from '../../../src/domain/uncertainty';

const near = (a: number, b: number): void => {
  assert.ok(Math.abs(a - b) < 1e-12, `${a} is not ${b}`);
};

describe('uncertainty of reward models', () => {
  it('is largest for equal scores', () => {
    assert.deepEqual(uncertaintyOf([[1], [1]]), { closeness: 1, disagreement: 0 });
    assert.equal(uncertaintyWorth([[0], [50]])! < 1e-12, true);
  });

  it('looks at the two best answers', () => {
    // σ(ln 3) = ¾, so 4 · ¾ · ¼ = ¾.
    near(uncertaintyOf([[0], [Math.log(3)], [-7]])!.closeness, 0.75);
  });

  it('sees that models contradict each other', () => {
    const found = uncertaintyOf([[40, -40], [0, 0]])!;
    near(found.disagreement, 1);
    near(found.closeness, 0);
  });

  it('is the total variance of two answers', () => {
    const [a, b] = [Math.log(3), -Math.log(7)];
    const mean = (3 / 4 + 1 / 8) / 2;
    near(uncertaintyWorth([[a, b], [0, 0]])!, 4 * mean * (1 - mean));
  });

  it('knows nothing of one answer or of missing scores', () => {
    assert.equal(uncertaintyWorth([[1]]), undefined);
    assert.equal(uncertaintyWorth([[1, 2], [1]]), undefined);
    assert.equal(uncertaintyWorth([[NaN], [1]]), undefined);
    assert.equal(uncertaintyWorth([[], []]), undefined);
  });
});
