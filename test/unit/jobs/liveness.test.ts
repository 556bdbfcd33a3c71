import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { exists, isAlive, parseElapsed, startTime } from '../../../src/jobs/liveness';

describe('jobs/liveness', () => {
  it('reads the times of ps', () => {
    assert.equal(parseElapsed('00:05'), 5);
    assert.equal(parseElapsed('01:02:03'), 3723);
    assert.equal(parseElapsed('2-01:00:00'), 176400);
    assert.equal(parseElapsed('soon'), undefined);
  });

  it('knows when this process began', async () => {
    const began = await startTime(process.pid);
    assert.equal(typeof began, 'number');
    assert.ok(Math.abs(Number(began) - (Date.now() - 1000 * process.uptime())) < 2000);
  });

  it('believes a living process only if it began when the one that is meant did', async () => {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20000)']);
    try {
      await once(child, 'spawn');
      assert.equal(await isAlive(child.pid!, Date.now()), true);
      assert.equal(await isAlive(child.pid!, Date.now() - 3_600_000), false);
      assert.equal(await isAlive(child.pid!, Date.now() + 3_600_000), false);
    } finally {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    assert.equal(exists(child.pid!), false);
    assert.equal(await isAlive(child.pid!, Date.now()), false);
  });
});
