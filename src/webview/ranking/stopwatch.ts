/** Time an item was in view: stands still while the panel is hidden. */
export function stopwatch(): { restart(ms: number): void; ms(): number } {
  let total = 0;
  let since = performance.now();
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'hidden') total += performance.now() - since;
    since = performance.now();
  });
  return {
    restart(ms) {
      total = ms;
      since = performance.now();
    },
    ms: () => Math.round(total + (document.visibilityState === 'hidden' ? 0 : performance.now() - since)),
  };
}
