import type { Judgement, PanelVerdict, RankingAction } from '../../protocol/panels-ranking';
import { t } from '../shared/l10n';

/**
 * What the labeler has said so far about one item, as plain data: each action gives a new state and a sentence for the
 * live region. Answers are numbered by their position on screen, from 0.
 */
export interface Ranking {
  readonly count: number;
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

/** An item that nobody has touched, or the judgement that an undo took back (which has been touched). */
export function startRanking(count: number, before?: Judgement): Ranking {
  if (before?.ranks.length !== count) return { count, groups: [], rest: 'subset', focus: 0, touched: false };
  const used = [...new Set(before.ranks.filter((r) => r !== null))].sort((a, b) => a - b);
  const groups = used.map((rank) => positions(count).filter((i) => before.ranks[i] === rank));
  const flag = before.verdict === 'all_bad' || before.verdict === 'unsure' ? { flag: before.verdict } : {};
  return { count, groups, ...flag, rest: before.rest, focus: groups[0]?.[0] ?? 0, touched: before.verdict !== 'skipped' };
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
export function verdictOf(state: Ranking): { verdict: PanelVerdict } | { refused: string } {
  if (!state.touched) return { refused: t('Nothing is ranked yet: press the numbers of the answers, best first. B says all are bad, U unsure, S skips.') };
  if (state.flag) return { verdict: state.flag };
  const ranked = state.groups.flat().length;
  if (ranked === 0) return { refused: t('No answer has a rank: press the numbers of the answers, best first, or B, U or S.') };
  if (ranked === 1 && state.rest === 'subset') return { refused: t('One ranked answer compares with nothing: rank another, or press W if the rest are worse.') };
  return { verdict: state.groups.length === 1 && ranked === state.count ? 'tie' : 'ranked' };
}

export const unranked = (state: Ranking): number[] => positions(state.count).filter((i) => !state.groups.some((g) => g.includes(i)));

/** A, B, C … by position. */
export const letter = (position: number): string => String.fromCharCode(65 + position);

/**
 * An action that changes the ranking. `position`: for `rank`, the answer that was named; otherwise the focused one is meant.
 * Actions that reach beyond one item (submit, undo …) are not for this function and change nothing.
 */
export function act(state: Ranking, action: RankingAction, position = state.focus): Step {
  if (position < 0 || position >= state.count) return { state, says: t('There is no answer {0}', position + 1) };
  switch (action) {
    case 'rank':
      return rank({ ...state, focus: position }, position);
    case 'next':
      return focusOn(state, (state.focus + 1) % state.count);
    case 'previous':
      return focusOn(state, (state.focus + state.count - 1) % state.count);
    case 'moveUp':
      return move({ ...state, focus: position }, position, -1);
    case 'moveDown':
      return move({ ...state, focus: position }, position, 1);
    case 'tie':
      return tie({ ...state, focus: position }, position);
    case 'allBad':
      return toggleFlag(state, 'all_bad', t('All bad'));
    case 'restWorse':
      return toggleRest(state);
    case 'unsure':
      return toggleFlag(state, 'unsure', t('Unsure'));
    default:
      return { state, says: '' };
  }
}

/** Puts an answer where it was dropped: beside the answers of a group (`tie`), or as a group of its own before group `at`. */
export function place(state: Ranking, position: number, at: number, how: 'tie' | 'before'): Step {
  const target = state.groups[at];
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
  const next: Ranking = { count: state.count, focus: state.focus, rest: state.rest, groups: kept, touched: true };
  const group = kept.find((g) => g.includes(position));
  if (!group) return { state: next, says: t('Answer {0} has no rank', letter(position)) };
  const tied = group.filter((p) => p !== position).map(letter);
  const rank = ranksOf(next)[position]!;
  return { state: next, says: tied.length > 0 ? t('Answer {0} now rank {1}, tied with {2}', letter(position), rank, tied.join(', ')) : t('Answer {0} now rank {1}', letter(position), rank) };
}

const positions = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
