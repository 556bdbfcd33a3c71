import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describeRun, emptyFold, foldEvent, startingTimeout, viewOf } from '../../../src/jobs/view';
import type { RunMarks, RunState } from '../../../src/jobs/view';
import { lastOfEachStep, parseEvent } from '../../../src/jobs/tail';
import type { RunEvent } from '../../../src/protocol/events';

const at = (ms: number): string => new Date(ms).toISOString();
const spec = { id: 'r', kind: 'ppo', name: 'tune', createdAt: at(0) } as const;
const started = (ms: number, resumedFrom?: number): RunEvent => ({ type: 'started', at: at(ms), pid: 7, total: 10, ...(resumedFrom === undefined ? {} : { resumedFrom }) });
const step = (ms: number, n: number): RunEvent => ({ type: 'step', at: at(ms), step: n, total: 10, secondsLeft: 10 - n, metrics: { loss: 1 / n } });
const state = (events: RunEvent[], marks: Partial<RunMarks>, now = 1_000_000): RunState => viewOf('/f', spec, events.reduce(foldEvent, emptyFold), { stop: false, ...marks }, now).state;
const alive = (written: number): Partial<RunMarks> => ({ pid: { pid: 7, written, alive: true } });
const dead = (written: number): Partial<RunMarks> => ({ pid: { pid: 7, written, alive: false } });

describe('jobs/view', () => {
  it('tells what a run is doing', () => {
    assert.equal(state([], {}), 'cancelled');
    assert.equal(state([], { queued: 5 }), 'queued');
    assert.equal(state([], { starting: { at: 1_000_000 - 10, alive: false } }), 'starting');
    assert.equal(state([], { starting: { at: 1_000_000 - startingTimeout - 1, alive: false } }), 'interrupted');
    assert.equal(state([], { starting: { at: 5, pid: 7, alive: true } }), 'starting');
    assert.equal(state([], { starting: { at: 5, pid: 7, alive: false } }), 'interrupted');
    assert.equal(state([], alive(5)), 'starting');
    assert.equal(state([started(6)], alive(5)), 'running');
    assert.equal(state([started(6)], { ...alive(5), stop: true }), 'stopping');
    assert.equal(state([started(6), step(7, 1)], dead(5)), 'interrupted');
    assert.equal(state([started(6), { type: 'stopped', at: at(8), step: 1 }], {}), 'stopped');
    assert.equal(state([started(6), { type: 'failed', at: at(8), message: 'no' }], dead(5)), 'failed');
    assert.equal(state([started(6), { type: 'finished', at: at(8), step: 10, seconds: 1, outputs: {}, summary: {} }], { starting: { at: 4, pid: 7, alive: false } }), 'finished');
  });

  it('does not take an old ending for the new process\'s', () => {
    const stopped: RunEvent[] = [started(6), step(7, 1), { type: 'stopped', at: at(8), step: 1 }];
    assert.equal(state(stopped, { queued: 20 }), 'queued');
    assert.equal(state(stopped, { starting: { at: 21, pid: 9, alive: true } }), 'starting');
    assert.equal(state(stopped, { starting: { at: 21, pid: 9, alive: true }, ...alive(22) }), 'starting');
    assert.equal(state([...stopped, started(23, 1)], { starting: { at: 21, pid: 9, alive: true }, ...alive(22) }), 'running');
    // It died before it spoke.
    assert.equal(state(stopped, { starting: { at: 21, pid: 9, alive: false } }), 'interrupted');
    // It has ended and its process is not quite gone.
    assert.equal(state([...stopped, started(23, 1), { type: 'stopped', at: at(30), step: 2 }], { starting: { at: 21, pid: 9, alive: true }, ...alive(22) }), 'stopped');
  });

  it('keeps the newest number of each metric and goes back with a resumed run', () => {
    const events = [started(1), step(2, 1), step(3, 2), { type: 'eval', at: at(4), step: 2, metrics: { eval_loss: 3 } } as const, step(5, 3), started(6, 2)];
    const fold = events.reduce(foldEvent, emptyFold);
    assert.equal(fold.step, 2);
    assert.deepEqual(fold.metrics, { loss: 1 / 3, eval_loss: 3 });
    const view = viewOf('/f', spec, events.reduce(foldEvent, emptyFold), { stop: false, ...alive(1) }, 10);
    assert.equal(view.percent, 20);
    assert.equal(view.startedAt, at(1));
    assert.equal(view.secondsLeft, undefined);
    assert.match(describeRun(view), /running · step 2 of 10 · 20 %/);
  });

  it('says why a run failed, once', () => {
    const view = viewOf('/f', spec, [started(1), { type: 'failed', at: at(2), code: 'x.y', message: 'no model' } as const].reduce<typeof emptyFold>(foldEvent, emptyFold), { stop: false }, 10);
    assert.deepEqual(view.error, { code: 'x.y', message: 'no model' });
    assert.equal(view.finishedAt, at(2));
    const cut = viewOf('/f', spec, [started(1), step(2, 4)].reduce(foldEvent, emptyFold), { ...dead(0), stop: false, logTail: 'Killed\nby the system' }, 10);
    assert.match(cut.error!.message, /step 4 of 10.*no checkpoint yet.*Killed by the system/);
  });

  it('never fails on events in any order, and a percentage is one', () => {
    const event: fc.Arbitrary<RunEvent> = fc.oneof(
      fc.record({ n: fc.nat(20), t: fc.nat(1000) }).map(({ n, t }) => started(t, n)),
      fc.record({ n: fc.integer({ min: 1, max: 20 }), t: fc.nat(1000) }).map(({ n, t }) => step(t, n)),
      fc.nat(1000).map((t): RunEvent => ({ type: 'stopped', at: at(t), step: 1 })),
      fc.nat(1000).map((t): RunEvent => ({ type: 'failed', at: at(t), message: 'm' })),
    );
    const marks = fc.record({ stop: fc.boolean() }, { requiredKeys: ['stop'] });
    fc.assert(
      fc.property(fc.array(event), marks, fc.option(fc.record({ pid: fc.constant(7), written: fc.nat(1000), alive: fc.boolean() })), (events, m, pid) => {
        const view = viewOf('/f', spec, events.reduce(foldEvent, emptyFold), { ...m, ...(pid === null ? {} : { pid }) }, 1000);
        assert.ok(view.percent >= 0 && view.percent <= 100);
        if (pid?.alive !== true) assert.ok(!['running', 'stopping', 'starting'].includes(view.state));
      }),
    );
  });
});

describe('jobs/tail', () => {
  it('keeps the last of each step', () => {
    const events = [started(1), step(2, 1), step(3, 2), started(4, 1), step(5, 2)];
    assert.deepEqual(lastOfEachStep(events), [started(1), step(2, 1), started(4, 1), step(5, 2)]);
  });

  it('reads a line or says what is wrong with it', () => {
    assert.equal(parseEvent('  '), undefined);
    assert.deepEqual(parseEvent(JSON.stringify(step(2, 1))), step(2, 1));
    assert.match(parseEvent('{"type":"step","at":"2026-') as string, /not an event/);
    assert.match(parseEvent('{"type":"step","at":"2026-11-22T10:00:00.000Z","step":0}') as string, /step/);
  });
});
