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

/** Whether a span that was drawn before is still good: what is seen is in it, with room, so that scrolling draws a few rows at a time and not each by itself. */
export function covers(span: Span, top: number, height: number, rowHeight: number, count: number): boolean {
  const room = 8;
  return span.from <= Math.max(0, Math.floor(top / rowHeight) - room) && span.to >= Math.min(count, Math.ceil((top + height) / rowHeight) + room) && span.to <= count;
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

/** A row by its place, or so many rows that are not drawn. */
export type Piece = number | { readonly gap: number };

/** The rows of a span and those that are kept wherever they are (they have the keyboard, or unsaved text), and what lies between them. */
export function pieces(span: Span, kept: readonly number[], count: number): Piece[] {
  // A span may be of a time when there were more rows.
  const to = Math.min(span.to, count);
  const others = kept.filter((at) => at >= 0 && at < count && (at < span.from || at >= to));
  const places = [...new Set([...others, ...Array.from({ length: Math.max(0, to - span.from) }, (_, i) => span.from + i)])].sort((a, b) => a - b);
  const found: Piece[] = [];
  let next = 0;
  for (const place of places) {
    if (place > next) found.push({ gap: place - next });
    found.push(place);
    next = place + 1;
  }
  if (next < count) found.push({ gap: count - next });
  return found;
}
