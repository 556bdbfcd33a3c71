/** A server that asks for more is not waited for so long: its limit is of another kind. */
const longest = 60_000;

/** Milliseconds that a `Retry-After` header asks for (seconds or a date), at most a minute; undefined when it says nothing. */
export function retryAfter(header: string | null, now: number): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const seconds = Number(header);
  const ms = Number.isFinite(seconds) ? 1000 * seconds : Date.parse(header) - now;
  return Number.isNaN(ms) ? undefined : Math.min(longest, Math.max(0, ms));
}

/** Waits; rejects with the signal's reason as soon as that is aborted. */
export function waitFor(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
