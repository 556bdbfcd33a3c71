import assert from 'node:assert/strict';
import { pairColumns } from '../domain/ratings/columns-of';
import { rate } from '../../../src/domain/ratings/report';
import type { Method, RatingsReport } from '../../../src/domain/ratings/report';
import { boardOptionsSchema } from '../../../src/protocol/panels-leaderboard';
import type { LeaderboardView } from '../../../src/protocol/panels-leaderboard';
import { bestFirst, count, howMade, listed, points } from '../../../src/webview/leaderboard/words';

const outcomes = [1, 1, 0, 0.5, 1, 0] as const;
const report = (method: Method, cluster?: number): RatingsReport => rate({ method, pairs: pairColumns(2, outcomes.map((outcome, c) => ({ a: 0, b: 1, outcome, cluster: cluster ?? c }))), draws: 200, seed: 5 });
const view = (method: Method): LeaderboardView => ({ options: boardOptionsSchema.parse({ method }) }) as LeaderboardView;

describe('the words of the leaderboard', () => {
  it('are numbers as people read them', () => {
    assert.deepEqual([points(999.6), points(-26.2), points(-0.3)], ['1000', '−26', '0']);
    assert.equal(count(1234567), '1 234 567');
    assert.equal(listed(['a', 'b', 'c', 'd']), 'a, b, c, d');
    assert.equal(listed(['a', 'b', 'c', 'd', 'e']), 'a, b, c and 2 more');
    assert.deepEqual(bestFirst(report('bradley-terry')), [0, 1]);
  });

  it('say how the numbers came about', () => {
    const plain = howMade(view('bradley-terry'), report('bradley-terry')).join(' ');
    assert.match(plain, /the mean of all models is 1000\. 95 % intervals by a bootstrap of 200 draws of whole prompts \(6\), seed 5\./);
    assert.match(plain, /In \d+ of the draws the comparisons gave no finite ratings/);
    assert.match(plain, /A tie counts as half a win/);
    assert.match(howMade(view('bradley-terry'), report('bradley-terry', 0)).join(' '), /No intervals: all comparisons are of one prompt/);
    assert.match(howMade(view('elo'), report('elo')).join(' '), /mean of 100 random orders, K 32, seed 5; of each draw that of 20\./);
    const tied = report('davidson');
    assert.match(howMade(view('davidson'), tied).join(' '), new RegExp(`Two equal models tie in \\d+ % of comparisons \\(ν ${tied.nu!.toFixed(2)}\\)`));
  });
});
