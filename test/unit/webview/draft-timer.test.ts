import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { draftTimer } from '../../../src/webview/ranking/draft-timer';

type Entered = Parameters<ReturnType<typeof draftTimer>['set']>[0];
const entered = (ranks: (number | null)[]): Entered => ({ id: 'item', said: { verdict: 'ranked', ranks, values: {} } }) as unknown as Entered;

describe('draft timer', () => {
  it('sends the last state while somebody goes on entering, not only after a rest', async () => {
    const sent: Entered[] = [];
    const timer = draftTimer((draft) => sent.push(draft), 20);
    // One change every few milliseconds, for far longer than the pause.
    const end = Date.now() + 200;
    for (let n = 1; Date.now() < end; n++) {
      timer.set(entered([n, null]));
      await wait(2);
    }
    assert.ok(sent.length >= 2, `${sent.length} drafts were sent meanwhile`);
  });

  it('sends once what came at once, as it was at the end', async () => {
    const sent: Entered[] = [];
    const timer = draftTimer((draft) => sent.push(draft), 5);
    timer.set(entered([1, null]));
    timer.set(entered([1, 2]));
    await wait(60);
    assert.deepEqual(sent, [entered([1, 2])]);
    timer.set(entered([2, 1]));
    await wait(60);
    assert.deepEqual(sent, [entered([1, 2]), entered([2, 1])]);
  });

  it('sends nothing that was dropped, and at once what is flushed', async () => {
    const sent: Entered[] = [];
    const timer = draftTimer((draft) => sent.push(draft), 5);
    timer.set(entered([1, 2]));
    timer.drop();
    timer.set(entered([2, 1]));
    await timer.flush();
    assert.deepEqual(sent, [entered([2, 1])]);
    await wait(60);
    assert.equal(sent.length, 1);
  });
});
