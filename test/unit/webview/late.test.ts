import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { watchAnswers } from '../../../src/webview/shared/late';
import type { Late, LateWatch } from '../../../src/webview/shared/late';

describe('webview/shared/late', () => {
  let said: Late[];
  let pings: number;
  let alive: boolean;
  let watch: LateWatch;
  /** Second by second, as time goes: the clock of the fake stands at the end of a step while its timers fire. */
  const pass = (seconds: number): void => {
    for (let i = 0; i < seconds; i++) mock.timers.tick(1000);
  };
  beforeEach(() => {
    mock.timers.enable({ apis: ['setInterval', 'Date'] });
    [said, pings, alive] = [[], 0, true];
    watch = watchAnswers(() => {
      pings++;
      if (alive) watch.heard();
    }, (late) => said.push(late));
  });
  afterEach(() => {
    mock.timers.reset();
  });

  it('says nothing of an answer that comes, and leaves no clock running', () => {
    watch.asked(1);
    pass(3);
    mock.timers.tick(900);
    watch.answered(1);
    const before = pings;
    pass(60);
    assert.deepEqual([said, pings], [[], before]);
  });

  it('tells after four seconds that nobody answers, once, and when somebody does', () => {
    alive = false;
    watch.asked(1);
    pass(3);
    mock.timers.tick(999);
    assert.deepEqual([said, pings], [[], 1]);
    mock.timers.tick(1);
    assert.deepEqual(said, ['silent']);
    pass(30);
    assert.deepEqual([said, pings], [['silent'], 1], 'one ping waits, however long');
    watch.heard();
    watch.answered(1);
    assert.deepEqual(said, ['silent', undefined]);
  });

  it('tells a host that works from one that is gone', () => {
    watch.asked(1);
    pass(4);
    assert.deepEqual(said, ['slow']);
    alive = false;
    pass(2);
    assert.deepEqual(said, ['slow', 'silent']);
    alive = true;
    watch.heard();
    pass(1);
    assert.deepEqual(said, ['slow', 'silent', 'slow']);
    watch.answered(1);
    assert.deepEqual(said, ['slow', 'silent', 'slow', undefined]);
  });

  it('says nothing at once after the machine has slept', () => {
    watch.asked(1);
    mock.timers.tick(3_600_000);
    assert.equal(said.includes('silent'), false);
    watch.answered(1);
  });

  it('stays late until the last late answer is there', () => {
    alive = false;
    watch.asked(1);
    watch.asked(2);
    pass(5);
    watch.answered(2);
    assert.deepEqual(said, ['silent']);
    watch.asked(3);
    watch.answered(1);
    pass(1);
    watch.answered(3);
    assert.deepEqual(said, ['silent', undefined]);
  });
});
