import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { pageCommands } from '../../protocol/panels';
import type { RankingAction, RankingView } from '../../protocol/panels-ranking';
import { keepFocus } from '../shared/keys';
import { t } from '../shared/l10n';
import { Result } from './result';

interface Props {
  readonly view: RankingView;
  readonly command: (name: (typeof pageCommands)[number]) => void;
  readonly perform: (action: RankingAction) => void;
}

/** Nothing is left, or nothing was there: says so, and what comes next. */
export function Done({ view, command, perform }: Props): VNode {
  const next = useRef<HTMLButtonElement>(null);
  useEffect(() => keepFocus(() => next.current), []);
  const { mode, total, form } = view;
  const restricted = <p class="quiet">{t('Restricted Mode: trust this workspace to generate answers and to train.')}</p>;
  const undo = <button type="button" disabled={!view.canUndo} onClick={() => { perform('undo'); }}>{t('Undo')} <kbd>Z</kbd></button>;
  if (mode === 'screening') {
    return (
      <main class="done">
        {view.result && total > 0 ? <Result result={view.result} form={form} /> : <h1>{t('There are no screening items for this task')}</h1>}
        <div class="choices">
          {total === 0
            ? <button type="button" class="primary" ref={next} onClick={() => { command('plumbline.makeScreening'); }}>{t('Make Screening Set')}</button>
            : <button type="button" class="primary" ref={next} onClick={() => { command('plumbline.rank'); }}>{t('Label Answers')}</button>}
          <button type="button" onClick={() => { command('plumbline.agreement'); }}>{t('Show Agreement')}</button>
          {undo}
        </div>
      </main>
    );
  }
  if (mode === 'adjudicate') {
    return (
      <main class="done">
        <h1>{total === 0 ? t('Nobody disagrees on anything yet') : t('All {0} disagreements are settled', total)}</h1>
        <p class="quiet">{total === 0 ? t('An item is disputed when two people have judged it differently.') : t('Training takes the settlement instead of the labels that it settles.')}</p>
        <div class="choices">
          <button type="button" class="primary" ref={next} onClick={() => { command('plumbline.rank'); }}>{t('Label Answers')}</button>
          <button type="button" onClick={() => { command('plumbline.agreement'); }}>{t('Show Agreement')}</button>
          {undo}
        </div>
      </main>
    );
  }
  if (mode === 'contradicted') {
    const { reAsked } = view;
    return (
      <main class="done">
        <h1>{total === 0 ? t('No reward model contradicts you') : total === 1 ? t('The one contradicted label was asked again') : t('All {0} contradicted labels were asked again', total)}</h1>
        {reAsked && reAsked.labels > 0
          ? <p class="quiet">{t('Of your comparisons you kept {0}, reversed {1} and tied {2}. Your first labels stay what training takes.', reAsked.kept, reAsked.reversed, reAsked.tied)}</p>
          : <p class="quiet">{t('These are your labels that reward models would rather have reversed, as of the last scores.')}</p>}
        <div class="choices">
          <button type="button" class="primary" ref={next} onClick={() => { command('plumbline.rank'); }}>{t('Label Answers')}</button>
          <button type="button" onClick={() => { command('plumbline.agreement'); }}>{t('Show Agreement')}</button>
          {undo}
        </div>
      </main>
    );
  }
  const ranks = form.preference?.form === 'ranking';
  if (total === 0) {
    return (
      <main class="done">
        <h1>{ranks ? t('Nothing to rank yet') : t('Nothing to label yet')}</h1>
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
  const headline = ranks ? (total === 1 ? t('The one item is ranked') : t('All {0} ranked', total)) : total === 1 ? t('The one item is labeled') : t('All {0} labeled', total);
  return (
    <main class="done">
      <svg class="tick" viewBox="0 0 48 48" aria-hidden="true"><circle cx="24" cy="24" r="22" /><path d="M14 25l7 7 13-15" /></svg>
      <h1>{headline}</h1>
      <p class="quiet">{form.preference ? t('A reward model can now learn from these comparisons what you prefer.') : t('Another task may have something left.')}</p>
      {view.trusted ? (
        <div class="choices">
          {form.preference && <button type="button" class="primary" ref={next} onClick={() => { command('plumbline.trainReward'); }}>{t('Train Reward Model')}</button>}
          <button type="button" onClick={() => { command('plumbline.generate'); }}>{t('Generate More Answers')}</button>
          <button type="button" onClick={() => { command('plumbline.chooseTask'); }}>{t('Choose Task')}</button>
          {undo}
        </div>
      ) : restricted}
    </main>
  );
}
