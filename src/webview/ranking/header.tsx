import type { VNode } from 'preact';
import type { pageCommands } from '../../protocol/panels';
import type { RankingAction, RankingView } from '../../protocol/panels-ranking';
import { t } from '../shared/l10n';

interface Props {
  readonly view: RankingView;
  readonly perform: (action: RankingAction) => void;
  readonly command: (name: (typeof pageCommands)[number]) => void;
}

/** Progress, pace, who is labeling, undo and help. */
export function Header({ view, perform, command }: Props): VNode {
  const { done, total } = view;
  return (
    <header class="top">
      <progress class="progress" max={Math.max(1, total)} value={done} aria-label={t('Progress')} />
      <div class="bar">
        <strong class="number">{t('{0} of {1}', done, total)}</strong>
        {view.perMinute !== undefined && <span class="quiet number">{t('{0} a minute', view.perMinute.toFixed(1))}</span>}
        <span class="spacer" />
        <button type="button" class="plain who" title={t('Whose labels these are')} onClick={() => { command('plumbline.whoAmI'); }}>{view.labeler}</button>
        <button type="button" class="plain" disabled={!view.canUndo} title={t('Take the last label back and show its item again')} onClick={() => { perform('undo'); }}>{t('Undo')} <kbd>Z</kbd></button>
        <button type="button" class="plain" disabled={!view.canRedo} onClick={() => { perform('redo'); }}>{t('Redo')} <kbd>⇧Z</kbd></button>
        <button type="button" class="plain" aria-haspopup="dialog" onClick={() => { perform('help'); }}>{t('Keys')} <kbd>?</kbd></button>
      </div>
    </header>
  );
}
