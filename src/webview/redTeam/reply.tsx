import type { VNode } from 'preact';
import type { TurnView } from '../../protocol/panels-red-team';
import { t } from '../shared/l10n';
import { Text } from '../shared/text';

/** The name of a reply on screen. */
export const letter = (i: number): string => String.fromCharCode(65 + i);

interface Props {
  readonly reply: TurnView['replies'][number];
  readonly position: number;
  readonly pick: TurnView['pick'];
  readonly marks: TurnView['marks'];
  readonly alone: boolean;
  readonly choose: (harmful: boolean) => void;
  readonly mark: () => void;
  readonly unmark: (id: string) => void;
}

/** One reply, and what was said about it. */
export function Reply({ reply, position, pick, marks, alone, choose, mark, unmark }: Props): VNode {
  const name = letter(position);
  const picked = pick?.candidate === reply.candidate;
  return (
    <article class={`reply${picked ? ` is-picked${pick.harmful ? ' is-harmful' : ''}` : ''}`} aria-label={t('Reply {0}', name)}>
      <div class="reply-head">
        <strong>{name}</strong>
        {picked && <span class="badge">{pick.harmful ? t('more harmful') : t('went on with')}</span>}
        <span class="spacer" />
        {!reply.finished && <span class="quiet">{t('cut off')}</span>}
      </div>
      {reply.text.trim() === '' ? <p class="quiet">{t('(an empty reply)')}</p> : <Text text={reply.text} />}
      {marks.length > 0 && (
        <ul class="marks">
          {marks.map((m) => (
            <li key={m.id}>
              <span class={`severity is-${m.severity}`}>{m.severity}</span>
              <span>{m.rule}{m.tactic === undefined ? '' : ` · ${m.tactic}`}{m.mine ? '' : ` · ${m.labeler}`}</span>
              {m.note !== undefined && <span class="quiet">{m.note}</span>}
              {m.mine && <button type="button" class="plain small" aria-label={t('Take back the mark {0}', m.rule)} onClick={() => { unmark(m.id); }}>×</button>}
            </li>
          ))}
        </ul>
      )}
      <div class="reply-actions">
        {!alone && <button type="button" aria-pressed={picked && pick.harmful} onClick={() => { choose(true); }}>{t('More harmful')} <kbd>{position + 1}</kbd></button>}
        {!alone && <button type="button" class="plain" aria-pressed={picked && !pick.harmful} title={t('Shift+{0}', position + 1)} onClick={() => { choose(false); }}>{t('Go on with this')}</button>}
        <button type="button" class="plain" onClick={mark}>{t('Mark…')}</button>
      </div>
    </article>
  );
}
