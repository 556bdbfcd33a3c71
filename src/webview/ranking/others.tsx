import type { VNode } from 'preact';
import type { Said } from '../../domain/form';
import { t } from '../shared/l10n';
import { inOneLine } from './one-line';

/** In adjudication: what the labelers said, without their names. */
export function Others({ others }: { others: readonly Said[] }): VNode {
  return (
    <section class="others" aria-label={t('What others said')}>
      {others.map((said, i) => (
        <div class="other" key={i}>
          <strong>{t('Labeler {0}', i + 1)}</strong> <span class="number">{inOneLine(said)}</span>
          {typeof said.values['strength'] === 'number' && <span class="quiet"> {t('strength {0} of 4', said.values['strength'])}</span>}
          {typeof said.values['confidence'] === 'number' && <span class="quiet"> {t('sure: {0}', said.values['confidence'])}</span>}
          {typeof said.values['rationale'] === 'string' && <p class="quiet why">{said.values['rationale']}</p>}
        </div>
      ))}
    </section>
  );
}
