import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { smooth } from '../../../src/base/series';
import { openCurves } from '../../../src/jobs/curve-reader';
import { firstChosen } from '../../../src/jobs/experiments';
import type { RunView } from '../../../src/jobs/view';

const at = '2026-11-22T10:00:00.000Z';
const steps = 3000;
const value = (n: number): number => Math.sin(n / 7) + (n === 1234 ? 50 : 0);

describe('jobs/curve-reader', () => {
  let folder: string;
  const view = (id: string, fields: Partial<RunView> = {}): RunView => ({ id, kind: 'ppo', name: id, folder: join(folder, id), state: 'finished', createdAt: at, step: steps, total: steps, percent: 100, metrics: {}, warnings: [], ...fields });
  const write = (id: string, lines: readonly object[]): void => {
    mkdirSync(join(folder, id));
    writeFileSync(join(folder, id, 'events.jsonl'), lines.map((l) => `${JSON.stringify({ at, ...l })}\n`).join(''));
  };
  const step = (n: number, metrics: Record<string, number>): object => ({ type: 'step', step: n, metrics, total: steps, secondsLeft: 0 });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'plumbline-curves-'));
    write('a', Array.from({ length: steps }, (_, i) => step(i + 1, { 'objective/scores': value(i + 1), 'objective/kl': i, lr: 1 })));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it('sends as many points as are asked for, with every peak, of the metrics that matter when none is named', async () => {
    const curves = openCurves();
    const { series, metrics, shown } = await curves.series([view('a')], { metrics: [], smoothing: 0, points: 200 });
    assert.deepEqual(metrics, ['lr', 'objective/kl', 'objective/scores']);
    assert.deepEqual(shown, ['objective/scores', 'objective/kl', 'lr']);
    assert.ok(series.every((s) => s.x.length <= 200 && s.x[0] === 1 && s.x.at(-1) === steps && s.smoothed === undefined));
    assert.ok(Math.abs(Math.max(...series[0]!.y) - value(1234)) < 1e-5);
  });

  it('smooths all values before it leaves any out', async () => {
    const { series } = await openCurves().series([view('a')], { metrics: ['objective/scores'], smoothing: 0.9, points: 200 });
    const whole = smooth(Array.from({ length: steps }, (_, i) => value(i + 1)), 0.9);
    const { x, y } = series[0]!.smoothed!;
    assert.ok(x.length <= 200);
    x.forEach((n, i) => {
      assert.ok(Math.abs(y[i]! - whole[n - 1]!) < 1e-5, `step ${n}`);
    });
  });

  it('thins points of reward against KL, but none of a frontier', async () => {
    // The reward rises three times only: those three are the frontier.
    write('b', Array.from({ length: 1000 }, (_, i) => step(i + 1, { 'objective/scores': i < 333 ? 1 : i < 777 ? 2 : 3, 'objective/kl': i })));
    write('c', [{ type: 'eval', step: 0, metrics: { 'objective/exact_kl': 0, 'objective/scores': 5 } }, step(1, { 'objective/kl': 9, 'objective/scores': 9 })]);
    const paid = await openCurves().paid([view('b'), view('c'), view('e', { kind: 'evaluate', summary: { 'objective/exact_kl': 2, 'objective/scores': 7 } }), view('none')]);
    const own = paid.filter((p) => p.run === 'b');
    assert.ok(own.length < 100, `${own.length}`);
    for (const n of [1, 334, 778]) assert.ok(own.some((p) => p.step === n), `step ${n}`);
    assert.deepEqual(paid.filter((p) => p.run !== 'b'), [{ run: 'c', step: 0, kl: 0, reward: 5 }, { run: 'e', step: steps, kl: 2, reward: 7 }]);
  });

  it('opens a comparison with the newest runs of the newest kind that has curves', () => {
    assert.deepEqual(firstChosen([view('g', { kind: 'generate' }), view('x', { step: 0 }), view('p1'), view('r', { kind: 'reward' }), view('p0')]), ['p1', 'p0']);
    assert.deepEqual(firstChosen([]), []);
  });
});
