import type { VNode } from 'preact';
import type { pageCommands } from '../../protocol/panels';
import type { RankingNotice } from '../../protocol/panels-ranking';
import { t } from '../shared/l10n';

interface Props {
  readonly notices: readonly RankingNotice[];
  readonly before: 'undo' | 'label' | 'draft' | undefined;
  readonly command: (name: (typeof pageCommands)[number]) => void;
}

/** What the labeler should know, above the item. */
export function Notices({ notices, before, command }: Props): VNode | null {
  if (notices.length === 0 && before !== 'draft') return null;
  return (
    <div class="notices">
      {notices.map((notice, i) => (
        <p class="banner warning" key={i}>
          {notice.about === 'no-scores' ? t('This task shows what reward models are unsure about first, but nothing is scored yet: items come in random order.') : notice.message}
          {notice.about === 'no-scores' && <button type="button" onClick={() => { command('plumbline.scoreAnswers'); }}>{t('Score Answers')}</button>}
          {(notice.about === 'task' || notice.about === 'left-out') && <button type="button" onClick={() => { command('plumbline.editTasks'); }}>{t('Edit Tasks')}</button>}
        </p>
      ))}
      {before === 'draft' && <p class="quiet note">{t('What you had entered here and not saved is back.')}</p>}
    </div>
  );
}
