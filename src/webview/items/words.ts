import type { ItemFact, ItemSort } from '../../domain/item-filter';
import type { Verdict } from '../../domain/records';
import { t } from '../shared/l10n';

export function factName(fact: ItemFact): string {
  return {
    'unlabeled-by-me': t('Not labeled by me'),
    unlabeled: t('Labeled by nobody'),
    disagreement: t('Disagreement'),
    flagged: t('Flagged'),
    'all-bad': t('All bad'),
    unsure: t('Skipped or unsure'),
  }[fact];
}

export function sortName(sort: ItemSort): string {
  return { order: t('As in the files'), newest: t('Newest first'), disagreement: t('Most disputed first'), labeled: t('Last labeled first') }[sort];
}

export function verdictName(verdict: Verdict): string {
  return { ranked: t('ranked'), tie: t('tie'), all_bad: t('all bad'), unsure: t('unsure'), skipped: t('skipped'), answered: t('answered') }[verdict];
}
