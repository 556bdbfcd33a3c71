import type { VNode } from 'preact';
import type { AttemptRow } from '../../protocol/panels-red-team';
import { t } from '../shared/l10n';

interface Props {
  readonly attempts: readonly AttemptRow[];
  readonly current: string | undefined;
  readonly open: (attempt: string | undefined) => void;
}

/** The conversations there are, the latest first. */
export function Attempts({ attempts, current, open }: Props): VNode {
  return (
    <nav class="attempts" aria-label={t('Conversations')}>
      <button type="button" onClick={() => { open(undefined); }}>{t('New Conversation')} <kbd>N</kbd></button>
      {attempts.length === 0 ? (
        <p class="quiet">{t('Conversations are kept here as they grow.')}</p>
      ) : (
        <ul>
          {attempts.map((a) => (
            <li key={a.id}>
              <button type="button" class="plain row" aria-current={a.id === current ? 'true' : undefined} onClick={() => { open(a.id); }}>
                <span class="goal">{a.goal === '' ? t('No goal') : a.goal}</span>
                <span class="quiet">{a.target} · {a.turns === 1 ? t('1 turn') : t('{0} turns', a.turns)}{a.severity !== undefined && <> · <span class={`severity is-${a.severity}`}>{t('severity {0}', a.severity)}</span></>}</span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </nav>
  );
}
