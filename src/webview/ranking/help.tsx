import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { TaskForm } from '../../domain/tasks';
import type { pageCommands } from '../../protocol/panels';
import { t } from '../shared/l10n';
import { keysFor } from './keys';

interface Props {
  readonly form: TaskForm;
  /** Answers on the page. */
  readonly count: number;
  readonly close: () => void;
  readonly command: (name: (typeof pageCommands)[number]) => void;
}

/** The keys that apply to the form at hand, as they are by default, and where to change them. */
export function Help({ form, count, close, command }: Props): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const keys = keysFor(form, count);
  return (
    <dialog class="help" ref={dialog} onClose={close} aria-label={t('Keys')}>
      <h2>{t('Keys')}</h2>
      <dl>
        {keys.map(([names, what]) => [
          <dt key={what}>{names.map((n) => (n === '…' ? <span key={n}>…</span> : <kbd key={n}>{n}</kbd>))}</dt>,
          <dd key={`${what} `}>{what}</dd>,
        ])}
      </dl>
      {form.preference?.form === 'ranking' && <p class="quiet">{t('When only one answer is left it is last by itself; press its number twice to leave it without a rank.')}</p>}
      <div class="choices">
        <button type="button" class="link" onClick={() => { command('plumbline.openKeybindings'); }}>{t('Change the keys')}</button>
        <span class="spacer" />
        <button type="button" class="primary" autofocus onClick={() => { dialog.current?.close(); }}>{t('Close')}</button>
      </div>
    </dialog>
  );
}
