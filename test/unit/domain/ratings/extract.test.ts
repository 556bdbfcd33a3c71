import assert from 'node:assert/strict';
import fc from 'fast-check';
import { generation, labelItems, response } from '../../../../src/domain/content';
import { buffersOf, extract } from '../../../../src/domain/ratings/extract';
import type { Extracted } from '../../../../src/domain/ratings/extract';
import { rate } from '../../../../src/domain/ratings/report';
import { rankedPairs } from '../../../../src/domain/ranks';
import type { Label, Verdict } from '../../../../src/domain/records';
import { anyLabel, labelOf } from '../records-of';

const item = generation('p', [response('long answer of a', 'a'), response('**b**', 'b'), response('c', 'c')]);
const other = generation('q', [response('one', 'a'), response('two', 'a'), response('three', 'b'), response('one', 'c')]);

/** The pairs in words: `a>b`, `a=b`, with what is known of the order. */
function said({ sources, pairs }: Extracted): string[] {
  return Array.from(pairs.a, (a, c) => {
    const names = [sources[a]!, sources[pairs.b[c]!]!];
    const turned = pairs.outcome[c] === 0;
    const [x, y] = turned ? names.reverse() : names;
    return `${x!}${pairs.outcome[c] === 0.5 ? '=' : '>'}${y!}${['<', '', '!'][(turned ? -pairs.order[c]! : pairs.order[c]!) + 1]!}`;
  });
}

