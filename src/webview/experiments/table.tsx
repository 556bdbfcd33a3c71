import type { VNode } from 'preact';
import { memo } from 'preact/compat';
import { useState } from 'preact/hooks';
import { formatSeconds } from '../../base/text';
import type { ExperimentAction, ExperimentRow, ExperimentsState } from '../../protocol/panels-experiments';
import { formatValue } from '../run/curves';
import { t } from '../shared/l10n';
import { titleOf } from './model';
import { Notes } from './notes';
import type { NoteChange } from './notes';

interface Props {
  readonly rows: readonly ExperimentRow[];
  readonly columns: readonly string[];
  readonly chosen: readonly string[];
  readonly sort: ExperimentsState['sort'];
  readonly trusted: boolean;
  readonly setSort: (sort: ExperimentsState['sort']) => void;
  readonly toggle: (id: string) => void;
  readonly note: (id: string, change: NoteChange) => void;
  readonly act: (id: string, action: ExperimentAction) => void;
}

/** Every run that the filters leave. */
export function Table(props: Props): VNode {
  const { rows, columns, chosen, sort, setSort, toggle, note, act, trusted } = props;
  const [editing, setEditing] = useState<string>();
  const head = (by: string, label: string, number = false, title?: string): VNode => (
    <th scope="col" class={number ? 'number' : undefined} aria-sort={sort.by === by ? (sort.down ? 'descending' : 'ascending') : undefined} title={title}>
      <button type="button" class="plain" onClick={() => { setSort({ by, down: sort.by === by ? !sort.down : number || by === 'createdAt' || by === 'star' }); }}>
        {label}{sort.by === by && <span aria-hidden="true">{sort.down ? ' ↓' : ' ↑'}</span>}
      </button>
    </th>
  );
  return (
    <div class="scroll runs" tabIndex={0} role="region" aria-label={t('Runs')}>
      <table>
        <thead>
          <tr>
            <th scope="col"><span class="hidden-from-eyes">{t('Compare')}</span></th>
            {head('star', '★', false, t('Starred'))}
            {head('name', t('Run'))}
            {head('kind', t('Kind'))}
            {head('state', t('State'))}
            {head('tags', t('Tags'))}
            {columns.map((name) => head(name, titleOf(name), true, name))}
            {head('step', t('Steps'), true)}
            {head('seconds', t('Time'), true)}
            {head('createdAt', t('Made'))}
            <th scope="col"><span class="hidden-from-eyes">{t('Notes')}</span></th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => [
            <Row key={row.id} row={row} columns={columns} place={chosen.indexOf(row.id)} editing={editing === row.id} toggle={toggle} star={(star) => { note(row.id, { star }); }} open={(id) => { act(id, 'open'); }} edit={() => { setEditing(editing === row.id ? undefined : row.id); }} />,
            editing === row.id && (
              <tr key={`${row.id} notes`} class="editing">
                <td colSpan={columns.length + 10}>
                  <Notes row={row} trusted={trusted} act={act} save={(change) => { note(row.id, change); setEditing(undefined); }} close={() => { setEditing(undefined); }} />
                </td>
              </tr>
            ),
          ])}
        </tbody>
      </table>
    </div>
  );
}

interface RowProps {
  readonly row: ExperimentRow;
  readonly columns: readonly string[];
  /** Among the chosen runs; −1 when it is not. */
  readonly place: number;
  readonly editing: boolean;
  readonly toggle: (id: string) => void;
  readonly star: (star: boolean) => void;
  readonly open: (id: string) => void;
  readonly edit: () => void;
}

/** Drawn again only when the run itself has changed: while one run is at work, two hundred others stay as they are. */
const Row = memo(function Row({ row, columns, place, editing, toggle, star, open, edit }: RowProps): VNode {
  return (
    <tr class={place >= 0 ? 'chosen' : undefined}>
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
}, (a, b) => a.row === b.row && a.place === b.place && a.editing === b.editing && a.columns.join() === b.columns.join());
