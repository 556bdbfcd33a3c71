import assert from 'node:assert/strict';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSeries } from '../../../src/jobs/series';
import { tailEvents } from '../../../src/jobs/tail';
import { emptyFold, foldEvent } from '../../../src/jobs/view';

const at = '2026-11-22T10:00:00.000Z';
const step = (n: number, loss: number) => `${JSON.stringify({ type: 'step', step: n, metrics: { loss, 'objective/kl': n / 10 }, total: 9, secondsLeft: 1, at })}\n`;
const held = (n: number, reward: number) => `${JSON.stringify({ type: 'eval', step: n, metrics: { reward, eval_loss: 2 }, at })}\n`;
const started = (resumedFrom?: number) => `${JSON.stringify({ type: 'started', at, pid: 1, total: 9, resumedFrom })}\n`;
const sample = (n: number, index: number, text: string) => `${JSON.stringify({ type: 'sample', at, step: n, index, prompt: 'Q', text })}\n`;

describe('the curves of a run', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'plumbline-series-'));
    file = join(folder, 'events.jsonl');
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('are read as they grow, evaluations apart from training, a torn line later', async () => {
    const series = openSeries(folder);
    assert.equal(await series.refresh(), false);
    writeFileSync(file, started() + held(0, 1) + sample(0, 1, 'b') + sample(0, 0, 'a') + step(1, 3) + step(2, 2).slice(0, 20));
    assert.equal(await series.refresh(), true);
    assert.deepEqual(series.metrics(), ['eval/reward', 'eval_loss', 'loss', 'objective/kl']);
    assert.deepEqual(series.column('loss'), { x: [1], y: [3] });
    appendFileSync(file, `${step(2, 2).slice(20)}not an event\n{"type":"step","step":3,"metrics":{"loss":"x"}}\n`);
    await series.refresh();
    assert.deepEqual(series.column('loss'), { x: [1, 2], y: [3, 2] });
    assert.deepEqual(series.column('eval/reward'), { x: [0], y: [1] });
    assert.deepEqual(series.column('nothing'), { x: [], y: [] });
    assert.deepEqual(series.samples(0).map((s) => s.text), ['a', 'b']);
    assert.equal(await series.refresh(), false);
  });

  it('forget what a resumed run computes again, and all of one that begins anew', async () => {
    writeFileSync(file, started() + held(0, 1) + step(1, 3) + step(2, 2) + sample(2, 0, 'x') + step(3, 1) + started(1));
    const series = openSeries(folder);
    await series.refresh();
    assert.deepEqual(series.column('loss'), { x: [1], y: [3] });
    assert.deepEqual(series.column('eval/reward'), { x: [0], y: [1] });
    assert.deepEqual(series.sampleSteps(), []);
    appendFileSync(file, step(2, 5) + started());
    await series.refresh();
    assert.deepEqual(series.metrics(), []);
  });

  it('need not be read for the view of a run: a skimmed file folds to the same', async () => {
    const text = [started(), held(0, 1), ...Array.from({ length: 2000 }, (_, i) => step(i + 1, 1 / (i + 1)) + ((i + 1) % 500 === 0 ? held(i + 1, i) : '') + (i === 900 ? 'garbage\n' : '')), `${JSON.stringify({ type: 'warning', at, message: 'w' })}\n`];
    writeFileSync(file, text.join(''));
    const whole = await tailEvents(folder).next();
    const tail = tailEvents(folder, { skim: true });
    const some = await tail.next();
    assert.ok(some.events.length < 700, `${some.events.length}`);
    assert.deepEqual(some.events.reduce(foldEvent, emptyFold), whole.events.reduce(foldEvent, emptyFold));
    assert.deepEqual(some.problems, whole.problems);
    // From then on every event.
    appendFileSync(file, step(2001, 1) + step(2002, 1));
    assert.equal((await tail.next()).events.length, 2);
  });
});