describe('labels as comparisons of sources', () => {
  it('are every pair whose order is said, with what was shown first', () => {
    const found = extract([labelOf(item, { id: '1', ranks: [2, 1, 2], shown: [2, 0, 1] })]);
    assert.deepEqual(said(found), ['b>a<', 'a=c<', 'b>c<']);
    assert.deepEqual([...found.rankings.model], [0, 1, 2]);
    assert.deepEqual([...found.rankings.rank], [2, 1, 2]);
    assert.equal(found.ties, 1);
    assert.deepEqual(said(extract([labelOf(item, { id: '1', ranks: [1, 2, 3] })])), ['a>b', 'a>c', 'b>c'], 'nobody knows what was shown first');
  });

  it('keep a top-k ranking and that of a subset apart', () => {
    const ranks = [1, 2, null];
    const topK = extract([labelOf(item, { id: '1', ranks, unranked: 'top_k' })]);
    assert.deepEqual(said(topK), ['a>b', 'a>c', 'b>c']);
    assert.deepEqual([...topK.rankings.rank], [1, 2, 0]);
    const subset = extract([labelOf(item, { id: '1', ranks, unranked: 'subset' })]);
    assert.deepEqual(said(subset), ['a>b']);
    assert.deepEqual([subset.sources, [...subset.rankings.rank]], [['a', 'b'], [1, 2]]);
  });

  it('are ties only when somebody said so', () => {
    for (const verdict of ['all_bad', 'unsure', 'skipped', 'answered'] satisfies Verdict[]) {
      const { pairs, labels, leftOut } = extract([labelOf(item, { id: '1', verdict })]);
      assert.deepEqual([pairs.a.length, labels, leftOut.verdicts], [0, 0, { [verdict]: 1 }]);
    }
    assert.deepEqual(said(extract([labelOf(item, { id: '1', verdict: 'tie' })])), ['a=b', 'a=c', 'b=c']);
  });

  it('leave out an answer against one of its own source, or of the same text, and say so', () => {
    const found = extract([labelOf(other, { id: '1', ranks: [1, 2, 3, 4] })]);
    assert.deepEqual(said(found), ['a>b', 'a>b', 'a>c', 'b>c']);
    assert.deepEqual([found.leftOut.sameSource, found.leftOut.sameText], [1, 1]);
    assert.equal(extract([labelOf(generation('x', [response('1', 'a'), response('2', 'a')]), { id: '1' })]).labels, 0);
  });

  it('have a cluster for every prompt', () => {
    const { pairs } = extract([labelOf(item, { id: '1' }), labelOf(other, { id: '2' }), labelOf(item, { id: '3', labeler: 'bert' })]);
    assert.equal(pairs.clusters, 2);
    assert.deepEqual([...pairs.cluster], [0, 0, 0, 1, 1, 1, 1, 0, 0, 0]);
  });

  it('are those of one task, of ordinary labels, of admitted labelers with their weights', () => {
    const labels = [labelOf(item, { id: '1' }), labelOf(item, { id: '2', task: 'other' }), labelOf(item, { id: '3', kind: 'repeat' }), labelOf(item, { id: '4', kind: 'gold' }), labelOf(item, { id: '5', kind: 'adjudication' }), labelOf(item, { id: '6', labeler: 'bert' })];
    const found = extract(labels, { task: 'ranking', admitted: new Map([['anna', 2]]) });
    assert.deepEqual([found.labels, [...found.labelers], found.leftOut.checks, found.leftOut.notAdmitted], [1, [['anna', 1]], 2, 1]);
    assert.deepEqual([...found.pairs.weight], [2, 2, 2]);
    assert.equal(extract(labels).labels, 3, 'of all tasks and everybody');
  });

  it('take an adjudication in place of the labels of the same item, if asked to, and if it is an admitted labeler\'s', () => {
    const labels = [labelOf(item, { id: '1' }), labelOf(item, { id: '2', labeler: 'bert', ranks: [3, 2, 1] }), labelOf(item, { id: '3', labeler: 'chief', kind: 'adjudication', ranks: [2, 1, 3], adjudicates: ['1', '2'] })];
    assert.deepEqual(said(extract(labels, { settled: true, admitted: new Map([['anna', 1], ['chief', 1]]) })), ['b>a', 'a>c', 'b>c']);
    assert.equal(extract(labels, { settled: true }).leftOut.settled, 2);
    assert.equal(extract(labels, { settled: true, admitted: new Map([['anna', 1]]) }).labels, 1);
    assert.equal(extract(labels).labels, 2);
  });

  it('are those by a criterion, if asked to', () => {
    const labels: Label[] = [labelOf(item, { id: '1', verdict: 'answered', criteriaRanks: { helpful: [2, 1, null] } }), labelOf(item, { id: '2', labeler: 'b' }), labelOf(item, { id: '3', labeler: 'c', verdict: 'unsure', criteriaRanks: { helpful: [1, 2, 3] } })];
    const found = extract(labels, { criterion: 'helpful' });
    assert.deepEqual(said(found), ['b>a', 'a>c', 'b>c']);
    assert.deepEqual([found.leftOut.noCriterion, found.leftOut.verdicts.unsure], [1, 1]);
  });

  it('have differences of style, 0 where a text is gone', () => {
    const texts = new Map(item.responses.map((r) => [r.hash, r.text]));
    const { pairs } = extract([labelOf(item, { id: '1' })], { text: (hash) => texts.get(hash) });
    assert.deepEqual(pairs.covariates.map((c) => c.name), ['words', 'bold']);
    assert.ok(pairs.covariates[0]!.values[0]! > 0 && pairs.covariates[0]!.values[2] === 0);
    assert.deepEqual(extract([labelOf(item, { id: '1' })], { text: () => undefined }).pairs.covariates, []);
  });

  it('do not depend on the order of labels in what they say of each model', () => {
    const labels = [labelOf(item, { id: '1', ranks: [3, 1, 2] }), labelOf(other, { id: '2' }), labelOf(item, { id: '3', labeler: 'b', ranks: [1, 3, 2] })];
    const rated = (list: Label[]): number[] => {
      const { pairs, rankings } = extract(list);
      return rate({ method: 'bradley-terry', pairs, rankings, draws: 0, seed: 0 }).models.map((m) => Math.round(m.rating * 1e6));
    };
    assert.deepEqual(rated([...labels].reverse()), rated(labels));
  });

  it('are well formed whatever the labels', () => {
    fc.assert(fc.property(fc.array(anyLabel, { maxLength: 12 }), (labels) => {
      const varied = labels.map((l) => ({ ...l, items: l.items.map((x, i) => ({ ...x, source: ['base', 'tuned', 'other'][i % 3]! })) }));
      const { pairs, rankings, sources } = extract(varied);
      assert.ok([...pairs.a, ...pairs.b, ...rankings.model].every((m) => m >= 0 && m < sources.length));
      assert.ok(pairs.a.every((a, c) => a !== pairs.b[c]));
      // The same comparisons as training takes.
      const expected = varied.flatMap((l) => rankedPairs(l.verdict, l.items.length, l.ranks, l.unranked).filter(({ i, j }) => l.items[i]!.source !== l.items[j]!.source && l.items[i]!.hash !== l.items[j]!.hash).map(({ i, j, p }) => `${l.items[i]!.source}${p === 1 ? '>' : '='}${l.items[j]!.source}`));
      assert.deepEqual(said(extract(varied)).sort(), expected.sort());
      assert.equal(rankings.start.at(-1), rankings.model.length);
      assert.equal(rankings.start.length, rankings.weight.length + 1);
      assert.equal(new Set(buffersOf({ pairs, rankings })).size, 11);
    }));
  });

  it('know the answers that a label judged', () => {
    assert.deepEqual(extract([labelOf(item, { id: '1' })]).sources, [...new Set(labelItems(item).map((i) => i.source))].sort());
  });
});
