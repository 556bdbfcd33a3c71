import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRng } from '../../../src/base/rng';
import type { Comparisons } from '../../../src/domain/comparisons';
import { halfOf } from '../../../src/jobs/plan-reward';
import { sweepReport, type Sweep } from '../../../src/jobs/over-optimisation';
import { sweepChart, sweepMarkdown } from '../../../src/jobs/over-optimisation-markdown';
import type { ModelRef } from '../../../src/jobs/model-ref';
import type { RunView } from '../../../src/jobs/view';

describe('over-optimisation sweep', () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), 'plumbline-sweep-'))));
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const ref = (title: string): ModelRef => ({ title, path: title, folder: title, source: title, hash: title });
  /** An evaluation of a model, with `samples` answers to each of so many prompts. */
  function evaluation(name: string, prompts: number, samples: number, answer: (prompt: number) => { reward: number; heldOutReward: number; exactKl?: number }): RunView {
    const file = `${name}.jsonl`;
    const lines = Array.from({ length: prompts }, (_, p) => Array.from({ length: samples }, (_x, sample) => ({ promptHash: `p${p}`, sample, ...answer(p) }))).flat();
    writeFileSync(join(folder, file), lines.map((l) => `${JSON.stringify(l)}\n`).join(''));
    return { id: name, kind: 'evaluate', name, folder, state: 'finished', createdAt: '', step: 1, total: 1, percent: 100, metrics: {}, outputs: { samples: file }, warnings: [] };
  }

  it('gains by the proxy with n, and by the held-out reward only as far as the two agree', async () => {
    const rng = createRng(4);
    // The start's held-out reward is −E max(0, t)³ = −√(2/π). The proxy is what is wanted and something that is not, which is worse than nothing where there is much of it.
    const draw = () => {
      const [good, trick] = [rng.normal(), rng.normal()];
      return { reward: good + trick, heldOutReward: good - Math.max(0, trick) ** 3 };
    };
    const base = evaluation('base', 150, 64, draw);
    const tuned = [0.3, 1, 2, 4, 9].map((kl) => {
      const d = Math.sqrt(kl);
      return { run: { ...base, name: `PPO ${kl}` }, evaluation: evaluation(`ppo-${kl}`, 150, 2, () => ({ reward: d * 1.5 + rng.normal() * 0.1, heldOutReward: d * (1 - 0.7 * Math.log(d)) - Math.sqrt(2 / Math.PI) + rng.normal() * 0.1, exactKl: kl })) };
    });
    const sweep: Sweep = { start: ref('start'), proxy: ref('proxy'), heldOut: ref('held out'), base, tuned, missing: [] };
    const report = await sweepReport(sweep);
    assert.deepEqual(report.points.slice(0, 7).map((p) => p.name), ['best of 1', 'best of 2', 'best of 4', 'best of 8', 'best of 16', 'best of 32', 'best of 64']);
    const bon = report.points.slice(0, 7);
    assert.deepEqual([bon[0]!.kl, bon[0]!.proxy.value, bon[0]!.heldOut.value], [0, 0, 0]);
    bon.slice(1).forEach((p, i) => {
      assert.ok(p.proxy.value > bon[i]!.proxy.value, p.name);
    });
    // The expected best of 64 standard normals is 2.39.
    assert.ok(Math.abs(bon[6]!.proxy.value - 2.39 * Math.SQRT2) < 0.2, String(bon[6]!.proxy.value));
    assert.ok(report.warnings.some((w) => w.kind === 'best-of-n' && w.to === 'best of 64' && w.sure));
    assert.ok(report.warnings.some((w) => w.kind === 'rl' && w.to === 'PPO 9' && w.sure));
    const rl = report.curves.find((c) => c.kind === 'rl' && c.of === 'heldOut')!.curve;
    assert.ok(Math.abs(rl.beta - 0.7) < 0.05 && rl.r2 > 0.98, JSON.stringify(rl));
    assert.ok(Math.abs(rl.peak!.d - Math.exp(rl.alpha / rl.beta - 1)) < 1e-9);

    const text = sweepMarkdown(report, 'chart.svg');
    assert.match(text, /\*\*Warning:\*\* from best of \d+ to best of 64 the proxy rises by/);
    assert.match(text, /tuned models, the held-out reward \| d\(α − β log d\)/);
    const svg = sweepChart(report);
    assert.equal(svg.match(/<circle/g)!.length, 14);
    assert.equal(svg.match(/<rect/g)!.length, 1 + 10);
    assert.ok(svg.includes('<title>peak</title>') && !svg.includes('NaN'));
  });

  it('says what is missing', async () => {
    const sweep: Sweep = { start: ref('start'), proxy: ref('proxy'), heldOut: ref('other'), base: undefined, tuned: [], missing: [] };
    await assert.rejects(sweepReport(sweep), /has not been measured with both reward models/);
    const one = evaluation('one', 3, 2, () => ({ reward: 1, heldOutReward: 1 }));
    writeFileSync(join(folder, 'elsewhere.jsonl'), '{"promptHash":"q","reward":1,"heldOutReward":2}\n');
    await assert.rejects(sweepReport({ ...sweep, base: one, tuned: [{ run: one, evaluation: { ...one, outputs: { samples: 'elsewhere.jsonl' } } }] }), /no prompt in common/);
  });

  it('divides the prompts to train on into two halves that have none in common', () => {
    const examples = Array.from({ length: 400 }, (_, i) => ({ promptHash: `sha256:${i}`, split: i % 5 === 0 ? ('test' as const) : ('train' as const) }));
    const all = { examples } as unknown as Comparisons;
    const [a, b] = [1, 2].map((half) => halfOf(all, half as 1 | 2).examples);
    const train = (of: typeof a): string[] => of!.filter((e) => e.split === 'train').map((e) => e.promptHash);
    assert.equal(train(a).length + train(b).length, 320);
    assert.ok(!train(a).some((hash) => train(b).includes(hash)));
    assert.ok(train(a).length > 120 && train(b).length > 120);
    for (const half of [a, b]) assert.equal(half!.filter((e) => e.split === 'test').length, 80);
  });
});
