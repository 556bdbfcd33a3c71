import type { Feed } from '../engine/session';

/** `slots` in as few equal parts of at most `most` as there can be: the size of a part. The last may reach beyond the end. */
export function fewerSlots(slots: number, most: number): number {
  return Math.ceil(slots / Math.ceil(slots / Math.min(slots, Math.max(1, most))));
}

/** Elements at…at+size−1; zeros beyond the end. */
export function slotsPart(feed: Feed, at: number, size: number): Feed {
  if (at + size <= feed.length) return feed.subarray(at, at + size);
  const part = new (feed.constructor as new (length: number) => Feed)(size);
  part.set(feed.subarray(at) as never);
  return part;
}

/** The first `slots` elements of parts that were computed one after another. */
export function joinSlots(parts: readonly Readonly<Record<string, Feed>>[], slots: number): Record<string, Feed> {
  const [first] = parts;
  if (parts.length === 1) return { ...first };
  return Object.fromEntries(
    Object.entries(first!).map(([name, data]) => {
      const size = data.length;
      const whole = new (data.constructor as new (length: number) => Feed)(slots);
      parts.forEach((part, i) => {
        const from = part[name]!;
        whole.set(from.subarray(0, Math.min(size, slots - i * size)) as never, i * size);
      });
      return [name, whole];
    }),
  );
}
