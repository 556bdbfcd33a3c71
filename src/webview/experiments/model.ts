import { csvOf } from '../../base/chart-svg';
import type { ExperimentRow, ExperimentsState } from '../../protocol/panels-experiments';
import { titleOf as metricTitle } from '../run/curves';

/** Which rows the filters leave, in the chosen order. */
export function visibleRows(rows: readonly ExperimentRow[], state: Pick<ExperimentsState, 'text' | 'kind' | 'state' | 'tag' | 'starred' | 'sort'>): ExperimentRow[] {
  const words = state.text.toLowerCase().split(/\s+/).filter((w) => w !== '');
  const fits = (row: ExperimentRow): boolean => {
    if (state.kind !== '' && row.kind !== state.kind) return false;
    if (state.state !== '' && row.state !== state.state) return false;
    if (state.tag !== '' && !row.tags.includes(state.tag)) return false;
    if (state.starred && !row.star) return false;
    if (words.length === 0) return true;
    const text = textOf(row);
    return words.every((w) => text.includes(w));
  };
  const { by, down } = state.sort;
  const sign = down ? -1 : 1;
  return rows.filter(fits).sort((a, b) => {
    const [x, y] = [sortKey(a, by), sortKey(b, by)];
    // What has no value stands last, whichever way the rest goes.
    if (x === undefined || y === undefined) return x === y ? byTime(a, b) : x === undefined ? 1 : -1;
    return x < y ? -sign : x > y ? sign : byTime(a, b);
  });
}

/** Everything that the filter looks through, made once a row: people type faster than it can be made for hundreds. */
function textOf(row: ExperimentRow): string {
  let text = texts.get(row);
  if (text === undefined) texts.set(row, (text = [row.name, row.id, row.note, ...row.tags, ...Object.entries(row.settings).map(([k, v]) => `${k}=${v}`)].join('\n').toLowerCase()));
  return text;
}
const texts = new WeakMap<ExperimentRow, string>();

const byTime = (a: ExperimentRow, b: ExperimentRow): number => (a.id < b.id ? 1 : -1);

function sortKey(row: ExperimentRow, by: string): string | number | undefined {
  switch (by) {
    case 'star':
      return row.star ? 1 : 0;
    case 'name':
      return row.name.toLowerCase();
    case 'kind':
    case 'state':
    case 'createdAt':
      return row[by];
    case 'tags':
      return row.tags.length === 0 ? undefined : row.tags.join(' ');
    case 'seconds':
      return row.seconds ?? undefined;
    case 'step':
      return row.step;
    default:
      return row.numbers[by];
  }
}

/** The numbers that get a column: what matters for the kinds of these runs, where any of them has it. */
export function numberColumns(rows: readonly ExperimentRow[]): string[] {
  return ['objective/scores', 'objective/exact_kl', 'objective/kl', 'accuracy', 'eval_accuracy', 'rewards/accuracies', 'perplexity', 'loss', 'asr', 'disagreement'].filter((name) => rows.some((r) => r.numbers[name] !== undefined)).slice(0, 5);
}

/** What a curve is called: evaluations say that they are. */
export function titleOf(metric: string): string {
  const name = metric.replace(/^eval[_/]/, '');
  return name === metric ? metricTitle(metric) : `${metricTitle(name)} (held out)`;
}

/** Settings that differ between rows; see `differingSettings` in src/jobs/experiments.ts, which the command line uses. */
export function settingsTable(rows: readonly ExperimentRow[]): { readonly name: string; readonly values: readonly (string | undefined)[]; readonly differs: boolean }[] {
  return [...new Set(rows.flatMap((r) => Object.keys(r.settings)))].sort().map((name) => {
    const values = rows.map((r) => r.settings[name]);
    return { name, values, differs: values.some((v) => v !== values[0]) };
  });
}

/** The rows with everything that is known of them. */
export function tableCsv(rows: readonly ExperimentRow[]): string {
  const numbers = [...new Set(rows.flatMap((r) => Object.keys(r.numbers)))].sort();
  const settings = [...new Set(rows.flatMap((r) => Object.keys(r.settings)))].sort();
  return csvOf([
    ['id', 'name', 'kind', 'state', 'created', 'seconds', 'step', 'total', 'star', 'tags', 'note', ...numbers, ...settings],
    ...rows.map((r) => [r.id, r.name, r.kind, r.state, r.createdAt, r.seconds, r.step, r.total, r.star ? 1 : 0, r.tags.join(' '), r.note, ...numbers.map((n) => r.numbers[n]), ...settings.map((s) => r.settings[s])]),
  ]);
}

/** How wide a chart is that stands in the grid of charts of a window so wide, in pixels; see `.charts` in style.css. */
export function chartWidth(window: number): number {
  const room = window - 40;
  const beside = Math.max(1, Math.floor((room + 12) / 432));
  return Math.max(240, Math.round((room - 12 * (beside - 1)) / beside) - 22);
}
