import type { VNode } from 'preact';
import type { pageCommands } from '../../protocol/panels';
import type { RankingAction, RankingView } from '../../protocol/panels-ranking';
import { t } from '../shared/l10n';
import { hasGuideline } from './guideline';

interface Props {
  readonly view: RankingView;
  readonly diff: boolean;
  readonly guideline: boolean;
  readonly perform: (action: RankingAction) => void;
  readonly command: (name: (typeof pageCommands)[number]) => void;
}

/** The task, progress, pace, who is labeling, the way back, and what helps to look. */
export function Header({ view, diff, guideline, perform, command }: Props): VNode {
  const { done, total, again, form, mode, item } = view;
  const name = mode === 'screening' ? t('Screening: {0}', form.title) : mode === 'adjudicate' ? t('Adjudication: {0}', form.title) : mode === 'contradicted' ? t('Asked again: {0}', form.title) : form.title;
  return (
    <header class="top">
      <progress class="progress" max={Math.max(1, total)} value={done} aria-label={t('Progress')} />
      <div class="bar">
        <button type="button" class="plain task" title={t('What is asked: choose another task')} onClick={() => { command('plumbline.chooseTask'); }}>{name}</button>
        <strong class="number">{t('{0} of {1}', done, total)}</strong>
        {view.perMinute !== undefined && <span class="quiet number pace">{t('{0} a minute', view.perMinute.toFixed(1))}</span>}
        {again && <span class="again">{t('Looking back: {0} of {1}', again.at, again.of)}</span>}
        <span class="spacer" />
        <button type="button" class="plain who" title={t('Whose labels these are')} onClick={() => { command('plumbline.whoAmI'); }}>{view.labeler}</button>
        <span class="group" role="group" aria-label={t('Your judgements')}>
          <button type="button" class="plain" disabled={!view.canBack} title={t('Look at the judgement before, and change it')} onClick={() => { perform('back'); }}>{t('Back')} <kbd>[</kbd></button>
          {again && <button type="button" class="plain" disabled={!view.canForward} title={t('On to the next, and at last to where you were')} onClick={() => { perform('forward'); }}>{t('Forward')} <kbd>]</kbd></button>}
          <button type="button" class="plain" disabled={!view.canUndo} title={t('Take the last label back and show its item again')} onClick={() => { perform('undo'); }}>{t('Undo')} <kbd>Z</kbd></button>
          <button type="button" class="plain" disabled={!view.canRedo} onClick={() => { perform('redo'); }}>{t('Redo')} <kbd>⇧Z</kbd></button>
        </span>
        <span class="group" role="group" aria-label={t('View')}>
          {item && item.answers.length > 1 && <button type="button" class="plain" aria-pressed={diff} title={t('Mark the words that differ')} onClick={() => { perform('diff'); }}>{t('Diff')} <kbd>D</kbd></button>}
          {item && hasGuideline(form) && <button type="button" class="plain" aria-pressed={guideline} onClick={() => { perform('guideline'); }}>{t('Guideline')} <kbd>G</kbd></button>}
          <button type="button" class="plain" aria-haspopup="dialog" onClick={() => { perform('help'); }}>{t('Keys')} <kbd>?</kbd></button>
        </span>
      </div>
    </header>
  );
}
