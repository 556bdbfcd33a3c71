import type { Said } from '../../domain/form';
import { letter } from '../../domain/form';
import type { Verdict } from '../../domain/records';
import type { Preference } from '../../domain/tasks';
import type { RankingAction } from '../../protocol/panels-ranking';
import { t } from '../shared/l10n';

/** How the task at hand asks for a preference; `none` when it asks for none. */
export interface Asks {
  readonly form: Preference['form'] | 'none';
  readonly ties: boolean;
  readonly rest: 'subset' | 'top_k';
}

/**
 * What the labeler has said so far about which answer is better, as plain data: each action gives a new state and a
 * sentence for the live region. Answers are numbered by their position on screen, from 0.
 */
export interface Ranking {
  readonly count: number;
  readonly asks: Asks;
  /** Best first; answers in one group are tied. */
  readonly groups: readonly (readonly number[])[];
  readonly flag?: 'all_bad' | 'unsure';
  /** What an answer without a rank is: not compared with the others (`subset`), or worse than every ranked one (`top_k`). */
  readonly rest: 'subset' | 'top_k';
  readonly focus: number;
  /** The answer that is last only because all others are ranked: its number confirms it before it takes the rank away. */
  readonly implied?: number;
  /** Whether the labeler did anything: an untouched default is never a label. */
  readonly touched: boolean;
}

export interface Step {
  readonly state: Ranking;
  readonly says: string;
}

/** How a task asks. */
export function asksOf(preference: Preference | undefined): Asks {
  if (!preference) return { form: 'none', ties: false, rest: 'subset' };
  return { form: preference.form, ties: preference.ties !== false, rest: preference.form === 'best' ? 'top_k' : (preference.rest ?? 'subset') };
}

export const ranking: Asks = asksOf({ form: 'ranking' });

/** An item that nobody has touched, or what was said of it before. */
export function startRanking(count: number, asks: Asks, before?: Said): Ranking {
  if (before?.ranks.length !== count) return { count, asks, groups: [], rest: asks.rest, focus: 0, touched: false };
  const used = [...new Set(before.ranks.filter((r) => r !== null))].sort((a, b) => a - b);
  const groups = used.map((rank) => positions(count).filter((i) => before.ranks[i] === rank));
  const flag = before.verdict === 'all_bad' || before.verdict === 'unsure' ? { flag: before.verdict } : {};
  return { count, asks, groups, ...flag, rest: asks.form === 'best' ? 'top_k' : before.rest, focus: groups[0]?.[0] ?? 0, touched: before.verdict !== 'skipped' };
}

/** Standard competition ranks ("1224") by position; null where unranked. */
export function ranksOf(state: Ranking): (number | null)[] {
  const ranks: (number | null)[] = positions(state.count).map(() => null);
  let rank = 1;
  for (const group of state.groups) {
    for (const i of group) ranks[i] = rank;
    rank += group.length;
  }
  return ranks;
}

/** The verdict that Enter would send, or the sentence that says why it can't. */
export function verdictOf(state: Ranking): { verdict: Verdict } | { refused: string } {
  const { form } = state.asks;
  if (state.flag) return { verdict: state.flag };
  if (form === 'none') return state.touched ? { verdict: 'answered' } : { refused: t('Nothing is answered yet. U says you can’t tell, S skips.') };
  if (!state.touched) {
    if (form === 'best') return { refused: t('No answer is chosen yet: press the number of the best one. B says all are bad, U unsure, S skips.') };
    if (form === 'pairwise') return { refused: t('No answer is preferred yet: press the number of the better one. B says both are bad, U unsure, S skips.') };
    return { refused: t('Nothing is ranked yet: press the numbers of the answers, best first. B says all are bad, U unsure, S skips.') };
  }
  const ranked = state.groups.flat().length;
  if (ranked === 0) return { refused: form === 'ranking' ? t('No answer has a rank: press the numbers of the answers, best first, or B, U or S.') : t('No answer is chosen: press the number of the best one, or B, U or S.') };
  if (ranked === 1 && state.rest === 'subset') return { refused: t('One ranked answer compares with nothing: rank another, or press W if the rest are worse.') };
  return { verdict: state.groups.length === 1 && ranked === state.count ? 'tie' : 'ranked' };
}

