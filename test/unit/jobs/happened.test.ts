import assert from 'node:assert/strict';
import { happenedSince, seenNow } from '../../../src/jobs/happened';
import type { RunView } from '../../../src/jobs/view';

const view = (id: string, fields: Partial<RunView>): RunView => ({ id, kind: 'ppo', name: id, folder: `/${id}`, state: 'running', createdAt: '', step: 3, total: 10, percent: 30, metrics: {}, warnings: [], ...fields });

describe('jobs/happened', () => {
  it('tells what ended while nobody looked, and nothing else', () => {
    const seen = seenNow([view('a', {}), view('b', { state: 'finished', finishedAt: '1' }), view('c', {}), view('e', { state: 'stopped', finishedAt: '2' }), view('g', {})]);
    const now = [
      view('a', { state: 'failed', finishedAt: '9', error: { message: 'no memory' } }),
      view('b', { state: 'finished', finishedAt: '1' }),
      view('c', { step: 5 }),
      view('d', { state: 'finished', finishedAt: '8' }),
      view('e', { state: 'finished', finishedAt: '9' }),
      view('f', { state: 'queued' }),
      view('g', { state: 'interrupted', checkpoint: 2 }),
    ];
    assert.deepEqual(happenedSince(seen, now).map((h) => h.sentence), [
      '“a” failed: no memory',
      '“d” finished.',
      '“e” finished.',
      '“g” was cut off at step 3 of 10 and can be resumed from step 2.',
    ]);
    assert.deepEqual(happenedSince(seenNow(now), now), []);
    assert.deepEqual(happenedSince(undefined, now), []);
  });

  it('survives being written down', () => {
    const views = [view('a', { state: 'finished', finishedAt: '1' })];
    assert.deepEqual(happenedSince(JSON.parse(JSON.stringify(seenNow(views))) as Record<string, string>, views), []);
  });
});
