import type { RatingsReport } from './report';

/** The table of a leaderboard as CSV (RFC 4180), best model first; ratings with two decimals. */
export function ratingsCsv(models: readonly { readonly source: string; readonly name: string }[], report: RatingsReport): string {
  const head = ['source', 'name', 'method', 'rating', 'low_95', 'high_95', 'rank_best', 'rank_worst', 'comparisons', 'wins', 'ties', 'losses', 'win_share'];
  const rows = report.models
    .map((m, i) => ({ m, model: models[i]! }))
    .sort((x, y) => y.m.rating - x.m.rating)
    .map(({ m, model }) => [
      model.source, model.name, report.method,
      m.rating.toFixed(2), m.interval?.low.toFixed(2) ?? '', m.interval?.high.toFixed(2) ?? '',
      String(m.ranks.best), String(m.ranks.worst),
      String(m.comparisons), String(m.wins), String(m.ties), String(m.losses),
      winShare(m)?.toFixed(4) ?? '',
    ]);
  return [head, ...rows].map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}

/** Share of comparisons won, a tie as half a win. */
export function winShare({ wins, ties, comparisons }: { readonly wins: number; readonly ties: number; readonly comparisons: number }): number | undefined {
  return comparisons === 0 ? undefined : (wins + ties / 2) / comparisons;
}

/** Quoted where it must be. A name that a spreadsheet would take for a formula gets a quote mark before it. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
