import type { VNode } from 'preact';
import type { RankingAction } from '../../protocol/panels-ranking';
import { t } from '../shared/l10n';
import type { Ranking, Step } from './model';
import { verdictOf } from './model';
import { Strip } from './strip';

interface Props {
  readonly ranking: Ranking;
  readonly refusal: string | undefined;
  readonly step: (step: Step) => void;
  readonly perform: (action: RankingAction) => void;
}

/** The ranking as it stands, and what can be done with it. */
export function Footer({ ranking, refusal, step, perform }: Props): VNode {
  const ready = 'verdict' in verdictOf(ranking);
  const flag = (name: 'all_bad' | 'unsure'): boolean => ranking.flag === name;
  return (
    <footer class="bottom">
      {refusal !== undefined && <p class="banner warning" role="alert">{refusal}</p>}
      <div class="bar">
        <Strip ranking={ranking} step={step} />
        <span class="spacer" />
        <button type="button" aria-pressed={flag('all_bad')} title={t('None of the answers is acceptable')} onClick={() => { perform('allBad'); }}>{t('All bad')} <kbd>B</kbd></button>
        <button type="button" aria-pressed={flag('unsure')} title={t('You can’t tell which is better')} onClick={() => { perform('unsure'); }}>{t('Unsure')} <kbd>U</kbd></button>
        <button type="button" title={t('Save nothing but that you passed over it')} onClick={() => { perform('skip'); }}>{t('Skip')} <kbd>S</kbd></button>
        <button type="button" class={`primary${ready ? '' : ' not-yet'}`} aria-disabled={!ready} onClick={() => { perform('submit'); }}>{t('Save')} <kbd>↵</kbd></button>
      </div>
    </footer>
  );
}
