import { maxWindow } from '../../domain/item-filter';

/** Rows are fetched in blocks of so many, so that a little scrolling needs nothing new. */
export const block = 100;
/** Rows drawn beyond either edge of what is seen. */
const beyond = 12;

/** First position that is drawn, and the one after the last. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** The rows to draw. @param top scrolled distance, @param height of the view, both in the unit of `rowHeight` */
export function drawn(top: number, height: number, rowHeight: number, count: number): Span {
  const from = Math.max(0, Math.floor(top / rowHeight) - beyond);
  return { from: Math.min(from, Math.max(0, count - 1)), to: Math.min(count, Math.ceil((top + height) / rowHeight) + beyond) };
}

/** The window to ask for so that every row of a span is there; undefined when all are. */
export function missing(span: Span, count: number, has: (position: number) => boolean): { from: number; count: number } | undefined {
  let first = span.from;
  while (first < span.to && has(first)) first++;
  if (first >= span.to) return undefined;
  const from = first - (first % block);
  const to = Math.min(count, from + maxWindow, Math.ceil(span.to / block) * block);
  return { from, count: to - from };
}

/** Where a row must be scrolled to so that it is seen whole; the same place when it is. */
export function scrolledTo(position: number, top: number, height: number, rowHeight: number): number {
  const start = position * rowHeight;
  if (start < top) return start;
  if (start + rowHeight > top + height) return start + rowHeight - height;
  return top;
}

/** Where a key leads; undefined for any other key. */
export function moveBy(key: string, at: number, count: number, page: number): number | undefined {
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: count - 1 }[key];
  return to === undefined ? undefined : Math.max(0, Math.min(count - 1, to));
}
