import type { VNode } from 'preact';
import { memo } from 'preact/compat';
import { formatSeconds } from '../../base/text';
import type { ExperimentRow } from '../../protocol/panels-experiments';
import { formatValue } from '../run/curves';
import { t } from '../shared/l10n';

interface Props {
  readonly row: ExperimentRow;
  /** Of all rows of the table, its head included, from 1. */
  readonly index: number;
  readonly columns: readonly string[];
  /** Among the chosen runs; −1 when it is not. */
  readonly place: number;
  readonly editing: boolean;
  readonly toggle: (id: string) => void;
  readonly star: (star: boolean) => void;
  readonly open: (id: string) => void;
  readonly edit: () => void;
}

/** A run of the table. Drawn again only when something of it has changed: while one run is at work, the others stay as they are. */
export const Row = memo(function Row({ row, index, columns, place, editing, toggle, star, open, edit }: Props): VNode {
  return (
    <tr class={place >= 0 ? 'run chosen' : 'run'} data-run={row.id} aria-rowindex={index}>
      <td><label class={`pick${place >= 0 ? ` c${place % 8}` : ''}`}><input type="checkbox" checked={place >= 0} onChange={() => { toggle(row.id); }} aria-label={t('Compare {0}', row.name)} /><i aria-hidden="true" /></label></td>
      <td><button type="button" class="plain star" aria-pressed={row.star} aria-label={t('Star {0}', row.name)} onClick={() => { star(!row.star); }}>{row.star ? '★' : '☆'}</button></td>
      <th scope="row" title={row.id} dir="auto"><button type="button" class="link" onClick={() => { open(row.id); }}>{row.name}</button></th>
      <td>{row.kind}</td>
      <td title={row.error}>{row.state}{row.state === 'running' && <span class="quiet number"> {Math.floor(row.percent)} %</span>}</td>
      <td class="tags">{row.tags.map((tag) => <span class="tag" key={tag} dir="auto">{tag}</span>)}</td>
      {columns.map((name) => <td class="number" key={name}>{row.numbers[name] === undefined ? '–' : formatValue(row.numbers[name])}</td>)}
      <td class="number">{row.step}</td>
      <td class="number">{row.seconds === null ? '–' : formatSeconds(row.seconds)}</td>
      <td class="number" title={row.createdAt.slice(0, 16).replace('T', ' ')}>{row.createdAt.slice(5, 16).replace('T', ' ')}</td>
      <td><button type="button" class="plain small" aria-expanded={editing} title={row.note === '' ? undefined : row.note} aria-label={t('Notes and tags of {0}', row.name)} onClick={edit}>{row.note === '' ? '…' : '✎'}</button></td>
    </tr>
  );
}, (a, b) => a.row === b.row && a.index === b.index && a.place === b.place && a.editing === b.editing && a.columns.join() === b.columns.join());
