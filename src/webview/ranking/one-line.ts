import type { Said } from '../../domain/form';
import { letter } from '../../domain/form';
import { t } from '../shared/l10n';

/** A preference in one line: `A > B = C`, and what the rest is. */
export function inOneLine({ verdict, ranks, rest }: Said): string {
  if (verdict === 'all_bad') return t('All bad');
  if (verdict === 'unsure') return t('Unsure');
  if (verdict === 'skipped') return t('Skipped');
  if (verdict === 'answered') return '';
  // A tie is of all answers; a label from elsewhere may say so without ranks.
  if (verdict === 'tie') return ranks.map((_, i) => letter(i)).join(' = ');
  const used = [...new Set(ranks.filter((r) => r !== null))].sort((a, b) => a - b);
  const line = used.map((rank) => ranks.flatMap((r, i) => (r === rank ? [letter(i)] : [])).join(' = ')).join(' > ');
  const left = ranks.flatMap((r, i) => (r === null ? [letter(i)] : [])).join(', ');
  return left === '' ? line : rest === 'top_k' ? t('{0} > {1}', line, left) : t('{0}; {1} not compared', line, left);
}
