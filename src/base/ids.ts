import { monotonicFactory } from 'ulid';

const factory = monotonicFactory();

/** A new ULID: unique, sorts by time, monotonic within one process. */
export function newId(now: number): string {
  return factory(now);
}

/** Lower-case letters, digits and single hyphens, at most `max` characters: safe as a file name on every system. */
export function slug(text: string, max = 40): string {
  const s = text.normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/g, '-').slice(0, max).replace(/^-+|-+$/g, '');
  return s === '' ? 'unnamed' : s;
}
