import assert from 'node:assert/strict';
import { ratingsCsv } from '../../../../src/domain/ratings/csv';
import { pairColumns } from './columns-of';
import { rate } from '../../../../src/domain/ratings/report';

describe('the leaderboard as CSV', () => {
  it('has the best model first, names quoted, formulas disarmed', () => {
    const report = rate({ method: 'bradley-terry', pairs: pairColumns(2, [1, 0, 0, 0.5].map((o, cluster) => ({ a: 0, b: 1, outcome: o as 0 | 0.5 | 1, cluster }))), draws: 0, seed: 0 });
    const lines = ratingsCsv([{ source: 'base', name: 'a, "b"' }, { source: '=SUM(A1)', name: '-x' }], report).split('\r\n');
    assert.equal(lines[0], 'source,name,method,rating,low_95,high_95,rank_best,rank_worst,comparisons,wins,ties,losses,win_share');
    assert.match(lines[1]!, /^'=SUM\(A1\),'-x,bradley-terry,1044\.\d\d,-?\d+\.\d\d,\d+\.\d\d,1,2,4,2,1,1,0\.6250$/);
    assert.match(lines[2]!, /^base,"a, ""b""",bradley-terry,955\.\d\d/);
    assert.deepEqual(lines.slice(3), ['']);
  });
});
