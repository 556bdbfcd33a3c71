import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { pageCommands } from '../../protocol/panels';
import type { RankingAction, RankingView } from '../../protocol/panels-ranking';
import { keepFocus } from '../shared/keys';
import { t } from '../shared/l10n';

interface Props {
  readonly view: RankingView;
  readonly command: (name: (typeof pageCommands)[number]) => void;
  readonly perform: (action: RankingAction) => void;
}

/** Nothing is left, or nothing was there: says so, and what comes next. */
export function Done({ view, command, perform }: Props): VNode {
  const next = useRef<HTMLButtonElement>(null);
  useEffect(() => keepFocus(() => next.current), []);
  const restricted = <p class="quiet">{t('Restricted Mode: trust this workspace to generate answers and to train.')}</p>;
  if (view.total === 0) {
    return (
      <main class="done">
        <h1>{t('Nothing to rank yet')}</h1>
        <p class="quiet">{t('Let a model answer your prompts, or import answers that you have.')}</p>
        {view.trusted ? (
          <div class="choices">
            <button type="button" class="primary" ref={next} onClick={() => { command('plumbline.generate'); }}>{t('Generate Answers')}</button>
            <button type="button" onClick={() => { command('plumbline.import'); }}>{t('Import')}</button>
          </div>
        ) : restricted}
      </main>
    );
  }
  return (
    <main class="done">
      <svg class="tick" viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="22" /><path d="M14 25l7 7 13-15" /></svg>
      <h1>{view.total === 1 ? t('The one item is ranked') : t('All {0} ranked', view.total)}</h1>
      <p class="quiet">{t('A reward model can now learn from these comparisons what you prefer.')}</p>
      {view.trusted ? (
        <div class="choices">
          <button type="button" class="primary" ref={next} onClick={() => { command('plumbline.trainReward'); }}>{t('Train Reward Model')}</button>
          <button type="button" onClick={() => { command('plumbline.generate'); }}>{t('Generate More Answers')}</button>
          <button type="button" disabled={!view.canUndo} onClick={() => { perform('undo'); }}>{t('Undo')} <kbd>Z</kbd></button>
        </div>
      ) : restricted}
    </main>
  );
}
