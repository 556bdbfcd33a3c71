import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, cpSync, existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { RunPlan } from '../../../src/jobs/create';
import { happenedSince, seenNow } from '../../../src/jobs/happened';
import { exists } from '../../../src/jobs/liveness';
import { openRuns } from '../../../src/jobs/runs';
import type { Runs, RunsOptions } from '../../../src/jobs/runs';
import type { RunState } from '../../../src/jobs/view';
import { UserError } from '../../../src/base/errors';

const trainer = resolve('test/process/jobs/fake-trainer.cjs');
const plan = (name: string): RunPlan => ({ run: { kind: 'generate', name, models: { policy: 'm' }, params: {} }, data: [{ id: 'a', prompt: 'Hi', promptHash: 'sha256:0' }] });

describe('jobs/runs with a trainer process', () => {
  let folder: string;
  let opened: Runs[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'plumbline-runs-'));
    opened = [];
  });
  afterEach(async () => {
    for (const runs of opened) {
      for (const view of runs.list()) await runs.kill(view.id);
      runs.dispose();
    }
    await delay(50);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  });

  async function open(options: Partial<RunsOptions> = {}): Promise<Runs> {
    const runs = await openRuns({ runsFolder: folder, trainer, pollMs: 100, ...options });
    opened.push(runs);
    return runs;
  }

  async function until(runs: Runs, id: string, ...states: RunState[]): Promise<void> {
    const deadline = Date.now() + 10_000;
    while (!states.includes(runs.get(id)?.state ?? 'cancelled')) {
      if (Date.now() > deadline) assert.fail(`${id} is ${runs.get(id)?.state} after 10 s, not ${states.join(' or ')}`);
      await delay(20);
    }
  }

  const starts = (id: string): string[] => readFileSync(join(folder, id, 'starts.txt'), 'utf8').trim().split('\n');

  it('runs to the end, tells every step once, keeps the numbers', async () => {
    const runs = await open();
    const steps: number[] = [];
    runs.onChange((changes) => {
      for (const c of changes) for (const e of c.events) if (e.type === 'step') steps.push(e.step);
    });
    const { id } = await runs.submit(plan('steps 12'));
    const view = await runs.wait(id);
    assert.equal(view.state, 'finished');
    assert.equal(view.percent, 100);
    assert.deepEqual(view.summary, { loss: 1 / 12 });
    assert.deepEqual(view.outputs, { model: 'model' });
    assert.deepEqual(steps, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
    assert.deepEqual((await runs.events(id)).filter((e) => e.type === 'step').map((e) => e.step), steps);
    assert.match(id, /^\d{8}-\d{6}-generate-steps-12$/);
  });

  it('runs one at a time, in the order they were queued, and cancels a queued one', async () => {
    const runs = await open();
    const a = await runs.submit(plan('steps 15 each 20 a'));
    const b = await runs.submit(plan('steps 3 b'));
    const c = await runs.submit(plan('steps 3 c'));
    const d = await runs.submit(plan('steps 3 d'));
    assert.equal(runs.get(b.id)?.state, 'queued');
    assert.deepEqual([b, c, d].map((v) => runs.get(v.id)?.position), [1, 2, 3]);
    await runs.stop(c.id);
    assert.equal(runs.get(c.id)?.state, 'cancelled');
    assert.equal(runs.get(d.id)?.position, 2);
    const ends = await Promise.all([a, b, d].map((v) => runs.wait(v.id)));
    assert.deepEqual(ends.map((v) => v.state), ['finished', 'finished', 'finished']);
    for (const [before, after] of [[ends[0]!, ends[1]!], [ends[1]!, ends[2]!]] as const) {
      assert.ok(before.finishedAt! <= after.startedAt!, `${after.name} began before ${before.name} had ended`);
    }
    assert.equal(existsSync(join(folder, c.id, 'starts.txt')), false);
  });

  it('lets as many run at once as it is told', async () => {
    const runs = await open({ maxRunning: () => 2 });
    const a = await runs.submit(plan('steps 200 each 20 a'));
    const b = await runs.submit(plan('steps 200 each 20 b'));
    const c = await runs.submit(plan('steps 2 c'));
    await until(runs, a.id, 'running');
    await until(runs, b.id, 'running');
    assert.equal(runs.get(c.id)?.state, 'queued');
  });

  it('stops with a checkpoint and resumes from it', async () => {
    const runs = await open();
    const { id } = await runs.submit(plan('steps 40 each 20'));
    await until(runs, id, 'running');
    await runs.stop(id);
    const stopped = await runs.wait(id);
    assert.equal(stopped.state, 'stopped');
    assert.ok(stopped.step >= 1 && stopped.step < 40);
    assert.equal(stopped.checkpoint, stopped.step);
    await assert.rejects(runs.stop(id), (e) => e instanceof UserError && e.code === 'jobs.run-not-active');
    await runs.resume(id);
    const view = await runs.wait(id);
    assert.equal(view.state, 'finished');
    const events = await runs.events(id);
    assert.ok(events.some((e) => e.type === 'started' && e.resumedFrom === stopped.step));
    assert.deepEqual(events.flatMap((e) => (e.type === 'step' ? [e.step] : [])), Array.from({ length: 40 }, (_, i) => i + 1));
    await assert.rejects(runs.resume(id), (e) => e instanceof UserError && e.code === 'jobs.run-not-resumable');
  });

  it('kills a trainer that does not listen, after the delay', async () => {
    const runs = await open();
    const { id } = await runs.submit(plan('steps 5000 each 20 deaf'));
    await until(runs, id, 'running');
    await runs.stop(id, 300);
    await until(runs, id, 'stopping');
    const view = await runs.wait(id);
    assert.equal(view.state, 'interrupted');
  });

  it('tells a crash from an end, and resumes past a torn line', async () => {
    const runs = await open();
    const bad: string[] = [];
    runs.onProblems((p) => bad.push(...p.map((x) => x.message)));
    const { id } = await runs.submit(plan('steps 20 crash-at 8'));
    const view = await runs.wait(id);
    assert.equal(view.state, 'interrupted');
    assert.equal(view.step, 8);
    assert.equal(view.checkpoint, 5);
    assert.match(view.error!.message, /without a word at step 8 of 20.*checkpoint of step 5/);
    await runs.resume(id);
    assert.equal((await runs.wait(id)).state, 'finished');
    assert.equal(starts(id).length, 2);
    assert.equal(bad.filter((m) => m.includes('not an event')).length, 1);
    // Steps 6 to 8 were computed twice and are told once.
    assert.deepEqual((await runs.events(id)).flatMap((e) => (e.type === 'step' ? [e.step] : [])), Array.from({ length: 20 }, (_, i) => i + 1));
  });

  it('says the last words of a process that died at once', async () => {
    const runs = await open();
    const { id } = await runs.submit(plan('silent-exit'));
    const view = await runs.wait(id);
    assert.equal(view.state, 'interrupted');
    const broken = await open({ trainer: resolve('test/process/jobs/no-such-trainer.cjs') });
    const other = await broken.submit(plan('steps 2'));
    const dead = await broken.wait(other.id);
    assert.equal(dead.state, 'interrupted');
    assert.match(dead.error!.message, /Its log ends: .*no-such-trainer/);
  });

  it('fails a run whose process cannot be started', async () => {
    const runs = await open({ execPath: join(folder, 'no-node') });
    const { id } = await runs.submit(plan('steps 2'));
    const view = await runs.wait(id);
    assert.equal(view.state, 'failed');
    assert.equal(view.error?.code, 'jobs.trainer-start');
    assert.match(view.error.message, /no-node/);
  });

  it('takes the reason of a failure from the trainer', async () => {
    const runs = await open();
    const { id } = await runs.submit(plan('steps 9 fail-at 3'));
    const view = await runs.wait(id);
    assert.equal(view.state, 'failed');
    assert.deepEqual(view.error, { code: 'no-model', message: 'There is no model in models/none.' });
  });

  it('is not confused by garbage on stdout or among the events', async () => {
    const runs = await open();
    let problems = 0;
    runs.onProblems((p) => (problems += p.length));
    const { id } = await runs.submit(plan('steps 6 garbage'));
    const view = await runs.wait(id);
    assert.equal(view.state, 'finished');
    assert.equal(view.step, 6);
    assert.equal(problems, 3);
    assert.match(readFileSync(join(folder, id, 'log.txt'), 'utf8'), /not json/);
  });

  it('finds a run again that another process started, and that went on without it', async () => {
    const first = await open();
    const { id } = await first.submit(plan('steps 25 each 20'));
    await until(first, id, 'running');
    const seen = seenNow(first.list());
    first.dispose();
    await delay(100);
    const second = await open();
    assert.equal(second.get(id)?.state, 'running');
    assert.equal((await second.wait(id)).state, 'finished');
    second.dispose();
    const third = await open();
    const happened = happenedSince(seen, third.list());
    assert.deepEqual(happened.map((h) => h.state), ['finished']);
    assert.match(happened[0]!.sentence, /finished/);
    assert.deepEqual(happenedSince(seenNow(third.list()), third.list()), []);
    assert.equal(starts(id).length, 1);
  });

  it('starts a queued run once when many windows see it', async () => {
    const closed = await open({ mayStart: () => false });
    const ids: string[] = [];
    for (let i = 0; i < 4; i++) ids.push((await closed.submit(plan(`steps 4 each 20 w${i}`))).id);
    assert.deepEqual(ids.map((id) => closed.get(id)?.state), ['queued', 'queued', 'queued', 'queued']);
    const windows = await Promise.all([1, 2, 3, 4].map(() => open()));
    const ends = await Promise.all(windows.flatMap((w) => ids.map((id) => w.wait(id))));
    assert.ok(ends.every((v) => v.state === 'finished'));
    for (const id of ids) assert.equal(starts(id).length, 1);
    const times = windows[0]!.list().map((v) => [v.startedAt!, v.finishedAt!] as const).sort();
    for (let i = 1; i < times.length; i++) assert.ok(times[i - 1]![1] <= times[i]![0], 'two ran at once');
  });

  it('starts a queued run once when two processes see it', async () => {
    const closed = await open({ mayStart: () => false });
    const ids = [(await closed.submit(plan('steps 3 each 20 x'))).id, (await closed.submit(plan('steps 3 each 20 y'))).id];
    const script = join(folder, '.window.cjs');
    execFileSync(process.execPath, ['node_modules/esbuild/bin/esbuild', 'src/jobs/runs.ts', '--bundle', '--platform=node', '--format=cjs', `--outfile=${join(folder, '.runs.cjs')}`, '--log-level=error']);
    writeFileSync(
      script,
      `const { openRuns } = require('./.runs.cjs');
       openRuns({ runsFolder: ${JSON.stringify(folder)}, trainer: ${JSON.stringify(trainer)}, pollMs: 50 }).then(async (runs) => {
         for (const id of ${JSON.stringify(ids)}) await runs.wait(id);
         runs.dispose();
       });`,
    );
    const windows = [1, 2].map(() => spawn(process.execPath, [script], { stdio: 'inherit' }));
    const codes = await Promise.all(windows.map((w) => new Promise((done) => w.on('exit', done))));
    assert.deepEqual(codes, [0, 0]);
    for (const id of ids) assert.equal(starts(id).length, 1);
  });

  it('does not believe a pid that the system has given to another process', async () => {
    const runs = await open();
    const { id } = await runs.submit(plan('steps 50 each 50'));
    await until(runs, id, 'running');
    const pid = runs.get(id)!.pid!;
    runs.dispose();
    process.kill(pid, 'SIGKILL');
    while (exists(pid)) await delay(10);
    // Our own pid lives, but began after this file says that the trainer was started.
    writeFileSync(join(folder, id, 'pid'), JSON.stringify({ pid: process.pid, startedAt: new Date(Date.now() - 86_400_000).toISOString() }));
    const again = await open();
    assert.equal(again.get(id)?.state, 'interrupted');
    writeFileSync(join(folder, id, 'pid'), '');
  });

  it('sees the same in a copy of the workspace, whatever the times of its files', async () => {
    const runs = await open();
    const done = await runs.submit(plan('steps 2'));
    await runs.wait(done.id);
    const stopped = await runs.submit(plan('steps 500 each 20'));
    await until(runs, stopped.id, 'running');
    await runs.stop(stopped.id);
    await runs.wait(stopped.id);
    const copy = join(folder, '.copy');
    cpSync(join(folder, done.id), join(copy, done.id), { recursive: true });
    cpSync(join(folder, stopped.id), join(copy, stopped.id), { recursive: true });
    const there = await open({ runsFolder: copy });
    assert.deepEqual([there.get(done.id)?.state, there.get(stopped.id)?.state], ['finished', 'stopped']);
  });

  it('leaves a broken folder alone and says so once', async () => {
    const runs = await open();
    const { id } = await runs.submit(plan('steps 2'));
    await runs.wait(id);
    runs.dispose();
    appendFileSync(join(folder, id, 'run.json'), '}');
    const again = await open({ pollMs: 30 });
    const bad: string[] = [];
    again.onProblems((p) => bad.push(...p.map((x) => `${x.file}: ${x.message}`)));
    await again.refresh();
    assert.deepEqual([again.get(id), bad], [undefined, []]);
    // It may be one that is being made; one that has not changed for a while is not.
    const before = new Date(Date.now() - 60_000);
    utimesSync(join(folder, id), before, before);
    await again.refresh();
    await delay(200);
    await again.refresh();
    assert.equal(bad.length, 1);
    assert.match(bad[0]!, /run\.json: .*run\.json cannot be read/);
    assert.ok(existsSync(join(folder, id, 'events.jsonl')));
  });

  it('deletes an ended run and refuses to delete one at work', async () => {
    const runs = await open();
    const { id } = await runs.submit(plan('steps 100 each 20'));
    await until(runs, id, 'running');
    await assert.rejects(runs.remove(id), (e) => e instanceof UserError && e.code === 'jobs.run-active');
    await runs.kill(id);
    await runs.wait(id);
    const gone: string[] = [];
    runs.onChange((changes) => gone.push(...changes.filter((c) => c.removed).map((c) => c.view.id)));
    await runs.remove(id);
    assert.deepEqual(gone, [id]);
    assert.equal(existsSync(join(folder, id)), false);
  });
});
