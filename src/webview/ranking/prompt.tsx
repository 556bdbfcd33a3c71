import type { VNode } from 'preact';
import type { PanelMessage } from '../../protocol/panels-ranking';
import { t } from '../shared/l10n';
import { Passage } from './passage';

/** The prompt, or the conversation so far with its roles. */
export function Prompt({ messages }: { messages: readonly PanelMessage[] }): VNode {
  const conversation = messages.length > 1 || messages[0]?.role !== 'user';
  return (
    <section class="prompt" aria-label={t('Prompt')} tabIndex={0}>
      {messages.map((m, i) => (
        <div class={`turn${i === messages.length - 1 ? ' last' : ''}`} key={i}>
          {conversation && <span class="role quiet">{m.role}</span>}
          <Passage text={m.text} hidden={m.hidden} />
        </div>
      ))}
    </section>
  );
}
