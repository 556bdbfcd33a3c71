import assert from 'node:assert/strict';
import fc from 'fast-check';
import { keyOfGeneration } from '../../../src/domain/content';
import { collectItems, countFacts, everyItem, factHolds, filterItems, itemFacts, itemSorts, itemState, narrows } from '../../../src/domain/item-filter';
import type { Item, ItemFilter, ItemState } from '../../../src/domain/item-filter';
import type { Generation, PromptRecord } from '../../../src/domain/records';
import { at, generationOf, labelOf } from './records-of';

/** What a generator returns, however often it pauses. */
function run<T>(work: Generator<undefined, T>): T {
  for (;;) {
    const next = work.next();
    if (next.done === true) return next.value;
  }
}

const one = generationOf('What is a Loom?', 2, 'base');
const two = generationOf('Why is the sky blue', 3, 'policy@r1');
const chat: Generation = { ...generationOf('x', 2), messages: [{ role: 'user', content: 'Tell me (again)' }] };
const sets = [
  { name: 'a', records: [one, two, { ...two, id: 'again' }] },
  { name: 'b', records: [two, chat, generationOf('alone', 1)] },
];
const prompts: { name: string; records: PromptRecord[] }[] = [{ name: 'p', records: [{ v: 1, id: '1', prompt: 'What is a Loom?', tags: ['craft'] }, { v: 1, id: '2', messages: [{ role: 'user', content: 'Tell me (again)' }], tags: ['chat', 'craft'] }, { v: 1, id: '3', prompt: 'alone' }] }];
const several = (g: Generation): boolean => g.responses.length >= 2;
const { items, byKey } = run(collectItems('ranking', sets, prompts, undefined, several));

const states: ItemState[] = [
  itemState([labelOf(one, { id: '1', flags: [['rude'], []], at: at(5) }), labelOf(one, { id: '2', labeler: 'bert', verdict: 'all_bad', at: at(9) })], 'anna', 0.5),
  itemState([labelOf(two, { id: '3', labeler: 'bert', verdict: 'skipped', at: at(7) }), labelOf(two, { id: '4', kind: 'repeat', verdict: 'all_bad' })], 'anna', undefined),
  itemState([], 'anna', undefined),
];
const found = (filter: Partial<ItemFilter>): number[] => [...run(filterItems(items, states, { ...everyItem, ...filter }))];

describe('domain/item-filter', () => {
  it('collects each item once, with its sets, models and tags', () => {
    assert.deepEqual(items.map((i) => i.key), [one, two, chat].map((g) => keyOfGeneration(g)));
    assert.deepEqual([...byKey], items.map((item, i) => [item.key, i]));
    assert.deepEqual(items.map((i) => i.sets), [['a'], ['a', 'b'], ['b']]);
    assert.deepEqual(items.map((i) => i.models), [['base'], ['policy@r1'], ['base']]);
    assert.deepEqual(items.map((i) => i.tags), [['craft'], [], ['chat', 'craft']]);
    assert.deepEqual(run(collectItems('t', sets, prompts, ['b'], several)).items.map((i) => i.generation.id), [two.id, chat.id]);
    assert.equal(run(collectItems('t', sets, prompts, undefined, () => true)).items.length, 4);
  });

  it('knows the state of an item', () => {
    assert.deepEqual({ ...states[0], labels: 0 }, { labels: 0, mine: 'ranked', labelers: ['anna', 'bert'], disagreement: 0.5, settled: false, flags: ['rude'], allBad: true, unsure: false, at: at(9) });
    assert.deepEqual({ ...states[1], labels: 0 }, { labels: 0, labelers: ['bert'], settled: false, flags: [], allBad: false, unsure: true, at: at(7) });
    assert.deepEqual(run(countFacts(states)), { 'unlabeled-by-me': 2, unlabeled: 1, disagreement: 1, flagged: 1, 'all-bad': 1, unsure: 1 });
  });

  it('filters', () => {
    assert.deepEqual(found({}), [0, 1, 2]);
    assert.deepEqual(found({ only: ['unlabeled-by-me'] }), [1, 2]);
    assert.deepEqual(found({ only: ['unlabeled'] }), [2]);
    assert.deepEqual(found({ only: ['disagreement', 'flagged'] }), [0]);
    assert.deepEqual(found({ only: ['unsure'] }), [1]);
    assert.deepEqual(found({ labeler: 'bert' }), [0, 1]);
    assert.deepEqual(found({ tag: 'craft' }), [0, 2]);
    assert.deepEqual(found({ model: 'policy@r1' }), [1]);
    assert.deepEqual(found({ set: 'b' }), [1, 2]);
    assert.deepEqual(found({ text: ' loom ' }), [0]);
    assert.deepEqual(found({ text: 'SKY  blue answer 2' }), [1]);
    assert.deepEqual(found({ text: '(again)' }), [2]);
    assert.deepEqual(found({ text: 'nowhere' }), []);
  });

  it('a disagreement that was settled is none', () => {
    const settled = itemState([...states[0]!.labels, labelOf(one, { id: '9', kind: 'adjudication', labeler: 'carl' })], 'anna', 0.5);
    assert.equal(factHolds.disagreement(settled), false);
    assert.deepEqual(settled.labelers, ['anna', 'bert']);
  });

  it('sorts', () => {
    assert.deepEqual(found({ sort: 'newest' }), [2, 1, 0]);
    assert.deepEqual(found({ sort: 'disagreement' }), [0, 1, 2]);
    assert.deepEqual(found({ sort: 'labeled' }), [0, 1, 2]);
  });

  it('narrowing finds the same among what was found before', () => {
    const anyFilter = fc.record({
      only: fc.subarray([...itemFacts], { maxLength: 2 }),
      text: fc.constantFrom('', 'a', 'an', 'answer', 'sky', 'The  Sky'),
      labeler: fc.constantFrom(undefined, 'bert'),
      tag: fc.constantFrom(undefined, 'craft'),
      model: fc.constantFrom(undefined, 'base'),
      set: fc.constantFrom(undefined, 'b'),
      sort: fc.constantFrom(...itemSorts),
    });
    let narrowed = 0;
    fc.assert(
      fc.property(anyFilter, anyFilter, (before, next) => {
        if (!narrows(before, next)) return;
        narrowed++;
        assert.deepEqual(run(filterItems(items, states, next, run(filterItems(items, states, before)))), run(filterItems(items, states, next)));
      }),
      { numRuns: 2000 },
    );
    assert.ok(narrowed > 20);
  });

  it('pauses every few hundred items', () => {
    const many: Item[] = Array.from({ length: 10_000 }, () => items[0]!);
    const work = filterItems(many, many.map(() => states[2]!), everyItem);
    let pauses = 0;
    while (work.next().done !== true) pauses++;
    assert.ok(pauses >= 30, `${pauses} pauses`);
  });
});
