import assert from 'node:assert/strict';
import { keyOfGeneration } from '../../../src/domain/content';
import type { Label, ScreeningItem } from '../../../src/domain/records';
import { admissions, admittedWeights } from '../../../src/jobs/admission';
import { projectSchema } from '../../../src/protocol/project';
import { generationOf, labelOf } from '../domain/records-of';

const ids = ['anna', 'bert', 'carl', 'dora'];
const labelers = [{ id: 'anna', admitted: true, weight: 2 }, { id: 'bert', admitted: false }, { id: 'carl' }];
const items: ScreeningItem[] = Array.from({ length: 8 }, (_, i) => ({ ...generationOf(`test ${i}`, 2), gold: { verdict: 'ranked', ranks: [1, 2] } }));
/** A labeler who agrees with the researchers on the first `right` of the items that he has done. */
const took = (labeler: string, right: number, done = items.length): Label[] =>
  items.slice(0, done).map((item, i) => labelOf(item, { id: `${labeler} ${i}`, labeler, kind: 'screening', gold: item.id, ranks: i < right ? [1, 2] : [2, 1] }));

describe('jobs/admission', () => {
  it('admits everybody who is not refused where screening is not required', () => {
    const list = admissions(projectSchema.parse({ labelers }), items, [], ids);
    assert.deepEqual(admittedWeights(list), new Map([['anna', 2], ['carl', 1], ['dora', 1]]));
    assert.deepEqual(list.map((a) => a.reason), ['admitted in project.json', 'refused in project.json', 'screening is not required', 'screening is not required']);
  });

  it('admits who has passed, where it is required', () => {
    const project = projectSchema.parse({ labelers, screening: { required: true } });
    const labels = [...took('carl', 6), ...took('dora', 5), ...took('bert', 8), ...took('emil', 8, 7)];
    const list = admissions(project, items, labels, [...ids, 'emil']);
    assert.deepEqual([...admittedWeights(list).keys()], ['anna', 'carl']);
    const why = new Map(list.map((a) => [a.labeler, a.reason]));
    assert.match(why.get('carl')!, /^passed the screening of “ranking”: 75 % agreement/);
    assert.match(why.get('dora')!, /^failed .* 62\.5 % agreement/);
    assert.match(why.get('emil')!, /^has not finished .* 7 of 8 items are done/);
  });

  it('takes the lower end of the interval when the project says so', () => {
    const project = projectSchema.parse({ screening: { required: true, rule: 'lower-bound', threshold: 0.6 } });
    // Wilson: 8 of 8 begins at .676, 7 of 8 at .529.
    assert.deepEqual(admissions(project, items, [...took('a', 8), ...took('b', 7)], ['a', 'b']).map((a) => a.admitted), [true, false]);
  });

  it('says what to do when screening is required and there is none', () => {
    const [only] = admissions(projectSchema.parse({ screening: { required: true } }), [], [], ['a']);
    assert.equal(only!.admitted, false);
    assert.match(only!.reason, /make one, or admit the labeler/);
  });

  it('asks for the screening of every task that has one', () => {
    const project = projectSchema.parse({ screening: { required: true }, tasks: [{ id: 'pairs', preference: { form: 'pairwise' } }] });
    const other: ScreeningItem = { ...generationOf('pair', 2), task: 'pairs', gold: { verdict: 'tie' } };
    assert.equal(keyOfGeneration(other, 'pairs').startsWith('pairs '), true);
    const all = [...items, other];
    const tie = labelOf(other, { id: 'tie', labeler: 'a', kind: 'screening', task: 'pairs', gold: other.id, verdict: 'tie' });
    assert.equal(admissions(project, all, took('a', 8), ['a'])[0]!.admitted, false);
    assert.equal(admissions(project, all, [...took('a', 8), tie], ['a'])[0]!.admitted, true);
  });
});
