import assert from 'node:assert/strict';
import { keyOfGeneration } from '../../../src/domain/content';
import { everyItem } from '../../../src/domain/item-filter';
import { createLabelIndex } from '../../../src/domain/label-index';
import type { LabelIndex } from '../../../src/domain/label-index';
import { createSearch } from '../../../src/extension/items/search';
import type { Data } from '../../../src/extension/session';
import type { ItemsResult, Superseded } from '../../../src/protocol/panels-items';
import { projectSchema } from '../../../src/protocol/project';
import { generationOf, labelOf } from '../domain/records-of';

const items = Array.from({ length: 3000 }, (_, i) => generationOf(`prompt ${i}`, 2, `model-${i % 3}`));

function dataOf(index: LabelIndex): Data {
  const project = projectSchema.parse({ tasks: [{ id: 'ranking', preference: { form: 'ranking' } }, { id: 'few', title: 'Few', sets: ['b'], flags: ['x'] }] });
  const generations = [{ name: 'a', file: 'a', records: items.slice(0, 2000) }, { name: 'b', file: 'b', records: items.slice(2000) }];
  return { project, prompts: [], generations, screening: [], index, labels: index.current(), byKey: () => new Map(), problems: [] };
}

const found = (result: ItemsResult | Superseded): ItemsResult => {
  assert.ok(!('superseded' in result));
  return result;
};

describe('extension/items/search', () => {
  it('finds, hands out windows, and keeps its place', async () => {
    const index = createLabelIndex([labelOf(items[7]!, { id: '1' }), labelOf(items[7]!, { id: '2', labeler: 'bert', ranks: [2, 1] }), labelOf(items[2500]!, { id: '3', flags: [['rude'], []] })]);
    const data = dataOf(index);
    const search = createSearch(() => Promise.resolve(data), () => Promise.resolve('anna'));
    const all = found(await search.find(undefined, everyItem, keyOfGeneration(items[2500]!)));
    assert.deepEqual([all.count, all.total, all.position, all.task], [3000, 3000, 2500, 'ranking']);
    assert.deepEqual(all.facts, { 'unlabeled-by-me': 2998, unlabeled: 2998, disagreement: 1, flagged: 1, 'all-bad': 0, unsure: 0 });
    assert.deepEqual(all.choices, { tasks: [{ id: 'ranking', title: 'ranking' }, { id: 'few', title: 'Few' }], labelers: ['anna', 'bert'], tags: [], models: ['model-0', 'model-1', 'model-2'], sets: ['a', 'b'] });
    const [row] = search.rows(all.version, 7, 1);
    assert.deepEqual(row, { key: keyOfGeneration(items[7]!), prompt: 'prompt 7', set: 'a', answers: 2, models: ['model-1'], tags: [], mine: 'ranked', labelers: ['anna', 'bert'], disagreement: 1, settled: false, flags: [], allBad: false });
    const disputed = found(await search.find(undefined, { ...everyItem, only: ['disagreement'] }, undefined));
    assert.deepEqual(search.rows(disputed.version, 0, 9).map((r) => r.prompt), ['prompt 7']);
    assert.deepEqual(search.rows(all.version, 0, 9), []);
  });

  it('knows the items of each task', async () => {
    const data = dataOf(createLabelIndex());
    const search = createSearch(() => Promise.resolve(data), () => Promise.resolve('anna'));
    const few = found(await search.find('few', everyItem, undefined));
    assert.deepEqual([few.total, few.task], [1000, 'few']);
    assert.equal(search.item(keyOfGeneration(items[2000]!, 'few'))!.item.generation, items[2000]);
    assert.equal(search.item(keyOfGeneration(items[0]!, 'few')), undefined);
    assert.equal(found(await search.find('gone', everyItem, undefined)).task, 'ranking');
  });

  it('a later search ends an earlier one', async () => {
    const data = dataOf(createLabelIndex());
    const search = createSearch(() => Promise.resolve(data), () => Promise.resolve('anna'));
    const results = await Promise.all(['p', 'pr', 'prompt 2999'].map((text) => search.find(undefined, { ...everyItem, text }, undefined)));
    assert.deepEqual(results.slice(0, 2), [{ superseded: true }, { superseded: true }]);
    assert.equal(found(results[2]!).count, 1);
  });

  it('sees new labels when it is told that something changed', async () => {
    const index = createLabelIndex();
    const data = dataOf(index);
    const search = createSearch(() => Promise.resolve(data), () => Promise.resolve('anna'));
    const unlabeled = async (): Promise<number> => found(await search.find(undefined, { ...everyItem, only: ['unlabeled'] }, undefined)).count;
    assert.equal(await unlabeled(), 3000);
    index.add([labelOf(items[0]!, { id: '1', labeler: 'bert' }), labelOf(items[2999]!, { id: '2', labeler: 'bert' })]);
    search.changed();
    assert.equal(await unlabeled(), 2998);
    assert.equal(found(await search.find(undefined, { ...everyItem, labeler: 'bert', text: '2999' }, undefined)).count, 1);
  });
});
