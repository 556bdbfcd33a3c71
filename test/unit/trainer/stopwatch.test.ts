import assert from 'node:assert/strict';
import { stopwatch } from '../../../src/trainer/stopwatch';

describe('stopwatch', () => {
  it('estimates from recent steps and forgets the first, slow one', () => {
    let now = 0;
    const clock = stopwatch(10, () => now);
    assert.equal(clock.secondsLeft(), 0);
    const step = (seconds: number): number => {
      clock.begin();
      now += 1000 * seconds;
      const left = clock.secondsLeft();
      clock.end();
      return left;
    };
    assert.equal(step(5), 45); // Nine more like this one.
    step(1);
    assert.equal(clock.secondsLeft(), 8);
    for (let i = 0; i < 7; i++) step(1);
    assert.equal(clock.secondsLeft(), 1);
    assert.equal(step(1), 0);
  });
});
