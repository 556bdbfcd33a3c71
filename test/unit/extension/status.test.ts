import assert from 'node:assert/strict';
import { keyNumbers, statusOf as translatedStatusOf } from '../../../src/extension/status';
import type { Status } from '../../../src/extension/status';
import type { RunView } from '../../../src/jobs/view';

const run = (fields: Partial<RunView>): RunView => ({
  id: '20261122-100000-ppo-a',
  kind: 'ppo',
  name: 'tune tiny',
  folder: '/w/.plumbline/runs/a',
  state: 'running',
  createdAt: '2026-11-22T10:00:00.000Z',
  step: 0,
  total: 0,
  percent: 0,
  metrics: {},
  warnings: [],
  ...fields,
});
const none = new Set<string>();
const english = (message: string, ...args: (string | number)[]): string => message.replace(/\{(\d)\}/g, (_, i: string) => String(args[Number(i)]));
const statusOf = (runs: readonly RunView[], seen: ReadonlySet<string>): Status | undefined => translatedStatusOf(runs, seen, english);

describe('status', () => {
  it('is hidden while nothing runs, waits or has failed', () => {
    assert.equal(statusOf([], none), undefined);
    assert.equal(statusOf([run({ state: 'finished' }), run({ state: 'stopped' }), run({ state: 'cancelled' })], none), undefined);
  });
  it('shows name, percent and time left of the run at work, and how many wait', () => {
    const active = run({ step: 42, total: 100, percent: 42, secondsLeft: 80 });
    assert.equal(statusOf([active], none)?.text, '$(sync~spin) tune tiny 42 % · 1 min 20 s');
    assert.equal(statusOf([run({ id: 'b', state: 'queued' }), active], none)?.text, '$(sync~spin) tune tiny 42 % · 1 min 20 s (+1)');
    assert.equal(statusOf([run({ state: 'starting' })], none)?.text, '$(sync~spin) tune tiny starting');
    assert.equal(statusOf([run({ state: 'stopping', step: 3, total: 9, percent: 33 })], none)?.text, '$(sync~spin) tune tiny stopping');
  });
  it('shows a failure until it is looked at, and again after a resume has failed, too', () => {
    const failed = run({ state: 'failed', finishedAt: 't1', error: { message: 'no memory' } });
    const status = statusOf([failed], none);
    assert.equal(status?.text, '$(error) tune tiny failed');
    assert.equal(status.failed, true);
    assert.match(status.tooltip, /no memory/);
    assert.equal(statusOf([failed], new Set([`${failed.id} t1`])), undefined);
    assert.equal(statusOf([{ ...failed, finishedAt: 't2' }], new Set([`${failed.id} t1`]))?.failed, true);
  });
  it('has the numbers and the links that fit the state in its tooltip', () => {
    const tooltip = statusOf([run({ step: 1, total: 2, percent: 50, metrics: { 'objective/scores': 1.23456, 'objective/kl': 0.5, lr: 1 } })], none)!.tooltip;
    assert.match(tooltip, /\| scores \| 1\.23 \|/);
    assert.match(tooltip, /\[\$\(debug-stop\) Stop\]\(plumbline\.stop:20261122-100000-ppo-a\)/);
    assert.doesNotMatch(tooltip, /plumbline\.resume/);
    assert.match(statusOf([run({ state: 'failed' })], none)!.tooltip, /plumbline\.resume/);
  });
  it('lets no name make a link, an icon or markup', () => {
    const status = statusOf([run({ name: '$(bug) [x](command:evil) **b**', total: 1, step: 1 })], none)!;
    assert.doesNotMatch(status.text, /\$\(bug\)/);
    assert.doesNotMatch(status.tooltip, /[^\\]\[x\]|[^\\]\$\(bug\)/);
  });
  it('takes the interesting numbers first, and any when there are none of them', () => {
    assert.deepEqual(keyNumbers(run({ kind: 'reward', metrics: { loss: 0.5, accuracy: 0.75, x: 1 } }), 1), [['accuracy', '0.75']]);
    assert.deepEqual(keyNumbers(run({ metrics: { 'odd/name_avg': 1e-9 } }), 3), [['odd/name', '1.0e-9']]);
  });
});