/** The preference as it stands, whether it could be saved or not. */
export function saidOf(state: Ranking, values: Said['values']): Said {
  const decided = verdictOf(state);
  return { verdict: 'verdict' in decided ? decided.verdict : state.asks.form === 'none' ? 'answered' : 'ranked', ranks: ranksOf(state), rest: state.rest, values };
}

export const unranked = (state: Ranking): number[] => positions(state.count).filter((i) => !state.groups.some((g) => g.includes(i)));

/**
 * An action that changes the ranking. `position`: for `rank`, the answer that was named; otherwise the focused one is meant.
 * Actions that reach beyond one item (submit, undo …) are not for this function and change nothing.
 */
export function act(state: Ranking, action: RankingAction, position = state.focus): Step {
  if (position < 0 || position >= state.count) return { state, says: t('There is no answer {0}', position + 1) };
  if (state.asks.form === 'none' && (preferring as readonly string[]).includes(action)) return { state, says: t('This task asks for no preference') };
  switch (action) {
    case 'rank':
      return state.asks.form === 'ranking' ? rank({ ...state, focus: position }, position) : pick({ ...state, focus: position }, position);
    case 'next':
      return focusOn(state, (state.focus + 1) % state.count);
    case 'previous':
      return focusOn(state, (state.focus + state.count - 1) % state.count);
    case 'moveUp':
      return state.asks.form === 'ranking' ? move({ ...state, focus: position }, position, -1) : { state, says: '' };
    case 'moveDown':
      return state.asks.form === 'ranking' ? move({ ...state, focus: position }, position, 1) : { state, says: '' };
    case 'tie':
      if (!state.asks.ties) return { state, says: t('This task takes no ties') };
      return state.asks.form === 'ranking' ? stillImplied(state, tie({ ...state, focus: position }, position)) : tieAll(state);
    case 'allBad':
      return toggleFlag(state, 'all_bad', t('All bad'));
    case 'restWorse':
      return state.asks.form === 'ranking' ? toggleRest(state) : { state, says: '' };
    case 'unsure':
      return toggleFlag(state, 'unsure', t('Unsure'));
    default:
      return { state, says: '' };
  }
}

const preferring = ['rank', 'moveUp', 'moveDown', 'tie', 'restWorse', 'allBad'] as const;

/** Puts an answer where it was dropped: beside the answers of a group (`tie`), or as a group of its own before group `at`. */
export function place(state: Ranking, position: number, at: number, how: 'tie' | 'before'): Step {
  const target = state.groups[at];
  if (how === 'tie' && !state.asks.ties) return { state, says: t('This task takes no ties') };
  if (how === 'tie' && target?.includes(position)) return { state, says: '' };
  const marked: readonly (readonly number[])[] = state.groups;
  const groups: number[][] = [];
  marked.forEach((group, i) => {
    if (how === 'before' && i === at) groups.push([position]);
    const rest = group.filter((p) => p !== position);
    groups.push(how === 'tie' && i === at ? [...rest, position] : rest);
  });
  if (how === 'before' && at >= marked.length) groups.push([position]);
  return ranked({ ...state, focus: position }, groups, position);
}

/** Takes the rank of an answer away. */
export function unrank(state: Ranking, position: number): Step {
  const groups = state.groups.map((g) => g.filter((p) => p !== position));
  return ranked({ ...state, focus: position }, groups, position);
}

/** The best, or the better of two; the same again takes it back. */
function pick(state: Ranking, position: number): Step {
  const { form } = state.asks;
  const chosen = state.groups.length > 0 && state.groups[0]!.length === 1 && state.groups[0]![0] === position;
  const rest: Ranking = { count: state.count, asks: state.asks, groups: [], rest: state.rest, focus: state.focus, touched: true };
  if (chosen) return { state: rest, says: t('No answer is chosen') };
  const groups = form === 'pairwise' ? [[position], positions(state.count).filter((i) => i !== position)] : [[position]];
  return { state: { ...rest, groups }, says: form === 'pairwise' ? t('Answer {0} is better', letter(position)) : t('Answer {0} is the best', letter(position)) };
}

