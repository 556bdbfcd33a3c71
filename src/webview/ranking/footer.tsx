import type { VNode } from 'preact';
import { letter } from '../../domain/form';
import type { RankingAction } from '../../protocol/panels-ranking';
import { t } from '../shared/l10n';
import type { Ranking, Step } from './model';
import { Strip } from './strip';

interface Props {
  readonly ranking: Ranking;
  readonly refusal: string | undefined;
  /** What keeps it from being saved, and how many fields do. */
  readonly lacks: { readonly message: string; readonly left: number } | undefined;
  /** Saving changes a label that stands. */
  readonly revises: boolean;
  readonly step: (step: Step) => void;
  readonly perform: (action: RankingAction) => void;
}

/** The preference as it stands, and what can be done with it. */
export function Footer({ ranking, refusal, lacks, revises, step, perform }: Props): VNode {
  const flag = (name: 'all_bad' | 'unsure'): boolean => ranking.flag === name;
  const { form } = ranking.asks;
  return (
    <footer class="bottom">
      {refusal !== undefined && <p class="banner warning" role="alert">{refusal}</p>}
      <div class="bar">
        {form === 'ranking' ? <Strip ranking={ranking} step={step} /> : <Chosen ranking={ranking} perform={perform} />}
        <span class="spacer" />
        {form !== 'none' && <button type="button" aria-pressed={flag('all_bad')} title={t('None of the answers is acceptable')} onClick={() => { perform('allBad'); }}>{t('All bad')} <kbd>B</kbd></button>}
        <button type="button" aria-pressed={flag('unsure')} title={form === 'none' ? t('You can’t tell') : t('You can’t tell which is better')} onClick={() => { perform('unsure'); }}>{t('Unsure')} <kbd>U</kbd></button>
        <button type="button" title={t('Save nothing but that you passed over it')} onClick={() => { perform('skip'); }}>{t('Skip')} <kbd>S</kbd></button>
        {lacks && lacks.left > 0 && ranking.touched && <span class="quiet number left">{t('{0} to go', lacks.left)}</span>}
        <button type="button" class={`primary${lacks ? ' not-yet' : ''}`} aria-disabled={lacks !== undefined} title={lacks?.message} onClick={() => { perform('submit'); }}>{revises ? t('Save change') : t('Save')} <kbd>↵</kbd></button>
      </div>
    </footer>
  );
}

/** Which answer was chosen, in words. */
function Chosen({ ranking, perform }: Pick<Props, 'ranking' | 'perform'>): VNode {
  const { asks, groups, flag, count } = ranking;
  if (flag) return <div class="strip flagged">{flag === 'all_bad' ? t('All bad') : t('Unsure')}</div>;
  if (asks.form === 'none') return <div class="strip" />;
  const tied = groups.length === 1 && groups[0]!.length === count && count > 1;
  const best = tied ? undefined : groups[0]?.[0];
  const says = tied ? t('All the same') : best === undefined ? undefined : asks.form === 'pairwise' ? t('{0} is better', letter(best)) : t('{0} is the best', letter(best));
  return (
    <div class="strip">
      {says === undefined ? <span class="quiet hint">{asks.form === 'pairwise' ? t('Press the number of the better one') : t('Press the number of the best one')}</span> : <strong class="hint">{says}</strong>}
      {asks.ties && <button type="button" aria-pressed={tied} onClick={() => { perform('tie'); }}>{t('The same')} <kbd>=</kbd></button>}
    </div>
  );
}
