const made = new Set<string>();

/** Notes how long after the page's beginning something was there, for whoever measures: `performance.getEntriesByType('measure')`. */
export function markOnce(name: string): void {
  if (made.has(name)) return;
  made.add(name);
  performance.measure(`plumbline ${name}`);
}
