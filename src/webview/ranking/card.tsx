import type { ComponentChildren, VNode } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { plural } from '../../base/text';
import { letter } from '../../domain/form';
import type { Stretch } from '../../domain/masking';
import type { RankingAction } from '../../protocol/panels-ranking';
import { keepFocus } from '../shared/keys';
import { t } from '../shared/l10n';
import { dragStart } from './drag';
import type { Ranking } from './model';
import { ranksOf } from './model';
import { selectedIn } from './passage';
import { isPointerDown } from './pointer';

interface Props {
  readonly position: number;
  readonly text: string;
  readonly ranking: Ranking;
  /** The keyboard is on the answers, and this is the one. */
  readonly focused: boolean;
  /** Changes with every action, so that the keyboard goes back to the focused card after it. */
  readonly announceFocus: unknown;
  readonly expanded: boolean;
  readonly perform: (action: RankingAction, position?: number) => void;
  readonly onFocus: () => void;
  readonly onExpand: () => void;
  /** Of an answer in which something can be marked: what was selected by mouse. */
  readonly onSelect?: ((stretch: Stretch) => void) | undefined;
  /** The text as it is shown. */
  readonly children: ComponentChildren;
  /** The fields about this answer. */
  readonly fields: ComponentChildren;
}

/** One answer. The card is its own scroll container, so that arrow keys and Page Down scroll the focused answer. */
export function Card({ position, text, ranking, focused, announceFocus, expanded, perform, onFocus, onExpand, onSelect, children, fields }: Props): VNode {
  const card = useRef<HTMLDivElement>(null);
  const [overflows, setOverflows] = useState(false);
  useLayoutEffect(() => {
    if (focused) return keepFocus(() => card.current);
    return undefined;
  }, [focused, announceFocus]);
  useLayoutEffect(() => {
    if (focused && !isPointerDown()) card.current?.scrollIntoView({ block: 'nearest' });
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

  const { form } = ranking.asks;
  const ranks = ranksOf(ranking);
  const rank = ranks[position] ?? undefined;
  const tied = rank !== undefined && ranks.some((r, j) => j !== position && r === rank);
  const name = t('Answer {0}', letter(position));
  const standing = form === 'none' ? '' : rank === undefined ? t('no rank') : tied ? t('rank {0}, tied', rank) : t('rank {0}', rank);
  const face = rank === undefined ? '' : form === 'ranking' ? rank : tied ? '=' : rank === 1 ? '✓' : '';
  const what = form === 'ranking' ? t('Click: next rank, or take the rank away. Drag: into the ranking below.') : t('Click: the best, or take it back.');
  return (
    <div class="answer">
      <div class={`card${focused ? ' focused' : ''}${ranking.focus === position ? ' current' : ''}${rank === undefined || (form !== 'ranking' && rank !== 1) ? '' : ' ranked'}${rank === 1 ? ' best' : ''}${expanded ? ' expanded' : ''}`} ref={card} role="group" aria-label={standing === '' ? name : `${name}, ${standing}`}
        tabIndex={ranking.focus === position ? 0 : -1} onFocus={(event) => { if (event.target === event.currentTarget) onFocus(); }} data-position={position}>
        {form === 'none' ? <header><span class="letter">{letter(position)}</span><span class="spacer" /><span class="quiet count">{plural(countWords(text), 'word')}</span></header> : (
          <header draggable={form === 'ranking'} onDragStart={(event) => { dragStart(event, position); }} onClick={() => { perform('rank', position); }} title={what}>
            <button type="button" class="badge" tabIndex={-1} aria-label={form === 'ranking' ? t('Rank {0}', name) : t('{0} is the best', name)} aria-pressed={rank !== undefined && (form === 'ranking' || rank === 1)} data-face={face} data-tied={tied && form === 'ranking' ? '=' : undefined} />
            <span class="letter">{letter(position)}</span>
            <span class="spacer" />
            <span class="quiet count">{plural(countWords(text), 'word')}</span>
            <kbd title={t('Press {0} on the answers to choose {1}', position + 1, name)}>{position + 1}</kbd>
          </header>
        )}
        <div class="body" onMouseUp={onSelect && ((event) => {
          const stretch = selectedIn(event.currentTarget);
          if (stretch) onSelect(stretch);
        })}>{text.trim() === '' ? <p class="quiet empty">{t('(empty answer)')}</p> : children}</div>
        {(overflows || expanded) && (
          <button type="button" class="plain more" tabIndex={-1} onClick={onExpand}>
            {expanded ? t('Show less') : t('Show all {0}', plural(text.length, 'character'))} <kbd>E</kbd>
          </button>
        )}
      </div>
      {fields}
    </div>
  );
}

const countWords = (text: string): number => text.match(/\S+/g)?.length ?? 0;
