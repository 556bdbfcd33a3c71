import assert from 'node:assert/strict';
import fc from 'fast-check';
import { rankingActions } from '../../../src/protocol/panels-ranking';
import type { RankingAction } from '../../../src/protocol/panels-ranking';
import type { Ranking } from '../../../src/webview/ranking/model';
import { act, place, ranksOf, startRanking, unranked, verdictOf } from '../../../src/webview/ranking/model';

/** Presses keys: digits rank, letters as in the panel. */
function press(keys: string, count = 4): { state: Ranking; says: string } {
  const actions: Record<string, RankingAction> = { j: 'next', k: 'previous', J: 'moveDown', K: 'moveUp', '=': 'tie', b: 'allBad', u: 'unsure', w: 'restWorse' };
  let step = { state: startRanking(count), says: '' };
  for (const key of keys) step = /\d/.test(key) ? act(step.state, 'rank', Number(key) - 1) : act(step.state, actions[key]!);
  return step;
}
const ranks = (keys: string, count?: number): (number | null)[] => ranksOf(press(keys, count).state);

describe('ranking keys', () => {
  it('numbers give the next rank, and take it away', () => {
    assert.deepEqual(ranks('31'), [2, null, 1, null]);
    assert.deepEqual(ranks('313'), [1, null, null, null]);
  });
  it('the last answer is last by itself; its number confirms it, then takes it away', () => {
    assert.deepEqual(ranks('312'), [2, 3, 1, 4]);
    assert.deepEqual(ranks('3124'), [2, 3, 1, 4]);
    assert.deepEqual(ranks('31244'), [2, 3, 1, null]);
    assert.deepEqual(ranks('2', 2), [2, 1]);
  });
  it('= ties with the answer ranked above, by competition ranks', () => {
    assert.deepEqual(ranks('312='), [2, 2, 1, 4]);
    assert.deepEqual(ranks('31='), [1, null, 1, null]);
    assert.deepEqual(ranks('31=k='), [1, null, 1, 1]);
    assert.equal(press('312=').says, 'Answer B now rank 2, tied with A');
  });
  it('Shift+J and Shift+K move an answer, out of a tie first', () => {
    assert.deepEqual(ranks('3124K'), [2, 4, 1, 3]);
    assert.deepEqual(ranks('3124KKKK'), [3, 4, 2, 1]);
    assert.deepEqual(ranks('312=K'), [3, 2, 1, 4]);
    assert.deepEqual(ranks('312=J'), [2, 3, 1, 4]);
    assert.deepEqual(ranks('J'), [1, null, null, null]);
  });
  it('j and k move the focus round and touch nothing', () => {
    assert.equal(press('jj').state.focus, 2);
    assert.equal(press('k').state.focus, 3);
    assert.equal(press('jjk').state.touched, false);
    assert.equal(press('3').state.focus, 2);
  });
  it('refuses an untouched item, an empty ranking and one lone rank, and says why', () => {
    for (const keys of ['', 'jk', 'w', 'bb', '11', '1']) assert.ok('refused' in verdictOf(press(keys).state), keys);
    assert.match((verdictOf(press('').state) as { refused: string }).refused, /press the numbers/);
  });
  it('one rank is enough when the rest is worse', () => {
    assert.deepEqual(verdictOf(press('1w').state), { verdict: 'ranked' });
    assert.equal(press('1w').state.rest, 'top_k');
  });
  it('all in one tie is a tie; flags are verdicts of their own and give way to a rank', () => {
    assert.deepEqual(verdictOf(press('12=3=4=', 4).state), { verdict: 'tie' });
    assert.deepEqual(verdictOf(press('b').state), { verdict: 'all_bad' });
    assert.deepEqual(verdictOf(press('u').state), { verdict: 'unsure' });
    assert.deepEqual(verdictOf(press('bu').state), { verdict: 'unsure' });
    assert.deepEqual(verdictOf(press('b12').state), { verdict: 'ranked' });
  });
  it('a number beyond the answers changes nothing and says so', () => {
    assert.deepEqual(press('9').state, startRanking(4));
    assert.equal(press('9').says, 'There is no answer 9');
  });
  it('drops between groups, onto a group, and where nothing is yet', () => {
    const { state } = press('3124');
    assert.deepEqual(ranksOf(place(state, 3, 0, 'before').state), [3, 4, 2, 1]);
    assert.deepEqual(ranksOf(place(state, 3, 0, 'tie').state), [3, 4, 1, 1]);
    assert.deepEqual(ranksOf(place(state, 2, 4, 'before').state), [1, 2, 4, 3]);
    assert.deepEqual(ranksOf(place(startRanking(3), 1, 0, 'before').state), [null, 1, null]);
  });
  it('starts from a judgement that was taken back, as it was', () => {
    const before = { verdict: 'ranked' as const, ranks: [2, 2, 1, null], rest: 'top_k' as const };
    const state = startRanking(4, before);
    assert.deepEqual([ranksOf(state), state.rest, state.touched], [before.ranks, 'top_k', true]);
    assert.equal(startRanking(4, { verdict: 'skipped', ranks: [null, null, null, null], rest: 'subset' }).touched, false);
    assert.equal(startRanking(4, { verdict: 'unsure', ranks: [null, null, null, null], rest: 'subset' }).flag, 'unsure');
    assert.equal(startRanking(3, before).touched, false);
  });
  it('holds whatever is pressed: every answer stands once, ranks are competition ranks, and survive a round trip', () => {
    const action = fc.tuple(fc.constantFrom(...rankingActions), fc.option(fc.nat(9), { nil: undefined }));
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 9 }), fc.array(action, { maxLength: 40 }), (count, actions) => {
        let state = startRanking(count);
        for (const [name, position] of actions) state = (position === undefined ? act(state, name) : act(state, name, position)).state;
        assert.deepEqual([...state.groups.flat(), ...unranked(state)].sort((a, b) => a - b), Array.from({ length: count }, (_, i) => i));
        const all = ranksOf(state);
        for (const r of all) if (r !== null) assert.equal(r, 1 + all.filter((o) => o !== null && o < r).length);
        const verdict = verdictOf(state);
        if ('verdict' in verdict) {
          assert.ok(state.touched);
          assert.deepEqual(ranksOf(startRanking(count, { verdict: verdict.verdict, ranks: all, rest: state.rest })), all);
        }
      }),
    );
  });
});
