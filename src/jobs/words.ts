/** Pieces of reports in Markdown. Texts of models stand in them as text only. */

export const percent = (x: number): string => `${(100 * x).toFixed(1)} %`;

/** Two to four digits that matter. */
export function number(x: number): string {
  const size = Math.abs(x);
  return size >= 100 ? x.toFixed(0) : size >= 10 ? x.toFixed(1) : size >= 0.1 || size === 0 ? x.toFixed(2) : x.toPrecision(2);
}

export const signed = (x: number, digits = 2): string => `${x < 0 ? '−' : '+'}${Math.abs(x).toFixed(digits)}`;

/** Text on one line, with what Markdown or HTML would read made harmless. */
export function plain(text: string): string {
  return text.replace(/\s+/g, ' ').trim().replace(/[\\`*_{}[\]<>#|!~&]/g, (c) => (c === '<' ? '&lt;' : c === '>' ? '&gt;' : c === '&' ? '&amp;' : `\\${c}`));
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map((_, i) => (i === 0 ? '---' : '---:')), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** ` (1.2 to 3.4)`, or nothing. */
export const interval = (low: number | undefined, high: number | undefined, as: (x: number) => string = number): string => (low === undefined || high === undefined ? '' : ` (${as(low)} to ${as(high)})`);
