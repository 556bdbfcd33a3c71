import assert from 'node:assert/strict';
import fc from 'fast-check';
import { rankingActions } from '../../../src/protocol/panels-ranking';
import type { RankingAction } from '../../../src/protocol/panels-ranking';
import type { Asks, Ranking } from '../../../src/webview/ranking/model';
import { act, asksOf, place, ranking, ranksOf, saidOf, startRanking, unranked, verdictOf } from '../../../src/webview/ranking/model';

/** Presses keys: digits rank, letters as in the panel. */
function press(keys: string, count = 4, asks: Asks = ranking): { state: Ranking; says: string } {
  const actions: Record<string, RankingAction> = { j: 'next', k: 'previous', J: 'moveDown', K: 'moveUp', '=': 'tie', b: 'allBad', u: 'unsure', w: 'restWorse' };
  let step = { state: startRanking(count, asks), says: '' };
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
    assert.deepEqual(ranks('312=4'), [2, 2, 1, 4], 'the number of the one that is last by itself confirms it');
    assert.deepEqual(ranks('312=44'), [2, 2, 1, null]);
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
    assert.deepEqual(press('9').state, startRanking(4, ranking));
    assert.equal(press('9').says, 'There is no answer 9');
  });
  it('drops between groups, onto a group, and where nothing is yet', () => {
    const { state } = press('3124');
    assert.deepEqual(ranksOf(place(state, 3, 0, 'before').state), [3, 4, 2, 1]);
    assert.deepEqual(ranksOf(place(state, 3, 0, 'tie').state), [3, 4, 1, 1]);
    assert.deepEqual(ranksOf(place(state, 2, 4, 'before').state), [1, 2, 4, 3]);
    assert.deepEqual(ranksOf(place(startRanking(3, ranking), 1, 0, 'before').state), [null, 1, null]);
  });
  it('starts from a judgement that was taken back, as it was', () => {
    const before = { verdict: 'ranked' as const, ranks: [2, 2, 1, null], rest: 'top_k' as const, values: {} };
    const state = startRanking(4, ranking, before);
    assert.deepEqual([ranksOf(state), state.rest, state.touched], [before.ranks, 'top_k', true]);
    assert.equal(startRanking(4, ranking, { verdict: 'skipped', ranks: [null, null, null, null], rest: 'subset', values: {} }).touched, false);
    assert.equal(startRanking(4, ranking, { verdict: 'unsure', ranks: [null, null, null, null], rest: 'subset', values: {} }).flag, 'unsure');
    assert.equal(startRanking(3, ranking, before).touched, false);
  });
  it('of best, a number names the best alone, and the same again nobody', () => {
    const best = asksOf({ form: 'best' });
    const said = (keys: string) => saidOf(press(keys, 3, best).state, {});
    assert.deepEqual(said('2'), { verdict: 'ranked', ranks: [null, 1, null], rest: 'top_k', values: {} });
    assert.deepEqual(said('23').ranks, [null, null, 1]);
    assert.ok('refused' in verdictOf(press('22', 3, best).state));
    assert.deepEqual([said('=').verdict, said('=').ranks], ['tie', [1, 1, 1]]);
    assert.deepEqual(said('=1').ranks, [1, null, null]);
    assert.equal(said('2b').verdict, 'all_bad');
    assert.deepEqual(press('2KJw', 3, best).state.groups, [[1]]);
  });
  it('of two, a number names the better one', () => {
    const pairwise = asksOf({ form: 'pairwise' });
    assert.deepEqual(saidOf(press('2', 2, pairwise).state, {}).ranks, [2, 1]);
    assert.deepEqual(saidOf(press('21', 2, pairwise).state, {}).ranks, [1, 2]);
    assert.ok('refused' in verdictOf(press('22', 2, pairwise).state));
    assert.equal(saidOf(press('=', 2, pairwise).state, {}).verdict, 'tie');
  });
  it('takes no ties where the task takes none', () => {
    for (const form of ['ranking', 'best', 'pairwise'] as const) {
      const asks = asksOf({ form, ties: false });
      assert.equal(press('=', 2, asks).says, 'This task takes no ties');
      assert.deepEqual(press('=', 2, asks).state.groups, []);
    }
    const { state } = press('12', 3, asksOf({ form: 'ranking', ties: false }));
    assert.deepEqual(place(state, 2, 0, 'tie').state, state);
  });
  it('of no preference, only unsure and skip are said on the answers', () => {
    const none = asksOf(undefined);
    for (const key of ['1', 'b', '=', 'w', 'K']) assert.deepEqual(press(key, 2, none).state, startRanking(2, none), key);
    assert.ok('refused' in verdictOf(startRanking(1, none)));
    assert.deepEqual(verdictOf({ ...startRanking(1, none), touched: true }), { verdict: 'answered' });
    assert.deepEqual(verdictOf(press('u', 2, none).state), { verdict: 'unsure' });
  });
  it('holds whatever is pressed: every answer stands once, ranks are competition ranks, and survive a round trip', () => {
    const action = fc.tuple(fc.constantFrom(...rankingActions), fc.option(fc.nat(9), { nil: undefined }));
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 9 }), fc.array(action, { maxLength: 40 }), (count, actions) => {
        let state = startRanking(count, ranking);
        for (const [name, position] of actions) state = (position === undefined ? act(state, name) : act(state, name, position)).state;
        assert.deepEqual([...state.groups.flat(), ...unranked(state)].sort((a, b) => a - b), Array.from({ length: count }, (_, i) => i));
        const all = ranksOf(state);
        for (const r of all) if (r !== null) assert.equal(r, 1 + all.filter((o) => o !== null && o < r).length);
        const verdict = verdictOf(state);
        if ('verdict' in verdict) {
          assert.ok(state.touched);
          assert.deepEqual(ranksOf(startRanking(count, ranking, { verdict: verdict.verdict, ranks: all, rest: state.rest, values: {} })), all);
        }
      }),
    );
  });
});
