import assert from 'node:assert/strict';
import { createRng } from '../../../src/base/rng';
import { initParams } from '../../../src/models/model';
import { combineOutputs, scaleOutputs } from '../../../src/models/outputs';
import { cloneParams } from '../../../src/models/params';
import { combineRewards, outputsOf } from '../../../src/trainer/outputs';
import { createRuleScorer } from '../../../src/training/rule-model';
import { createScorer } from '../../../src/training/score-model';
import type { Opened } from '../../../src/trainer/models';
import { allNear, near } from './near';
import { resources, tinyModel, type Tiny } from './tiny';

const texts = [[3, 10, 5], [3, 11], [4, 5, 6, 7, 8], [15]];

function threeHeads(): Tiny {
  const one = tinyModel('score');
  const config = { ...one.config, labels: 3 };
  return { ...one, config, params: initParams(config, 'score', createRng(4)) };
}

async function outputs(model: Pick<Tiny, 'config' | 'params'>): Promise<number[][]> {
  const scorer = createScorer(model.config, model.params, resources);
  const found = await scorer.outputs(texts);
  await scorer.release();
  return found.map((x) => [...x]);
}

describe('several outputs of a score head', () => {
  it('gives each text its own row, whatever the batch', async () => {
    const model = threeHeads();
    const all = await outputs(model);
    assert.deepEqual(all.map((r) => r.length), [3, 3, 3, 3]);
    const scorer = createScorer(model.config, model.params, { ...resources, maxCells: 1 });
    for (const [i, text] of texts.entries()) allNear(Float64Array.from((await scorer.outputs([text]))[0]!), all[i]!, 1e-5);
    await scorer.release();
  });

  it('gives the same to answers that share a row with their prompt, however many do', async () => {
    const model = threeHeads();
    const prompts = [[[3, 10, 5], [3, 10, 6, 7], [3, 10, 9]], [[4, 5, 6, 7, 8], [4, 6]], [[15]]];
    for (const maxCells of [1, 12, 10_000]) {
      const scorer = createScorer(model.config, model.params, { ...resources, maxCells });
      const apart = await scorer.outputs(prompts.flat());
      for (const each of [1, 2, 3]) {
        const shared = await scorer.shared(prompts, each);
        assert.deepEqual(shared.map((s) => s.length), [9, 6, 3]);
        allNear(Float64Array.from(shared.flatMap((s) => [...s])), apart.flatMap((s) => [...s]), 1e-5);
      }
      await scorer.release();
    }
  });

  it('combines them by weights into one output', async () => {
    const model = threeHeads();
    const all = await outputs(model);
    const weights = [1, -2, 0.5];
    const combined = await outputs({ ...model, ...combineOutputs(model, weights) });
    combined.forEach(([x], i) => {
      near(x, all[i]!.reduce((s, y, k) => s + y * weights[k]!, 0), 1e-4);
    });
  });

  it('normalises a combination by means and covariance of the outputs', async () => {
    const model = threeHeads();
    const all = await outputs(model);
    const n = all.length;
    const means = [0, 1, 2].map((k) => all.reduce((s, r) => s + r[k]!, 0) / n);
    const covariance = [0, 1, 2].map((i) => [0, 1, 2].map((j) => all.reduce((s, r) => s + (r[i]! - means[i]!) * (r[j]! - means[j]!), 0) / (n - 1)));
    const config = { id2label: { 0: 'helpful', 1: 'honest', 2: 'harmless' }, means, covariance };
    const opened = { ...model, configJson: config, folder: 'x' } as unknown as Opened;
    const known = outputsOf(config, 3, 'config.json');
    const reward = combineRewards(opened, known, { helpful: 1, harmless: 2 }, 'config.json');
    const scores = (await outputs({ ...model, ...reward })).map(([x]) => (x! - reward.mean) / reward.std);
    near(scores.reduce((a, b) => a + b, 0) / n, 0, 1e-4);
    near(scores.reduce((a, b) => a + b * b, 0) / (n - 1), 1, 1e-4);
    assert.throws(() => combineRewards(opened, known, { kind: 1 }, 'config.json'), /"kind".*helpful, honest, harmless/);
    assert.throws(() => combineRewards(opened, known, { helpful: 0 }, 'config.json'), /weight 0/);
    assert.throws(() => combineRewards(opened, { ...known, known: false }, undefined, 'config.json'), /nothing says which is the reward/);
    assert.throws(() => outputsOf({ ...config, means: [1] }, 3, 'config.json'), /means is \[1\], expected a list of 3/);
  });

  it('gives probabilities that a temperature in the weights makes flatter', async () => {
    const model = threeHeads();
    const logits = await outputs(model);
    const params = cloneParams(model.params);
    scaleOutputs(params, [1, 0.5, 0.1]);
    const scorer = createRuleScorer(model.config, params, resources);
    const found = await scorer.probabilities(texts);
    await scorer.release();
    found.forEach((row, i) => {
      allNear(row, [1, 0.5, 0.1].map((t, k) => 1 / (1 + Math.exp(-t * logits[i]![k]!))), 1e-5);
    });
  });
});
