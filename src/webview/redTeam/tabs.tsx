import type { VNode } from 'preact';
import { useRef } from 'preact/hooks';
import { t } from '../shared/l10n';

type Tab = 'conversation' | 'automatic';

/** Two tabs; the arrow keys go between them. */
export function Tabs({ tab, choose }: { tab: Tab; choose: (tab: Tab) => void }): VNode {
  const list = useRef<HTMLDivElement>(null);
  const titles: readonly (readonly [Tab, string])[] = [['conversation', t('Conversation')], ['automatic', t('Automatic')]];
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    const other = tab === 'conversation' ? 'automatic' : 'conversation';
    choose(other);
    list.current?.querySelector<HTMLElement>(`#tab-${other}`)?.focus();
    event.preventDefault();
  };
  return (
    <div class="tabs" role="tablist" aria-label={t('Kinds of red teaming')} ref={list} onKeyDown={onKeyDown}>
      {titles.map(([id, title]) => (
        <button type="button" role="tab" id={`tab-${id}`} key={id} aria-selected={tab === id} aria-controls="panel" tabIndex={tab === id ? 0 : -1} onClick={() => { choose(id); }}>{title}</button>
      ))}
    </div>
  );
}
