import type { Said, Values } from '../../domain/form';
import type { RankingState, RankingView } from '../../protocol/panels-ranking';
import { t } from '../shared/l10n';
import type { Ranking } from './model';

/** What survives a reload of the window: where the labeler was and what was said so far. */
export interface Kept extends RankingState {
  readonly draft?: { readonly ranking: Ranking; readonly values: Values };
  readonly ms?: number;
  /** When that was, in milliseconds: a draft that the host has may be newer. */
  readonly at?: number;
  readonly guideline?: boolean;
  /** The item was judged already and is looked at again. */
  readonly again?: boolean;
}

/** What of the page's own memory is newer than what the host sent: entries into the same item of the same task. */
export function keptDraft(kept: Kept | undefined, next: RankingView): Kept['draft'] {
  if (!kept?.draft || kept.current !== next.item?.id || kept.task !== next.form.id || next.before?.from === 'undo') return undefined;
  const { ranking } = kept.draft;
  return ranking.touched && ranking.count === next.item?.answers.length && (next.before?.at ?? 0) <= (kept.at ?? 0) ? kept.draft : undefined;
}

/** Where a step back or forward has led. */
export function where({ again, done, total }: RankingView): string {
  return again ? t('Looking back: {0} of {1}', again.at, again.of) : t('Back to labeling, {0} of {1}', done, total);
}

/** What saving has come to; at the end of a test, how it went. */
export function saved({ done, total, result }: RankingView): string {
  const sentence = t('Saved, {0} of {1}', done, total);
  return result?.passed === undefined ? sentence : `${sentence}. ${result.passed ? t('Passed') : t('Not passed')}`;
}

/** Copies with what the wire's types want: arrays that may be written to. */
export function plain(said: Said): { verdict: Said['verdict']; ranks: (number | null)[]; rest: Said['rest']; values: Record<string, never> } {
  return JSON.parse(JSON.stringify(said)) as ReturnType<typeof plain>;
}

export function toggled(set: ReadonlySet<number>, i: number): ReadonlySet<number> {
  const next = new Set(set);
  if (!next.delete(i)) next.add(i);
  return next;
}
