/** States that one can go back and forth between. */
export interface History<T> {
  readonly past: readonly T[];
  readonly now: T;
  readonly future: readonly T[];
  /** What the last change was about: the next one about the same belongs to it. */
  readonly about?: string | undefined;
}

const most = 500;

export function startHistory<T>(now: T): History<T> {
  return { past: [], now, future: [] };
}

/** @param about names what is changed, so that a text that is typed is one step back; absent: a step of its own */
export function changed<T>(history: History<T>, now: T, about?: string): History<T> {
  if (now === history.now) return history;
  const together = about !== undefined && about === history.about;
  return { past: together ? history.past : [...history.past, history.now].slice(-most), now, future: [], about };
}

export function undone<T>(history: History<T>): History<T> {
  const before = history.past.at(-1);
  return before === undefined ? history : { past: history.past.slice(0, -1), now: before, future: [history.now, ...history.future] };
}

export function redone<T>(history: History<T>): History<T> {
  const [next, ...future] = history.future;
  return next === undefined ? history : { past: [...history.past, history.now], now: next, future };
}
