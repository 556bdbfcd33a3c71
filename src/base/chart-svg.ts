import type { ChartLayout } from './chart';

/** Colours of a chart that stands alone; any that CSS knows. */
export interface ChartColors {
  /** As many as `paletteSize`. */
  readonly series: readonly string[];
  readonly text: string;
  readonly grid: string;
  /** Behind everything; nothing when left out. */
  readonly background?: string;
  readonly font: string;
}

/** On white paper; told apart also by people who do not see all colours (after Okabe and Ito). */
export const paper: ChartColors = {
  series: ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#8a6d00', '#56b4e9', '#7a3b9a', '#444444'],
  text: '#333333',
  grid: '#dddddd',
  background: '#ffffff',
  font: 'system-ui, sans-serif',
};

/** A chart as an SVG document that stands alone. Names are text, whatever stands in them. */
export function svgOf(layout: ChartLayout, colors: ChartColors, legend: boolean): string {
  const { plot, width } = layout;
  const named = legend ? layout.lines.filter((l) => !l.pale) : [];
  const titleHeight = layout.title === '' ? 0 : 22;
  const height = layout.height + titleHeight + 18 * named.length + (named.length > 0 ? 8 : 0);
  const color = (n: number): string => escapeXml(colors.series[n % colors.series.length]!);
  const text = escapeXml(colors.text);
  const parts = [
    ...(colors.background === undefined ? [] : [`<rect width="${width}" height="${height}" fill="${escapeXml(colors.background)}"/>`]),
    ...(layout.title === '' ? [] : [`<text x="${plot.left}" y="16" font-weight="600" font-size="13" fill="${text}">${escapeXml(layout.title)}</text>`]),
    `<g transform="translate(0 ${titleHeight})">`,
    ...layout.yTicks.map(({ at, text: label }) => `<line x1="${plot.left}" x2="${plot.right}" y1="${at.toFixed(1)}" y2="${at.toFixed(1)}" stroke="${escapeXml(colors.grid)}"/><text x="${plot.left - 6}" y="${(at + 4).toFixed(1)}" text-anchor="end" fill="${text}">${label}</text>`),
    ...layout.xTicks.map(({ at, text: label }) => `<text x="${at.toFixed(1)}" y="${plot.bottom + 15}" text-anchor="middle" fill="${text}">${label}</text>`),
    `<text x="${((plot.left + plot.right) / 2).toFixed(1)}" y="${plot.bottom + 30}" text-anchor="middle" fill="${text}">${escapeXml(layout.xLabel)}</text>`,
    `<text transform="translate(12 ${((plot.top + plot.bottom) / 2).toFixed(1)}) rotate(-90)" text-anchor="middle" fill="${text}">${escapeXml(layout.yLabel)}</text>`,
    ...layout.lines.flatMap((l) => [
      ...(l.d === '' ? [] : [`<path d="${l.d}" fill="none" stroke="${color(l.color)}" stroke-width="${l.pale ? 1 : 1.75}"${l.pale ? ' stroke-opacity="0.3"' : ''}${l.dash === '' ? '' : ` stroke-dasharray="${l.dash}"`} stroke-linejoin="round"/>`]),
      ...l.points.map(([x, y]) => `<circle cx="${x}" cy="${y}" r="3" fill="${color(l.color)}"/>`),
    ]),
    ...named.map((l, i) => {
      const y = layout.height + 8 + 18 * i;
      return `<line x1="${plot.left}" x2="${plot.left + 22}" y1="${y}" y2="${y}" stroke="${color(l.color)}" stroke-width="2.5"${l.dash === '' ? '' : ` stroke-dasharray="${l.dash}"`}/><text x="${plot.left + 30}" y="${y + 4}" fill="${text}">${escapeXml(l.name)}</text>`;
    }),
    '</g>',
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${escapeXml(colors.font)}" font-size="11" role="img" aria-label="${escapeXml(layout.title)}">${parts.join('')}</svg>`;
}

/** Whether XML may hold a character: no control characters, no half surrogates. */
function isXml(character: string): boolean {
  const code = character.codePointAt(0)!;
  return code === 9 || code === 10 || code === 13 || (code >= 32 && code < 0xd800) || (code > 0xdfff && code !== 0xfffe && code !== 0xffff);
}

/** Text for XML and HTML, in elements and in quoted attributes; what XML may not hold at all is left out. */
export function escapeXml(text: string): string {
  return Array.from(text)
    .filter(isXml)
    .join('')
    .replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** Rows as CSV (RFC 4180): fields with commas, quotes or line breaks are quoted. Text that a spreadsheet would take for a formula begins with an apostrophe. */
export function csvOf(rows: readonly (readonly (string | number | null | undefined)[])[]): string {
  const field = (value: string | number | null | undefined): string => {
    if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '';
    const safe = /^[=+\-@\t\r]/.test(value ?? '') ? `'${value!}` : (value ?? '');
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return rows.map((row) => `${row.map(field).join(',')}\r\n`).join('');
}
