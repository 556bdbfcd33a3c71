import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { keyNumbers, progressFor } from '../../../src/cli/progress';
import type { RunView } from '../../../src/jobs/view';

const view = (fields: Partial<RunView>): RunView => ({ id: 'r', kind: 'reward', name: 'reward model', folder: '/r', state: 'running', createdAt: '', step: 0, total: 10, percent: 0, metrics: {}, warnings: [], ...fields });

function stream(isTTY: boolean): { stream: NodeJS.WriteStream; text: () => string } {
  const out = new PassThrough();
  let text = '';
  out.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return { stream: Object.assign(out, { isTTY, columns: 100, cursorTo: () => true, clearLine: () => true, moveCursor: () => true }) as unknown as NodeJS.WriteStream, text: () => text };
}

describe('cli/progress', () => {
  it('writes a line now and then where nobody watches', () => {
    const out = stream(false);
    const progress = progressFor(out.stream, 60_000);
    progress.update(view({ state: 'queued' }));
    progress.update(view({ state: 'queued' }));
    for (let step = 1; step <= 9; step++) progress.update(view({ step, secondsLeft: 10 - step, metrics: { loss: 0.123456, accuracy: 0.75 } }));
    progress.note('warning: careful');
    progress.update(view({ state: 'stopping', step: 9 }));
    progress.end();
    assert.equal(out.text(), 'reward model: waits for another run to end\nreward model: step 1 of 10, 9 s left: loss 0.123, accuracy 0.75\nwarning: careful\nreward model: step 9 of 10\n');
  });

  it('draws a bar on a terminal', () => {
    const out = stream(true);
    const progress = progressFor(out.stream);
    progress.update(view({ step: 5, secondsLeft: 65 }));
    progress.end();
    assert.match(out.text(), /reward model █+░+ 5\/10 1 min 05 s left/);
  });

  it('shows the numbers that tell most', () => {
    assert.equal(keyNumbers(view({ kind: 'ppo', metrics: { 'objective/scores': 1.23456, 'objective/kl': 4, lr: 1 } })), 'score 1.23, KL 4');
    assert.equal(keyNumbers(view({ kind: 'generate', metrics: { tokens_per_second: 4 } })), '');
  });
});
