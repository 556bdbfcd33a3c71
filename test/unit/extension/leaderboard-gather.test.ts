import assert from 'node:assert/strict';
import { generation, response } from '../../../src/domain/content';
import { createLabelIndex } from '../../../src/domain/label-index';
import type { Generation, Label } from '../../../src/domain/records';
import { gather } from '../../../src/extension/leaderboard/gather';
import { boardOptionsSchema } from '../../../src/protocol/panels-leaderboard';
import { projectSchema } from '../../../src/protocol/project';
import type { ProjectInput } from '../../../src/protocol/project';
import type { LiveData } from '../../../src/store/live-data';
import { labelOf } from '../domain/records-of';

const item = generation('p', [response('# A long answer', 'a'), response('short', 'b')]);
const alone = generation('q', [response('one', 'a'), response('two', 'a')]);

function data(labels: readonly Label[], generations: readonly Generation[] = [item], project: ProjectInput = {}): LiveData {
  const index = createLabelIndex(labels);
  return { project: projectSchema.parse(project), prompts: [], generations: [{ name: 'g', file: 'g.jsonl', records: [...generations] }], screening: [], index, labels: index.current(), byKey: () => new Map(), problems: [] };
}
const options = (fields: object = {}): ReturnType<typeof boardOptionsSchema.parse> => boardOptionsSchema.parse(fields);

describe('what a leaderboard is made from', () => {
  it('is said to be nothing, with the reason', async () => {
    const emptiness = async (d: LiveData): Promise<string | undefined> => (await gather(d, options())).view.empty;
    assert.equal(await emptiness(data([], [])), 'no-answers');
    assert.equal(await emptiness(data([], [alone])), 'one-source');
    assert.equal(await emptiness(data([])), 'no-labels');
    assert.equal(await emptiness(data([labelOf(item, { id: '1', verdict: 'all_bad' })])), 'no-order');
    assert.equal(await emptiness(data([labelOf(item, { id: '1' })])), undefined);
  });

  it('is the labels of admitted people, or of everybody with their weights', async () => {
    const d = data([labelOf(item, { id: '1' }), labelOf(item, { id: '2', labeler: 'bert' }), labelOf(item, { id: '3', labeler: 'con' })], [item], { labelers: [{ id: 'bert', admitted: false }, { id: 'con', weight: 3 }] });
    const admitted = await gather(d, options());
    assert.deepEqual([admitted.view.refused, [...admitted.extracted.pairs.weight].sort(), admitted.extracted.leftOut.notAdmitted], [['bert'], [1, 3], 1]);
    assert.deepEqual([...(await gather(d, options({ everyone: true }))).extracted.pairs.weight].sort(), [1, 1, 3]);
  });

  it('falls back when a task or criterion is gone, and holds no style where the method cannot', async () => {
    const d = data([labelOf(item, { id: '1', criteriaRanks: { helpful: [1, 2] } }), labelOf(item, { id: '2', task: 'old', labeler: 'bert' })]);
    const { view } = await gather(d, options({ task: 'gone', criterion: 'gone', style: true, method: 'elo' }));
    assert.deepEqual([view.options.task, view.options.criterion, view.options.style], ['', '', false]);
    assert.deepEqual(view.tasks.map((t) => [t.id, t.labels]), [['ranking', 1], ['old', 1]]);
    assert.deepEqual(view.criteria, [{ id: 'helpful', title: 'Helpful' }]);
    const kept = await gather(d, options({ task: 'ranking', criterion: 'helpful', style: true }));
    assert.deepEqual([kept.view.options.task, kept.view.options.criterion, kept.extracted.labels], ['ranking', 'helpful', 1]);
    assert.deepEqual(kept.extracted.pairs.covariates.map((c) => c.name), ['words', 'headers']);
  });

  it('tells whether disagreements were settled', async () => {
    const labels = [labelOf(item, { id: '1' }), labelOf(item, { id: '2', kind: 'adjudication', ranks: [2, 1], adjudicates: ['1'] })];
    const { view, extracted } = await gather(data(labels), options());
    assert.deepEqual([view.anyAdjudication, extracted.labels, extracted.leftOut.settled], [true, 1, 1]);
  });
});
