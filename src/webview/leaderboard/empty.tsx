import type { VNode } from 'preact';
import type { LeaderboardView } from '../../protocol/panels-leaderboard';
import { t } from '../shared/l10n';

type Command = 'plumbline.rank' | 'plumbline.generate' | 'plumbline.import';

/** Nothing to rate: why, and what to do next. */
export function Empty({ view, command }: { view: LeaderboardView; command: (id: Command) => void }): VNode {
  const label = <button type="button" class="primary" onClick={() => { command('plumbline.rank'); }}>{t('Label Answers')}</button>;
  const generate = <button type="button" class="primary" onClick={() => { command('plumbline.generate'); }}>{t('Generate Answers')}</button>;
  const load = <button type="button" onClick={() => { command('plumbline.import'); }}>{t('Import')}</button>;
  const { verdicts, notAdmitted, noCriterion } = view.counts.leftOut;
  const silent = Object.values(verdicts).reduce((sum, n) => sum + n, 0);
  const [text, buttons] = ((): [string, VNode[]] => {
    switch (view.empty) {
      case 'no-answers':
        return [t('There are no answers yet. Ratings come from labels that say which answer is better: let two models answer the same prompts, then label the answers.'), [generate, load]];
      case 'one-source':
        return [t('All answers are of one model, {0}. Models are rated by comparing their answers: generate some with another model, or import them.', view.sources[0] ?? ''), [generate, load]];
      case 'no-labels':
        return [t('There are answers of {0} models and no labels yet. Say which answers are better, and the models appear here.', view.sources.length), [label]];
      default:
        return [t('No label that counts here compares answers of two models.'), [label]];
    }
  })();
  return (
    <section class="empty" aria-label={t('Nothing to rate')}>
      <h2>{t('Nothing is rated yet')}</h2>
      <p>{text}</p>
      {view.empty === 'no-order' && silent + notAdmitted + noCriterion > 0 && (
        <p class="quiet">{t('Left out: {0} labels without an order, {1} of labelers who are not admitted, {2} without this criterion.', silent, notAdmitted, noCriterion)}</p>
      )}
      <p class="buttons">{buttons}</p>
    </section>
  );
}
