import type { VNode } from 'preact';

export const tabIds = ['agreement', 'disputed', 'labelers'] as const;
export type TabId = (typeof tabIds)[number];

/** One key each, from anywhere on the page but a field. */
export const keys: Readonly<Record<TabId, string>> = { agreement: 'a', disputed: 'd', labelers: 'l' };

/** Tabs as ARIA has them: arrows move, Home and End go to the ends, the chosen one is in the order of Tab. */
export function Tabs({ chosen, choose, names }: { chosen: TabId; choose: (id: TabId) => void; names: Readonly<Record<TabId, string>> }): VNode {
  const move = (event: KeyboardEvent): void => {
    const at = tabIds.indexOf(chosen);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabIds.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = tabIds[(to + tabIds.length) % tabIds.length]!;
    choose(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <div class="tabs" role="tablist" onKeyDown={move}>
      {tabIds.map((id) => (
        <button type="button" key={id} id={`tab-${id}`} role="tab" aria-selected={id === chosen} aria-controls={id === chosen ? `panel-${id}` : undefined} tabIndex={id === chosen ? 0 : -1} class="plain" aria-keyshortcuts={keys[id]} onClick={() => { choose(id); }}>
          {names[id]} <kbd aria-hidden="true">{keys[id].toUpperCase()}</kbd>
        </button>
      ))}
    </div>
  );
}