/** All the same, or no longer. */
function tieAll(state: Ranking): Step {
  const rest: Ranking = { count: state.count, asks: state.asks, groups: [], rest: state.rest, focus: state.focus, touched: true };
  const tied = state.groups.length === 1 && state.groups[0]!.length === state.count;
  return { state: { ...rest, groups: tied ? [] : [positions(state.count)] }, says: tied ? t('No answer is chosen') : t('All answers are the same') };
}

function rank(state: Ranking, position: number): Step {
  if (state.implied === position) return ranked(state, state.groups, position);
  if (state.groups.some((g) => g.includes(position))) return unrank(state, position);
  const step = ranked(state, [...state.groups, [position]], position);
  const [last, ...others] = unranked(step.state);
  // With all but one ranked the last rank is said already; its number takes it away again.
  if (last === undefined || others.length > 0) return step;
  return { state: { ...step.state, groups: [...step.state.groups, [last]], implied: last }, says: t('{0}; answer {1} last, rank {2}', step.says, letter(last), state.count) };
}

function move(state: Ranking, position: number, by: -1 | 1): Step {
  const at = state.groups.findIndex((g) => g.includes(position));
  if (at < 0) return place(state, position, state.groups.length, 'before');
  const group = state.groups[at]!;
  if (group.length > 1) return place(state, position, by < 0 ? at : at + 1, 'before');
  const other = state.groups[at + by];
  if (!other) return { state: { ...state, touched: true }, says: by < 0 ? t('Answer {0} is already first', letter(position)) : t('Answer {0} is already last', letter(position)) };
  const groups = state.groups.map((g, i) => (i === at ? other : i === at + by ? group : g));
  return ranked(state, groups, position);
}

function tie(state: Ranking, position: number): Step {
  const at = state.groups.findIndex((g) => g.includes(position));
  if (at === 0) return { state, says: t('Answer {0} is first: there is nothing above to tie with', letter(position)) };
  if (at < 0) return state.groups.length === 0 ? rank(state, position) : place(state, position, state.groups.length - 1, 'tie');
  return place(state, position, at - 1, 'tie');
}

/** An answer that was last by itself still is when others are tied: its number, the last that is pressed, confirms it. */
function stillImplied({ implied }: Ranking, step: Step): Step {
  const last = step.state.groups.at(-1);
  return implied !== undefined && last?.length === 1 && last[0] === implied ? { ...step, state: { ...step.state, implied } } : step;
}

function toggleFlag(state: Ranking, flag: 'all_bad' | 'unsure', name: string): Step {
  const { flag: old, ...rest } = state;
  if (old === flag) return { state: { ...rest, touched: rest.groups.length > 0 }, says: t('{0}: off', name) };
  return { state: { ...rest, flag, touched: true }, says: t('{0}. Enter saves', name) };
}

function toggleRest(state: Ranking): Step {
  const rest = state.rest === 'subset' ? 'top_k' : 'subset';
  const says = rest === 'top_k' ? t('Answers without a rank are worse than the ranked ones') : t('Answers without a rank are compared with nothing');
  return { state: { ...state, rest, touched: state.touched || state.groups.length > 0 }, says };
}

function focusOn(state: Ranking, focus: number): Step {
  const rank = ranksOf(state)[focus];
  return { state: { ...state, focus }, says: rank === null || rank === undefined ? t('Answer {0}, no rank', letter(focus)) : t('Answer {0}, rank {1}', letter(focus), rank) };
}

/** A ranking takes a flag back: both at once would be two different facts. */
function ranked(state: Ranking, groups: readonly (readonly number[])[], position: number): Step {
  const kept = groups.filter((g) => g.length > 0);
  const next: Ranking = { count: state.count, asks: state.asks, focus: state.focus, rest: state.rest, groups: kept, touched: true };
  const group = kept.find((g) => g.includes(position));
  if (!group) return { state: next, says: t('Answer {0} has no rank', letter(position)) };
  const tied = group.filter((p) => p !== position).map(letter);
  const rank = ranksOf(next)[position]!;
  return { state: next, says: tied.length > 0 ? t('Answer {0} now rank {1}, tied with {2}', letter(position), rank, tied.join(', ')) : t('Answer {0} now rank {1}', letter(position), rank) };
}

const positions = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
