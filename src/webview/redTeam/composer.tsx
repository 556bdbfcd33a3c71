import type { RefObject, VNode } from 'preact';
import { t } from '../shared/l10n';

interface Props {
  readonly boxRef: RefObject<HTMLTextAreaElement | null>;
  readonly draft: string;
  readonly setDraft: (text: string) => void;
  readonly n: number;
  readonly setN: (n: number) => void;
  readonly changing: boolean;
  readonly first: boolean;
  readonly disabled: boolean;
  readonly send: () => void;
  readonly help: () => void;
}

/** The message that is written. Enter sends it, Shift+Enter begins a new line. */
export function Composer({ boxRef, draft, setDraft, n, setN, changing, first, disabled, send, help }: Props): VNode {
  return (
    <form class="composer" onSubmit={(e) => { e.preventDefault(); send(); }}>
      <label class="hidden-from-eyes" for="message">{t('Message')}</label>
      <textarea id="message" ref={boxRef} rows={3} value={draft} placeholder={changing ? t('The message in another form') : first ? t('The first message') : t('The next message')}
        onInput={(e) => { setDraft(e.currentTarget.value); }}
        onKeyDown={(e) => {
          if (e.key !== 'Enter' || e.shiftKey || e.isComposing) return;
          e.preventDefault();
          send();
        }} />
      <div class="composer-actions">
        <button type="submit" class="primary" disabled={disabled || draft.trim() === ''}>{changing ? t('Send Again') : t('Send')} <kbd>Enter</kbd></button>
        <label>{t('Replies')}
          <select value={n} onChange={(e) => { setN(Number(e.currentTarget.value)); }}>
            {[1, 2, 3, 4, 6].map((k) => <option key={k} value={k}>{k}</option>)}
          </select>
        </label>
        <span class="spacer" />
        <button type="button" class="plain" onClick={help}>{t('Keys')} <kbd>?</kbd></button>
      </div>
    </form>
  );
}
