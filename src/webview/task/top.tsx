import type { VNode } from 'preact';
import { t } from '../shared/l10n';

interface Props {
  readonly dirty: boolean;
  /** Errors that keep the draft from being saved. */
  readonly faults: number;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  readonly canLabel: boolean;
  readonly go: (step: 'undo' | 'redo') => void;
  readonly save: () => void;
  readonly openJson: () => void;
  readonly label: () => void;
}

/** What can be done with the whole, and how it stands. */
export function Top({ dirty, faults, canUndo, canRedo, canLabel, go, save, openJson, label }: Props): VNode {
  return (
    <header class="top line">
      <h1>{t('Labeling Tasks')}</h1>
      <span class="quiet state">{faults > 0 ? t('{0} to mend', faults) : dirty ? t('not saved yet') : t('saved in project.json')}</span>
      <span class="spacer" />
      <button type="button" class="plain" disabled={!canUndo} title={t('Undo (Ctrl+Z)')} onClick={() => { go('undo'); }}>{t('Undo')}</button>
      <button type="button" class="plain" disabled={!canRedo} title={t('Redo (Ctrl+Y)')} onClick={() => { go('redo'); }}>{t('Redo')}</button>
      <button type="button" onClick={openJson}>{t('Open project.json')}</button>
      <button type="button" disabled={!canLabel} title={canLabel ? '' : t('Save first')} onClick={label}>{t('Label')}</button>
      <button type="button" class="primary" disabled={!dirty} onClick={save}>{t('Save')} <kbd>Ctrl S</kbd></button>
    </header>
  );
}
