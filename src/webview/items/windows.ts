import { maxWindow } from '../../domain/item-filter';
import type { Span } from '../shared/rows-in-view';

/** Rows are fetched in blocks of so many, so that a little scrolling needs nothing new. */
export const block = 100;
/** The window to ask for so that every row of a span is there; undefined when all are. */
export function missing(span: Span, count: number, has: (position: number) => boolean): { from: number; count: number } | undefined {
  let first = span.from;
  while (first < span.to && has(first)) first++;
  if (first >= span.to) return undefined;
  const from = first - (first % block);
  const to = Math.min(count, from + maxWindow, Math.ceil(span.to / block) * block);
  return { from, count: to - from };
}
