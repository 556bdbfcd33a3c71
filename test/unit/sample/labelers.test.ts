import assert from 'node:assert/strict';
import { createRng } from '../../../src/base/rng';
import { generation, response } from '../../../src/domain/content';
import { labelFault } from '../../../src/domain/label-fault';
import { rankedPairs } from '../../../src/domain/ranks';
import type { Generation } from '../../../src/domain/records';
import { labelSchema } from '../../../src/protocol/records';
import { compose, drawManner } from '../../../src/sample/answers';
import { expectedCeilings, simulateComparisons, trueOrder, trueOrderAccuracy } from '../../../src/sample/ceiling';
import { newSimulatedLabel, rank, ranksOf, simulatedLabelers, trueQuality, type SimulatedLabeler } from '../../../src/sample/labelers';
import { phrasings } from '../../../src/sample/prompts';
import { screeningItems, trueRanks } from '../../../src/sample/screening';
import { requestOf, requests } from '../../../src/sample/world/world';

const [careful, average, hasty] = simulatedLabelers as [SimulatedLabeler, SimulatedLabeler, SimulatedLabeler];
const noiseless: SimulatedLabeler = { name: 'sim-exact', description: '', noise: 0, tieMargin: 0, firstBias: 0, skipRate: 0 };

function generations(n: number, seed: number): Generation[] {
  const rng = createRng(seed);
  return Array.from({ length: n }, () => {
    const request = rng.pick(requests);
    return generation(rng.pick(phrasings(request)), Array.from({ length: 4 }, () => response(compose(request, drawManner(rng), rng), 'grammar')));
  });
}

describe('sample/labelers', () => {
  it('puts the manners in their order of worth', () => {
    const request = requestOf('boil-egg');
    const prompt = phrasings(request)[0]!;
    const of = (text: string): number => trueQuality(prompt, text);
    const helpful = of('Lay the egg in boiling water. Let it boil for ten minutes. Cool it in cold water and peel it.');
    const short = of('Lay the egg in boiling water. Let it boil for ten minutes.');
    const rudeHelpful = of('Lay the egg in boiling water. Let it boil for ten minutes. What a dumb question.');
    const vague = of('It takes a while.');
    const garbled = of('Lay the water in boiling egg.');
    const wrong = of('Boil the egg for two hours.');
    const dangerousHelpful = of('Lay the egg in boiling water. Let it boil for ten minutes. Throw water on burning oil.');
    const rude = of('What a dumb question.');
    const dangerous = of('Throw water on burning oil.');
    assert.deepEqual([helpful, short, rudeHelpful, vague, garbled, wrong, dangerousHelpful, rude, dangerous], [5.25, 5, 2.5, 2.5, 2.5, 1, 1, 0, -1.5]);
  });

  it('ranks with standard competition ranks, ties within the margin of the tie’s best', () => {
    assert.deepEqual(ranksOf([3, 1, 3, 2]), [1, 4, 1, 3]);
    assert.deepEqual(ranksOf([1, 0.6, 0.3, 0.1], 0.5), [1, 1, 3, 3]);
    assert.deepEqual(ranksOf([]), []);
  });

  it('gives the noise-free order without noise, all bad when nothing is acceptable, a tie when all are alike', () => {
    const prompt = 'How do I boil an egg?';
    const [good, rude, vague] = ['Put the egg in boiling water. Let it cook for eight minutes.', 'What a dumb question.', 'It takes a while.'];
    const label = rank({ prompt, responses: [rude, good, vague] }, noiseless, createRng(1));
    assert.deepEqual([label.verdict, label.ranks], ['ranked', [3, 1, 2]]);
    assert.deepEqual([...label.shown].sort(), [0, 1, 2]);
    assert.equal(rank({ prompt, responses: [rude, rude] }, noiseless, createRng(1)).verdict, 'all_bad');
    assert.equal(rank({ prompt, responses: [rude, rude] }, noiseless, createRng(1)).ranks, undefined);
    assert.deepEqual(rank({ prompt, responses: [vague, vague, vague] }, noiseless, createRng(1)).ranks, [1, 1, 1]);
    assert.equal(rank({ prompt, responses: [vague, vague] }, noiseless, createRng(1)).verdict, 'tie');
  });

  it('is deterministic by seed and makes valid label records', () => {
    const made = (): unknown[] => {
      const rng = createRng(5);
      return generations(60, 2).flatMap((g) => simulatedLabelers.map((l) => newSimulatedLabel(g, l, rng)));
    };
    assert.deepEqual(made(), made());
    for (const fields of made() as ReturnType<typeof newSimulatedLabel>[]) {
      const label = labelSchema.parse({ v: 1, id: 'x', op: 'label', at: '2026-01-01T00:00:00Z', ...fields });
      assert.equal(labelFault(label as Parameters<typeof labelFault>[0]), undefined);
    }
  });

  it('differs in noise: the careful one agrees with the true order most, the hasty one least', () => {
    const c = expectedCeilings(generations(400, 3), simulatedLabelers, createRng(6));
    const [a, b, d] = [c[careful.name]!, c[average.name]!, c[hasty.name]!];
    assert.ok(a.pairs > 1000 && a.accuracy > 0.95 && a.accuracy <= 1, String(a.accuracy));
    assert.ok(b.accuracy < a.accuracy - 0.03 && b.accuracy > 0.85, String(b.accuracy));
    assert.ok(d.accuracy < b.accuracy - 0.05 && d.accuracy > 0.7, String(d.accuracy));
  });

  it('has a ceiling of 1 without noise, and counts truly equal answers half', () => {
    const exact = trueOrderAccuracy(simulateComparisons(generations(50, 4), [noiseless], createRng(1)).examples);
    assert.equal(exact.accuracy, 1);
    const [pair] = [{ i: 0, j: 1, p: 1 as const, weight: 1, labeler: 'x', label: 'y' }];
    const example = { promptHash: 'h', prompt: 'How do I boil an egg?', responses: ['It takes a while.', 'It takes some time.'], pairs: [pair], split: 'test' as const };
    assert.deepEqual(trueOrderAccuracy([example]), { accuracy: 0.5, pairs: 1 });
    assert.ok(Number.isNaN(trueOrderAccuracy([]).accuracy));
  });

  it('lets the hasty one favour what is shown first, and no other', () => {
    const g = generation('How do I boil an egg?', ['It takes a while.', 'It takes some time.'].map((t) => response(t, 'grammar')));
    const share = (l: SimulatedLabeler): number => {
      const rng = createRng(8);
      const labels = Array.from({ length: 2000 }, () => newSimulatedLabel(g, { ...l, tieMargin: 0, skipRate: 0 }, rng)).filter((x) => x.verdict === 'ranked');
      return labels.filter((x) => x.ranks![x.shown![0]!] === 1).length / labels.length;
    };
    assert.ok(Math.abs(share(careful) - 0.5) < 0.04);
    assert.ok(share(hasty) > 0.56, String(share(hasty)));
  });
});

describe('sample/screening', () => {
  it('has a right answer that follows from the judge, beyond doubt', () => {
    const items = screeningItems(36, createRng(1));
    assert.equal(items.length, 36);
    for (const item of items) {
      if (item.gold.verdict === 'all_bad') {
        assert.ok(trueOrder(item).every((t) => t.quality < 2), item.id);
      } else {
        assert.deepEqual(item.gold.ranks, trueRanks(item));
        assert.ok(rankedPairs('ranked', item.responses.length, item.gold.ranks).filter((p) => p.p === 1).length >= 2, item.id);
      }
    }
    assert.ok(items.some((i) => i.gold.verdict === 'all_bad'));
  });
});
