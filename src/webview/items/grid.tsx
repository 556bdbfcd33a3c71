import type { VNode } from 'preact';
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ItemRow } from '../../protocol/panels-items';
import { t } from '../shared/l10n';
import { keepFocus } from '../shared/keys';
import { columns, Row } from './row';
import { drawn, moveBy, scrolledTo } from '../shared/rows-in-view';
import type { Span } from '../shared/rows-in-view';

const rowHeight = 30;

interface Props {
  readonly count: number;
  /** The current row. */
  readonly at: number;
  /** Changes when the current row is to be scrolled into view. */
  readonly reveal: number;
  readonly row: (position: number) => ItemRow | undefined;
  readonly select: (position: number) => void;
  readonly open: () => void;
  /** These rows are seen: fetch what is missing. */
  readonly need: (span: Span) => void;
}

/** All rows, of which only those in view are there. The grid keeps the keyboard; the current row is its active descendant. */
export function Grid({ count, at, reveal, row, select, open, need }: Props): VNode {
  const view = useRef<HTMLDivElement>(null);
  const space = useRef<HTMLDivElement>(null);
  const shown = useRef<HTMLDivElement>(null);
  const [span, setSpan] = useState<Span>({ from: 0, to: 0 });

  const current = useRef(at);
  current.current = at;

  const look = useCallback(() => {
    const el = view.current;
    if (!el) return;
    const next = drawn(el.scrollTop, el.clientHeight - rowHeight, rowHeight, count);
    setSpan((old) => (old.from === next.from && old.to === next.to ? old : next));
  }, [count]);

  // A list that comes back while somebody types into the search field leaves the keyboard there.
  useLayoutEffect(() => (document.activeElement === document.body ? keepFocus(() => view.current) : undefined), []);
  useLayoutEffect(() => {
    space.current?.style.setProperty('height', `${count * rowHeight}px`);
    look();
    const observer = new ResizeObserver(look);
    observer.observe(view.current!);
    return () => {
      observer.disconnect();
    };
  }, [count, look]);
  useLayoutEffect(() => {
    shown.current?.style.setProperty('transform', `translateY(${span.from * rowHeight}px)`);
  }, [span]);
  useLayoutEffect(() => {
    const el = view.current!;
    const to = scrolledTo(current.current, el.scrollTop, el.clientHeight - rowHeight, rowHeight);
    if (to !== el.scrollTop) el.scrollTop = to;
  }, [reveal]);
  useEffect(() => {
    need(span);
  }, [span, need]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const page = Math.max(1, Math.floor((view.current!.clientHeight - rowHeight) / rowHeight) - 1);
    const to = moveBy(event.key, at, count, page);
    if (to === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    select(to);
  };

  const positions = Array.from({ length: Math.max(0, span.to - span.from) }, (_, i) => span.from + i);
  const isDrawn = at >= span.from && at < span.to;
  return (
    <div class="grid" id="grid" role="grid" tabIndex={0} ref={view} aria-label={t('Items')} aria-rowcount={count + 1} aria-colcount={columns().length} aria-activedescendant={isDrawn ? `row-${at}` : undefined} onScroll={look} onKeyDown={onKeyDown}>
      <div role="row" class="row head" aria-rowindex={1}>
        {columns().map(([name, title], i) => <span role="columnheader" class={`cell ${name}`} aria-colindex={i + 1} key={name}>{title}</span>)}
      </div>
      <div class="space" role="presentation" ref={space}>
        <div class="shown" role="rowgroup" ref={shown}>
          {positions.map((position) => <Row key={position} position={position} row={row(position)} selected={position === at} select={select} open={open} />)}
        </div>
      </div>
    </div>
  );
}
