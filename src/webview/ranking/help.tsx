import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { pageCommands } from '../../protocol/panels';
import { t } from '../shared/l10n';

interface Props {
  readonly close: () => void;
  readonly command: (name: (typeof pageCommands)[number]) => void;
}

/** The keys as they are by default, and where to change them. */
export function Help({ close, command }: Props): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const keys: [string[], string][] = [
    [['1', '…', '9'], t('Give this answer the next rank, or take its rank away')],
    [['J', 'K'], t('Next, previous answer')],
    [['⇧J', '⇧K'], t('Lower, raise its rank')],
    [['='], t('Tie with the answer ranked above')],
    [['W'], t('Answers left without a rank: compared with nothing, or worse than the ranked')],
    [['B'], t('All are bad')],
    [['U'], t('Unsure')],
    [['S'], t('Skip')],
    [['↵'], t('Save and go on')],
    [['Z', '⇧Z'], t('Undo, redo: also what was saved, also after a restart')],
    [['E'], t('Show all of a long answer')],
    [['?'], t('This list')],
  ];
  return (
    <dialog class="help" ref={dialog} onClose={close} aria-label={t('Keys')}>
      <h2>{t('Keys')}</h2>
      <dl>
        {keys.map(([names, what]) => [
          <dt key={what}>{names.map((n) => (n === '…' ? <span key={n}>…</span> : <kbd key={n}>{n}</kbd>))}</dt>,
          <dd key={`${what} `}>{what}</dd>,
        ])}
      </dl>
      <p class="quiet">{t('When only one answer is left it is last by itself; press its number twice to leave it without a rank.')}</p>
      <div class="choices">
        <button type="button" class="link" onClick={() => { command('plumbline.openKeybindings'); }}>{t('Change the keys')}</button>
        <span class="spacer" />
        <button type="button" class="primary" autofocus onClick={() => { dialog.current?.close(); }}>{t('Close')}</button>
      </div>
    </dialog>
  );
}
