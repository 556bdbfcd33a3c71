import assert from 'node:assert/strict';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRun } from '../../../src/jobs/entry';
import { openSummaries } from '../../../src/jobs/summaries';
import type { Summaries } from '../../../src/jobs/summaries';

const at = '2026-11-22T10:00:00.000Z';
const line = (event: object): string => `${JSON.stringify({ at, ...event })}\n`;
const step = (n: number, loss: number): string => line({ type: 'step', step: n, metrics: { loss }, total: 9, secondsLeft: 1 });

describe('jobs/summaries', () => {
  let runsFolder: string;
  let events: string;
  let file: string;
  const open = (): Promise<Summaries> => openSummaries(file, (error) => {
    throw error;
  });
  /** What a window that opens now knows of the run, and how many events it has read for that. */
  const look = async (summaries: Summaries): Promise<{ loss: number | undefined; state: string; read: number; problems: number }> => {
    const entry = await openRun(runsFolder, 'run', summaries);
    const { events: read, problems } = await entry.refresh();
    return { loss: entry.view.metrics['loss'], state: entry.view.state, read: read.length, problems: problems.length };
  };
  const written = async (): Promise<void> => {
    while (!existsSync(file)) await new Promise((done) => setTimeout(done, 20));
  };
  beforeEach(() => {
    runsFolder = mkdtempSync(join(tmpdir(), 'plumbline-summaries-'));
    file = join(runsFolder, '.known', 'runs.json');
    mkdirSync(join(runsFolder, 'run'));
    events = join(runsFolder, 'run', 'events.jsonl');
    writeFileSync(join(runsFolder, 'run', 'run.json'), JSON.stringify({ v: 1, id: 'run', name: 'run', kind: 'sft', createdAt: at, models: { base: 'm' }, params: {} }));
    writeFileSync(events, line({ type: 'started', pid: 1, total: 9 }) + step(1, 3) + step(2, 2) + line({ type: 'finished', step: 2, seconds: 1, outputs: {}, summary: {} }));
  });
  afterEach(() => {
    rmSync(runsFolder, { recursive: true });
  });

  it('spares the next window the events of a finished run, until its file is another', async () => {
    const first = await open();
    assert.deepEqual(await look(first), { loss: 2, state: 'finished', read: 4, problems: 0 });
    await written();
    first.dispose();
    const second = await open();
    assert.deepEqual(await look(second), { loss: 2, state: 'finished', read: 0, problems: 0 });
    // Resumed by another window.
    appendFileSync(events, line({ type: 'started', pid: 1, total: 9, resumedFrom: 2 }) + step(3, 1) + line({ type: 'finished', step: 3, seconds: 1, outputs: {}, summary: {} }));
    assert.deepEqual(await look(second), { loss: 1, state: 'finished', read: 7, problems: 0 });
    // As long as before, but written again.
    utimesSync(events, new Date(at), new Date(at));
    assert.equal((await look(second)).read, 7);
    second.dispose();
  });

  it('remembers no run that is not over, and none with a line that cannot be read', async () => {
    const summaries = await open();
    writeFileSync(events, line({ type: 'started', pid: 1, total: 9 }) + step(1, 3));
    await look(summaries);
    assert.equal(summaries.of(join(runsFolder, 'run')), undefined);
    appendFileSync(events, `torn\n${line({ type: 'finished', step: 1, seconds: 1, outputs: {}, summary: {} })}`);
    assert.deepEqual(await look(summaries), { loss: 3, state: 'finished', read: 3, problems: 1 });
    assert.deepEqual(await look(summaries), { loss: 3, state: 'finished', read: 3, problems: 1 });
    summaries.dispose();
  });

  it('begins anew when its own file is damaged', async () => {
    mkdirSync(join(runsFolder, '.known'));
    writeFileSync(file, '{"v":1,"runs":{"cut');
    const summaries = await open();
    assert.equal((await look(summaries)).read, 4);
    summaries.dispose();
  });
});
