import { plural } from '../base/text';
import { curveAt, type CurveKind } from '../domain/evaluation/over-optimisation';
import type { SweepReport } from './over-optimisation';
import { interval, number, plain, signed, table } from './words';

const names: Record<CurveKind, string> = { 'best-of-n': 'best-of-n', rl: 'tuned models' };
const rewards = { proxy: 'the proxy', heldOut: 'the held-out reward' } as const;

/** The sweep as Markdown, with the chart in a file beside it. */
export function sweepMarkdown(report: SweepReport, chart?: string): string {
  const gain = ({ value, low, high }: { value: number; low?: number; high?: number }): string => `${signed(value)}${interval(low, high, (x) => signed(x))}`;
  const parts = [
    `# Over-optimisation of ${plain(report.start)}`,
    `How much reward is gained with distance from the start, by the reward model that is followed (proxy: ${plain(report.proxy)}) and by one that nothing was tuned against (held-out: ${plain(report.heldOut)}), on ${plural(report.prompts, 'held-out prompt')}. Best-of-n is estimated without bias from ${report.answers} answers a prompt; its KL is log n − (n − 1)/n. In brackets 95 % intervals by bootstrap over prompts. Rewards count from the start's, each in its own model's standard deviations.`,
    warnings(report),
    ...(chart === undefined ? [] : [`![Reward gained over the square root of the KL divergence](${chart})`]),
    table(['', 'KL (nats)', '√KL', 'proxy', 'held-out'], report.points.map((p) => [plain(p.name), number(p.kl), number(Math.sqrt(p.kl)), gain(p.proxy), gain(p.heldOut)])),
    curves(report),
  ];
  return `${parts.filter((p) => p !== '').join('\n\n')}\n`;
}

function warnings({ warnings: list }: SweepReport): string {
  if (list.length === 0) return 'No point was found where the proxy rises while the held-out reward falls.';
  return list.map((w) => `**Warning:** from ${plain(w.from)} to ${plain(w.to)} the proxy rises by ${number(w.proxy.value)} while the held-out reward falls by ${number(-w.heldOut.value)}${interval(w.heldOut.low, w.heldOut.high, (x) => signed(x))}${w.sure ? '' : ': within the noise'}.`).join('\n\n');
}

function curves({ curves: list, points }: SweepReport): string {
  if (list.length === 0) return '';
  const told = list.map(({ kind, of, curve: { alpha, beta, r2, peak } }) => {
    const furthest = Math.max(...points.filter((p) => p.kind === kind).map((p) => Math.sqrt(p.kl)));
    return [
      `${names[kind]}, ${rewards[of]}`,
      kind === 'rl' ? 'd(α − β log d)' : 'd(α − βd)',
      number(alpha),
      number(beta),
      number(r2),
      peak === undefined ? 'none' : `${signed(peak.gain)} at √KL ${number(peak.d)}${peak.d > furthest ? ' (beyond all points)' : ''}`,
    ];
  });
  return `## Fitted curves\n\nd = √KL (Gao et al. 2022, arXiv 2210.10760).\n\n${table(['', 'form', 'α', 'β', 'R²', 'peak'], told)}`;
}

const colours = { proxy: '#888888', heldOut: '#1f6feb' } as const;

/** A chart of the points and curves, peaks marked, as an SVG of its own. */
export function sweepChart({ points, curves: list }: SweepReport): string {
  const [width, height, left, bottom, top, right] = [640, 400, 56, 44, 16, 130];
  const furthest = 1.05 * Math.max(0.1, ...points.map((p) => Math.sqrt(p.kl)));
  const values = points.flatMap((p) => (['proxy', 'heldOut'] as const).flatMap((of) => [p[of].low ?? p[of].value, p[of].high ?? p[of].value]));
  const [low, high] = [Math.min(0, ...values), Math.max(0.1, ...values)];
  const x = (d: number): string => (left + (d / furthest) * (width - left - right)).toFixed(1);
  const y = (v: number): string => (height - bottom - ((v - low) / (high - low)) * (height - bottom - top)).toFixed(1);
  const parts: string[] = [];
  const ticks = (most: number, least: number): number[] => {
    const step = 10 ** Math.floor(Math.log10((most - least) / 3)) * ([1, 2, 5].find((s) => (most - least) / (s * 10 ** Math.floor(Math.log10((most - least) / 3))) <= 6) ?? 5);
    return Array.from({ length: 20 }, (_, i) => (Math.ceil(least / step) + i) * step).filter((t) => t <= most);
  };
  for (const t of ticks(furthest, 0)) parts.push(`<text x="${x(t)}" y="${height - bottom + 16}" text-anchor="middle">${number(t)}</text>`);
  for (const t of ticks(high, low)) parts.push(`<line x1="${left}" x2="${width - right}" y1="${y(t)}" y2="${y(t)}" stroke="#cccccc" stroke-width="0.5"/><text x="${left - 6}" y="${y(t)}" dy="4" text-anchor="end">${number(t)}</text>`);
  parts.push(`<line x1="${left}" x2="${width - right}" y1="${y(0)}" y2="${y(0)}" stroke="#666666"/>`, `<text x="${(left + width - right) / 2}" y="${height - 8}" text-anchor="middle">√KL from the start</text>`);
  for (const { kind, of, curve } of list) {
    const path = Array.from({ length: 61 }, (_, i) => (i * furthest) / 60).map((d) => `${x(d)},${y(Math.min(high, Math.max(low, curveAt(kind, curve, d))))}`);
    parts.push(`<polyline points="${path.join(' ')}" fill="none" stroke="${colours[of]}" stroke-width="1.5"${kind === 'rl' ? ' stroke-dasharray="5 4"' : ''}/>`);
    if (curve.peak !== undefined && curve.peak.d <= furthest) parts.push(`<path d="M${x(curve.peak.d)} ${y(curve.peak.gain)} m-5 -9 l5 7 l5 -7 z" fill="${colours[of]}"><title>peak</title></path>`);
  }
  for (const p of points) {
    for (const of of ['proxy', 'heldOut'] as const) {
      const d = Math.sqrt(p.kl);
      const { value, low: from, high: to } = p[of];
      if (from !== undefined && to !== undefined) parts.push(`<line x1="${x(d)}" x2="${x(d)}" y1="${y(from)}" y2="${y(to)}" stroke="${colours[of]}" stroke-width="0.8"/>`);
      parts.push(p.kind === 'rl' ? `<rect x="${Number(x(d)) - 3}" y="${Number(y(value)) - 3}" width="6" height="6" fill="${colours[of]}"/>` : `<circle cx="${x(d)}" cy="${y(value)}" r="3" fill="${colours[of]}"/>`);
    }
  }
  const legend = [['proxy', colours.proxy], ['held-out', colours.heldOut], ['● best-of-n', '#444444'], ['■ tuned models', '#444444']] as const;
  legend.forEach(([text, colour], i) => parts.push(`<text x="${width - right + 12}" y="${top + 14 + 18 * i}" fill="${colour}">${text}</text>`));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="11"><rect width="${width}" height="${height}" fill="#ffffff"/>${parts.join('')}</svg>\n`;
}
