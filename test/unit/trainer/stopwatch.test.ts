import assert from 'node:assert/strict';
import { stopwatch } from '../../../src/trainer/stopwatch';

function timed(steps: number) {
  let now = 0;
  const clock = stopwatch(steps, () => now);
  return {
    clock,
    /** What the event at the end of a step of so many seconds says; `more` seconds of evaluation come after it. */
    step: (seconds: number, more = 0): number | undefined => {
      clock.begin();
      now += 1000 * seconds;
      const left = clock.secondsLeft();
      now += 1000 * more;
      clock.end();
      return left;
    },
  };
}

describe('stopwatch', () => {
  it('says nothing until two steps besides the first are known', () => {
    const { clock, step } = timed(100);
    assert.equal(clock.secondsLeft(), undefined);
    assert.equal(step(60), undefined);
    assert.equal(step(1), undefined);
    assert.equal(step(1), 97);
  });

  it('is not misled by compiling and evaluating at the beginning', () => {
    const { step } = timed(100);
    step(60, 10);
    step(1);
    step(20);
    step(1);
    // The median of 1, 20, 1, 1.
    assert.equal(step(1), 95);
  });

  it('follows recent steps, evaluations included', () => {
    const { clock, step } = timed(200);
    for (let i = 0; i < 50; i++) step(9);
    for (let i = 0; i < 50; i++) step(1, i % 10 === 9 ? 5 : 0);
    assert.ok(Math.abs(clock.secondsLeft()! - 100 * 1.5) < 1e-9);
  });

  it('ends at 0, also in a run that is too short for an estimate', () => {
    const { step } = timed(2);
    assert.equal(step(5), undefined);
    assert.equal(step(1), 0);
  });
});
