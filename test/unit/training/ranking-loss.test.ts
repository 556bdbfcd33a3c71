import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { gradients } from '../../../src/engine/autodiff';
import { input, newGraph, output, type Graph, type Value } from '../../../src/engine/graph';
import { createSession, type Feed } from '../../../src/engine/session';
import type { Comparison, Pair } from '../../../src/training/comparisons';
import { packPairs, pairLoss } from '../../../src/training/pairs';
import { packStages, rankingLoss, stagesOf } from '../../../src/training/ranking-loss';
import { allNear, near } from './near';

/** `test/fixtures/reward/make_losses.py` computes these with PyTorch. */
interface Case {
  readonly name: string;
  readonly rewards: number[];
  readonly loss: number;
  readonly grad: number[];
  readonly groups?: number[][];
  readonly openEnd?: boolean;
  readonly pairs?: { i: number; j: number; strength?: 1 | 2 | 3 | 4 }[];
  readonly margins?: number[];
}
const cases = JSON.parse(readFileSync('test/fixtures/reward/losses.json', 'utf8')) as Case[];
const said = { labeler: 'anna', label: 'l' };

/** The pairs of a ranking by groups of tied items; those of the last group are not compared when it is open. */
function pairsOf(groups: readonly (readonly number[])[], openEnd = false): Pair[] {
  const pairs: Omit<Pair, 'weight'>[] = groups.flatMap((group, g) =>
    group.flatMap((i, k) => [
      ...groups.slice(g + 1).flat().map((j) => ({ i, j, p: 1, ...said })),
      ...(openEnd && g === groups.length - 1 ? [] : group.slice(k + 1).map((j) => ({ i, j, p: 0.5, ...said }))),
    ]),
  );
  return pairs.map((p) => ({ ...p, weight: 1 / pairs.length }));
}

const comparison = (texts: number, pairs: readonly Pair[]): Comparison => ({ texts: Array.from({ length: texts }, () => [1]), lengths: Array.from({ length: texts }, () => 1), pairs });

async function lossOf(rewards: readonly number[], feeds: Record<string, Feed>, build: (g: Graph, r: Value) => Value): Promise<{ loss: number; grad: number[] }> {
  const g = newGraph();
  const r = input(g, 'r', 'float32', [rewards.length]);
  const loss = build(g, r);
  output(g, 'loss', loss);
  output(g, 'grad', gradients(g, loss, [r])[0]!);
  const session = await createSession(g, { threads: 1 });
  const out = await session.run({ r: Float32Array.from(rewards), ...feeds });
  await session.release();
  return { loss: (out['loss'] as Float32Array)[0]!, grad: [...(out['grad'] as Float32Array)] };
}

function rankingLossOf(rewards: readonly number[], comparisons: readonly Comparison[], totalWeight = 1): Promise<{ loss: number; grad: number[] }> {
  const { shape, feeds } = packStages(comparisons, totalWeight);
  return lossOf(rewards, feeds, (g, r) => rankingLoss(g, r, shape));
}

function pairwise(rewards: readonly number[], c: Comparison, margin: 0 | readonly number[] = 0): Promise<{ loss: number; grad: number[] }> {
  const packed = packPairs([c], 1, { noise: 0, margin });
  return lossOf(rewards, packed, (g, r) => pairLoss(g, r, packed.i.length));
}

describe('losses of rankings', () => {
  for (const { name, rewards, loss, grad, groups, openEnd } of cases.filter((c) => c.groups !== undefined)) {
    it(`Plackett–Luce: ${name}, as PyTorch computes it`, async () => {
      const found = await rankingLossOf(rewards, [comparison(rewards.length, pairsOf(groups!, openEnd))]);
      near(found.loss, loss, 1e-5);
      allNear(found.grad, grad, 1e-5);
    });
  }

  it('margins by strength, as PyTorch computes them', async () => {
    const { rewards, loss, grad, pairs, margins } = cases.find((c) => c.pairs !== undefined)!;
    const found = await pairwise(rewards, comparison(3, pairs!.map((p) => ({ ...p, p: 1, weight: 1 / 4, ...said }))), margins);
    near(found.loss, loss, 1e-6);
    allNear(found.grad, grad, 1e-6);
    const tie: Pair[] = [{ i: 0, j: 1, p: 0.5, weight: 1, strength: 4, ...said }];
    near((await pairwise(rewards, comparison(3, tie), margins)).loss, (await pairwise(rewards, comparison(3, tie))).loss, 0);
  });

  it('has the golden values of the literature, and is Bradley–Terry for two', async () => {
    const ranking = comparison(4, pairsOf([[0], [1], [2], [3]]));
    near((await pairwise([2, 1, 0, -1], ranking)).loss, 0.2070380727, 1e-6);
    near((await rankingLossOf([2, 1, 0, -1], [ranking])).loss, 1.1610573505, 1e-6);
    near((await rankingLossOf([2, 1, 0, -1], [comparison(4, pairsOf([[0], [1, 2, 3]], true))])).loss, 0.4401896986, 1e-6); // PickBest
    for (const groups of [[[0], [1]], [[0, 1]]]) {
      const two = comparison(2, pairsOf(groups));
      const [a, b] = [await pairwise([0.7, -0.4], two), await rankingLossOf([0.7, -0.4], [two])];
      near(a.loss, b.loss, 1e-6);
      allNear(a.grad, b.grad, 1e-6);
    }
  });

  it('takes each label for itself, and pair by pair where its pairs are no order', async () => {
    const ben = { labeler: 'ben', label: 'm' };
    const two = [...pairsOf([[0], [1], [2]]), ...pairsOf([[2], [0], [1]]).map((p) => ({ ...p, ...ben, weight: 2 * p.weight }))];
    const stages = stagesOf(two);
    assert.deepEqual(stages.map(({ members, weight }) => [members, Number(weight.toFixed(9))]), [[[0, 1, 2], 1], [[1, 2], 1], [[2, 0, 1], 2], [[0, 1], 2]]);
    const circle: Pair[] = [[0, 1], [1, 2], [2, 0]].map(([i, j]) => ({ i: i!, j: j!, p: 1, weight: 1 / 3, ...said }));
    const c = comparison(3, circle);
    near((await rankingLossOf([0.5, -0.2, 1], [c])).loss, (await pairwise([0.5, -0.2, 1], c)).loss, 1e-6);
    // Two comparisons of one batch do not mix.
    const first = comparison(2, pairsOf([[0], [1]]));
    near((await rankingLossOf([1, 0, 3, -1], [first, first], 2)).loss, (Math.log1p(Math.exp(-1)) + Math.log1p(Math.exp(-4))) / 2, 1e-6);
  });
});
