import type { VNode } from 'preact';
import type { RedTeamView, TurnView } from '../../protocol/panels-red-team';
import { t } from '../shared/l10n';
import { Text } from '../shared/text';
import { MarkForm } from './mark-form';
import type { MarkFields } from './mark-form';
import { letter, Reply } from './reply';

/** Which reply is being marked. */
export interface Marking {
  readonly turn: string;
  readonly candidate: number;
}

interface Props {
  readonly turn: TurnView;
  readonly number: number;
  readonly rules: RedTeamView['rules'];
  readonly rule: string | undefined;
  readonly marking: Marking | undefined;
  readonly setMarking: (marking: Marking | undefined) => void;
  readonly pick: (candidate: number, harmful: boolean) => void;
  readonly change: () => void;
  readonly again: () => void;
  readonly busy: boolean;
  readonly mark: (fields: MarkFields) => void;
  readonly unmark: (id: string) => void;
}

/** A message and its replies. */
export function Turn({ turn, number, rules, rule, marking, setMarking, pick, change, again, busy, mark, unmark }: Props): VNode {
  return (
    <li class="turn" id={`turn-${turn.id}`} tabIndex={-1} aria-label={t('Turn {0}', number)}>
      <div class="said">
        <Text text={turn.text} />
        <span class="said-actions">
          <button type="button" class="plain small" disabled={busy} onClick={change}>{t('Change and retry')}</button>
          <button type="button" class="plain small" disabled={busy} onClick={again}>{t('Ask again')}</button>
        </span>
      </div>
      <div class={`replies of-${turn.replies.length}`}>
        {turn.replies.map((reply, i) => (
          <Reply key={reply.candidate} reply={reply} position={i} pick={turn.pick} marks={turn.marks.filter((m) => m.candidate === reply.candidate)} alone={turn.replies.length < 2}
            choose={(harmful) => { pick(reply.candidate, harmful); }} mark={() => { setMarking({ turn: turn.id, candidate: reply.candidate }); }} unmark={unmark} />
        ))}
      </div>
      {marking && (
        <MarkForm key={marking.candidate} rules={rules} rule={rule} reply={letter(turn.replies.findIndex((r) => r.candidate === marking.candidate))} save={(fields) => { mark({ ...fields, candidate: marking.candidate }); }} close={() => { setMarking(undefined); }} />
      )}
    </li>
  );
}
