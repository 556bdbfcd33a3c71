import type { VNode } from 'preact';
import type { pageCommands } from '../../protocol/panels';
import { t } from '../shared/l10n';

interface Props {
  /** Items without a filter. */
  readonly total: number;
  readonly clear: () => void;
  readonly command: (name: (typeof pageCommands)[number]) => void;
}

/** Nothing to list, and what to do about it. */
export function Empty({ total, clear, command }: Props): VNode {
  return (
    <main class="empty">
      <h2>{total === 0 ? t('There are no answers to this task yet.') : t('Nothing matches.')}</h2>
      <div class="line">
        {total === 0 ? (
          <>
            <button type="button" class="primary" onClick={() => { command('plumbline.generate'); }}>{t('Generate Answers')}</button>
            <button type="button" onClick={() => { command('plumbline.import'); }}>{t('Import')}</button>
          </>
        ) : (
          <button type="button" class="primary" onClick={clear}>{t('Show all {0} items', total.toLocaleString())}</button>
        )}
      </div>
    </main>
  );
}
