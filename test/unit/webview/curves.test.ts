import assert from 'node:assert/strict';
import type { RunEvent } from '../../../src/protocol/events';
import { addEvents, curvesOf, defaultCurves, formatValue, titleOf } from '../../../src/webview/run/curves';
import type { History } from '../../../src/webview/run/curves';

const at = '2026-11-22T10:00:00.000Z';
const step = (n: number, metrics: Record<string, number>): RunEvent => ({ type: 'step', at, step: n, total: 10, secondsLeft: 1, metrics });
const evaluation = (n: number, metrics: Record<string, number>): RunEvent => ({ type: 'eval', at, step: n, metrics });
const sample = (n: number, index: number, text: string): RunEvent => ({ type: 'sample', at, step: n, index, prompt: 'p', text });
const empty = (): History => ({ train: new Map(), held: new Map(), samples: new Map() });

describe('run curves', () => {
  it('puts training and held-out values of a metric into one curve', () => {
    const [loss] = curvesOf(addEvents(empty(), [step(1, { loss: 2 }), evaluation(0, { eval_loss: 3 }), step(2, { loss: 1 })]), 'sft');
    assert.deepEqual(loss, { name: 'loss', train: [[1, 2], [2, 1]], held: [[0, 3]] });
  });
  it('counts a step that came twice once, the later value', () => {
    const [loss] = curvesOf(addEvents(addEvents(empty(), [step(1, { loss: 2 }), step(2, { loss: 9 })]), [step(2, { loss: 1 })]), 'sft');
    assert.deepEqual(loss!.train, [[1, 2], [2, 1]]);
  });
  it('shows first what matters for the kind of run', () => {
    const ppo = curvesOf(addEvents(empty(), [step(1, { 'val/ratio': 1, 'loss/value_avg': 1, 'objective/kl': 1, 'objective/scores': 1, lr: 1 })]), 'ppo');
    assert.deepEqual(ppo.slice(0, 3).map((c) => c.name), ['objective/scores', 'objective/kl', 'loss/value_avg']);
    assert.deepEqual(defaultCurves(ppo, 'ppo'), ['objective/scores', 'objective/kl', 'loss/value_avg']);
    const odd = curvesOf(addEvents(empty(), [step(1, { something: 1 })]), 'ppo');
    assert.deepEqual(defaultCurves(odd, 'ppo'), ['something']);
  });
  it('keeps answers by step and index', () => {
    const history = addEvents(empty(), [sample(0, 0, 'a'), sample(0, 1, 'b'), sample(5, 0, 'c'), sample(5, 0, 'd')]);
    assert.deepEqual([...history.samples].map(([n, by]) => [n, [...by.values()].map((s) => s.text)]), [[0, ['a', 'b']], [5, ['d']]]);
  });
  it('writes numbers as people read them', () => {
    assert.deepEqual([0, 1, 0.123456, 12.5, 1234.5, 1e-5, 2_500_000, NaN].map(formatValue), ['0', '1', '0.1235', '12.5', '1235', '1.00e-5', '2.50e+6', '–']);
  });
  it('names metrics in words, unknown ones by their own name', () => {
    assert.equal(titleOf('objective/kl'), 'KL to the start (nats)');
    assert.equal(titleOf('policy/some_thing_avg'), 'some thing');
  });
});
