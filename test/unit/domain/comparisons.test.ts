import assert from 'node:assert/strict';
import fc from 'fast-check';
import { foldComparisons } from '../../../src/domain/comparisons';
import { generation, labelItems, response } from '../../../src/domain/content';
import { foldLabels } from '../../../src/domain/labels';
import { exampleSchemas } from '../../../src/protocol/data';
import { anyHistory, generationOf, labelOf } from './records-of';

const g = generationOf('p', 3);
const everybody = new Map([['anna', 1], ['bert', 2], ['Bert Ö.', 1], ['con', 0.5]]);
const items = Array.from({ length: 5 }, (_, n) => generationOf(`prompt ${n}`, 2 + (n % 4)));

/** Pairs as texts, which do not depend on how responses are numbered. */
function told(c: ReturnType<typeof foldComparisons>): string[] {
  return c.examples.flatMap((e) => e.pairs.map((p) => `${p.label}: ${e.responses[p.i]} ${p.p === 1 ? '>' : '='} ${e.responses[p.j]} @${p.weight.toFixed(4)}`)).sort();
}

describe('domain/comparisons', () => {
  it('makes one element of each prompt, over all its labels and generations', () => {
    const more = generation('p', [response('new', 'policy@run'), response('p answer 0', 'policy@run')]);
    const labels = [labelOf(g, { id: 'a', ranks: [2, 1, 2] }), labelOf(g, { id: 'b', labeler: 'bert', ranks: [1, 2, 3] }), labelOf(more, { id: 'c', ranks: [1, 2] })];
    const c = foldComparisons(labels, [g, more], { admitted: everybody });
    assert.equal(c.examples.length, 1);
    const [e] = c.examples;
    assert.equal(e!.prompt, 'p');
    assert.deepEqual([...e!.responses].sort(), ['new', 'p answer 0', 'p answer 1', 'p answer 2']);
    assert.deepEqual(told(c), [
      'a: p answer 0 = p answer 2 @0.3333',
      'a: p answer 1 > p answer 0 @0.3333',
      'a: p answer 1 > p answer 2 @0.3333',
      'b: p answer 0 > p answer 1 @0.6667',
      'b: p answer 0 > p answer 2 @0.6667',
      'b: p answer 1 > p answer 2 @0.6667',
      'c: new > p answer 0 @1.0000',
    ]);
    assert.equal(e!.split, 'train');
  });

  it('admits labelers and counts verdicts, each for itself', () => {
    const labels = [
      labelOf(g, { id: 'a' }),
      labelOf(generationOf('q', 2), { id: 'b', verdict: 'all_bad' }),
      labelOf(generationOf('r', 2), { id: 'c', verdict: 'unsure' }),
      labelOf(generationOf('s', 2), { id: 'd', verdict: 'skipped' }),
      labelOf(generationOf('t', 2), { id: 'e', verdict: 'tie' }),
      labelOf(g, { id: 'f', labeler: 'stranger' }),
      labelOf(g, { id: 'g', task: 'best' }),
    ];
    const c = foldComparisons(labels.slice(0, 6), [g, ...'qrst'.split('').map((p) => generationOf(p, 2))], { admitted: everybody });
    assert.deepEqual(c.verdicts, { ranked: 1, tie: 1, all_bad: 1, answered: 0, unsure: 1, skipped: 1 });
    assert.equal(c.notAdmitted, 1);
    assert.deepEqual(c.examples.map((e) => e.prompt).sort(), ['p', 't']);
    assert.deepEqual(c.problems, []);
  });

  it('takes every task, or one', () => {
    const labels = [labelOf(g, { id: 'a' }), labelOf(g, { id: 'b', task: 'best', ranks: [1, null, null], unranked: 'top_k' })];
    assert.equal(told(foldComparisons(labels, [g], { admitted: everybody })).length, 3 + 2);
    assert.deepEqual(told(foldComparisons(labels, [g], { admitted: everybody, task: 'best' })), ['b: p answer 0 > p answer 1 @0.5000', 'b: p answer 0 > p answer 2 @0.5000']);
  });

  it('learns from judgements, not from tests of the labelers', () => {
    const kinds = (['repeat', 'gold', 'screening'] as const).map((kind) => labelOf(g, { id: kind, kind }));
    const c = foldComparisons(kinds, [g], { admitted: everybody });
    assert.deepEqual([c.examples, c.verdicts.ranked, c.notAdmitted], [[], 0, 0]);
  });

  it('takes an adjudication instead of what it settles, if its author is admitted', () => {
    const q = generationOf('q', 2);
    const labels = [
      labelOf(g, { id: 'a', ranks: [1, 2, 3] }),
      labelOf(g, { id: 'b', labeler: 'bert', ranks: [3, 2, 1] }),
      labelOf(q, { id: 'c' }),
      labelOf(g, { id: 'd', labeler: 'con', kind: 'adjudication', adjudicates: ['a', 'b'], ranks: [2, 1, 2] }),
    ];
    const c = foldComparisons(labels, [g, q], { admitted: everybody });
    assert.equal(c.settled, 2);
    assert.deepEqual(told(c).map((t) => t.slice(0, 2)), ['c:', 'd:', 'd:', 'd:']);
    const without = foldComparisons(labels, [g, q], { admitted: new Map([['anna', 1], ['bert', 1]]) });
    assert.deepEqual([without.settled, without.notAdmitted], [0, 1]);
    assert.deepEqual([...new Set(told(without).map((t) => t.slice(0, 2)))], ['a:', 'b:', 'c:']);
  });

  it('hands on how strong a preference was', () => {
    const pair = generationOf('s', 2);
    const c = foldComparisons([labelOf(pair, { id: 'a', ranks: [2, 1], strength: 4 })], [pair], { admitted: everybody });
    assert.equal(c.examples[0]!.pairs[0]!.strength, 4);
    assert.equal(exampleSchemas.reward.parse(c.examples[0]).pairs[0]!.strength, 4);
    const twice = { ...pair, responses: [...pair.responses, pair.responses[0]!] };
    const { pairs } = foldComparisons([labelOf(twice, { id: 'b', ranks: [2, 1, 2], strength: 3 })], [twice], { admitted: everybody }).examples[0]!;
    assert.deepEqual(pairs.map((p) => [p.strength, p.weight]), [[3, 0.5], [3, 0.5]], 'of equal answers, each pair with the other');
    assert.deepEqual(new Set(pairs.map((p) => [p.i, p.j].join())).size, 1);
  });

  it('reports labels whose texts are gone or changed', () => {
    const changed = { ...g, responses: g.responses.map((r, i) => (i === 1 ? { ...r, text: 'edited' } : r)) };
    const label = labelOf(g, { id: 'a' });
    assert.match(foldComparisons([label], [changed], { admitted: everybody }).problems[0]!.message, /label a .* was changed/);
    assert.match(foldComparisons([label], [], { admitted: everybody }).problems[0]!.message, /no generation has its prompt/);
    assert.match(foldComparisons([label], [generationOf('p', 2)], { admitted: everybody }).problems[0]!.message, /no generation has the answer/);
  });

  it('does not compare a text with itself', () => {
    const twin = generation('p', [response('same', 'a'), response('same', 'b'), response('other', 'c')]);
    const label = labelOf(twin, { id: 'a', items: labelItems(twin), ranks: [1, 2, 3] });
    const c = foldComparisons([label], [twin], { admitted: everybody });
    assert.deepEqual(told(c), ['a: same > other @0.5000', 'a: same > other @0.5000']);
    const only = generation('p', [response('same', 'a'), response('same', 'b')]);
    assert.deepEqual(foldComparisons([labelOf(only, { id: 'a' })], [only], { admitted: everybody }).examples, []);
  });

  it('gives what a run freezes, whatever the order of labels and generations; weights of a label sum to its labeler', () => {
    fc.assert(
      fc.property(anyHistory, fc.infiniteStream(fc.nat()), (lines, numbers) => {
        const { current } = foldLabels(lines);
        const c = foldComparisons(current, items, { admitted: everybody });
        const mixed = [...current].map((l) => [numbers.next().value, l] as const).sort(([a], [b]) => a - b).map(([, l]) => l);
        assert.deepEqual(foldComparisons(mixed, [...items].reverse(), { admitted: everybody }).examples, c.examples);
        const weights = new Map<string, number>();
        for (const e of c.examples) {
          assert.deepEqual(exampleSchemas.reward.parse(e), e);
          for (const p of e.pairs) {
            assert.ok(p.i < e.responses.length && p.j < e.responses.length && p.i !== p.j);
            weights.set(p.label, (weights.get(p.label) ?? 0) + p.weight);
          }
        }
        for (const [id, w] of weights) assert.ok(Math.abs(w - everybody.get(current.find((l) => l.id === id)!.labeler)!) < 1e-9);
      }),
      { numRuns: 200 },
    );
  });
});
