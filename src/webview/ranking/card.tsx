import type { VNode } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { RankingAction } from '../../protocol/panels-ranking';
import { plural } from '../../base/text';
import { t } from '../shared/l10n';
import { Text } from '../shared/text';
import { keepFocus } from '../shared/keys';
import { dragStart } from './drag';
import type { Ranking } from './model';
import { letter } from './model';

interface Props {
  readonly position: number;
  readonly text: string;
  readonly rank: number | undefined;
  readonly tied: boolean;
  readonly focused: boolean;
  /** Changes with every action, so that the keyboard goes back to the focused card after it. */
  readonly announceFocus: Ranking;
  readonly expanded: boolean;
  readonly perform: (action: RankingAction, position?: number) => void;
  readonly onFocus: () => void;
  readonly onExpand: () => void;
}

/** One answer. The card is its own scroll container, so that arrow keys and Page Down scroll the focused answer. */
export function Card({ position, text, rank, tied, focused, announceFocus, expanded, perform, onFocus, onExpand }: Props): VNode {
  const card = useRef<HTMLDivElement>(null);
  const [overflows, setOverflows] = useState(false);
  useLayoutEffect(() => {
    if (focused) return keepFocus(() => card.current);
    return undefined;
  }, [focused, announceFocus]);
  useLayoutEffect(() => {
    if (focused) card.current?.scrollIntoView({ block: 'nearest' });
  }, [focused, announceFocus]);
  useLayoutEffect(() => {
    const el = card.current!;
    const observer = new ResizeObserver(() => {
      setOverflows(el.scrollHeight > el.clientHeight + 4);
    });
    observer.observe(el);
    return () => {
      observer.disconnect();
    };
  }, [text]);

  const name = t('Answer {0}', letter(position));
  const standing = rank === undefined ? t('no rank') : tied ? t('rank {0}, tied', rank) : t('rank {0}', rank);
  return (
    <div class={`card${focused ? ' focused' : ''}${rank === undefined ? '' : ' ranked'}${rank === 1 ? ' best' : ''}${expanded ? ' expanded' : ''}`} ref={card} role="group" aria-label={`${name}, ${standing}`}
      tabIndex={focused ? 0 : -1} onFocus={onFocus} data-position={position}>
      <header draggable onDragStart={(event) => { dragStart(event, position); }} onClick={() => { perform('rank', position); }} title={t('Click: next rank, or take the rank away. Drag: into the ranking below.')}>
        <button type="button" class="badge" tabIndex={-1} aria-label={t('Rank {0}', name)} aria-pressed={rank !== undefined}>{rank === undefined ? '' : rank}{tied ? <i aria-hidden="true">=</i> : null}</button>
        <span class="letter">{letter(position)}</span>
        <span class="spacer" />
        <span class="quiet count">{plural(countWords(text), 'word')}</span>
        <kbd title={t('Press {0} to give {1} the next rank', position + 1, name)}>{position + 1}</kbd>
      </header>
      <div class="body">{text.trim() === '' ? <p class="quiet empty">{t('(empty answer)')}</p> : <Text text={text} />}</div>
      {(overflows || expanded) && (
        <button type="button" class="plain more" tabIndex={-1} onClick={onExpand}>
          {expanded ? t('Show less') : t('Show all {0}', plural(text.length, 'character'))} <kbd>E</kbd>
        </button>
      )}
    </div>
  );
}

const countWords = (text: string): number => text.match(/\S+/g)?.length ?? 0;
