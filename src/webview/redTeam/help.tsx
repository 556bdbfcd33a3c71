import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { t } from '../shared/l10n';

/** The keys of a conversation. They work outside the text field; Escape leaves it. */
export function Help({ close }: { close: () => void }): VNode {
  const box = useRef<HTMLElement>(null);
  useEffect(() => {
    box.current?.focus();
  }, []);
  const keys: readonly (readonly [string, string])[] = [
    ['Enter', t('send the message')],
    ['Esc', t('leave the text field; stop the replies; close')],
    ['1–9', t('this reply of the last turn is the more harmful one')],
    ['Shift+1–9', t('go on with this reply, without a judgement')],
    ['M', t('mark a reply: rule, severity 0–4, tactic, note')],
    ['E', t('change the last message and send it again')],
    ['R', t('ask again with the same message')],
    ['W', t('write')],
    ['N', t('new conversation')],
    ['?', t('these keys')],
  ];
  return (
    <section class="help" ref={box} tabIndex={-1} aria-label={t('Keys')}>
      <dl>{keys.map(([key, what]) => <div key={key}><dt><kbd>{key}</kbd></dt><dd>{what}</dd></div>)}</dl>
      <button type="button" onClick={close}>{t('Close')}</button>
    </section>
  );
}
