import type { VNode } from 'preact';
import { useCallback, useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { ExperimentAction, ExperimentRow, ExperimentsState } from '../../protocol/panels-experiments';
import { t } from '../shared/l10n';
import { covers, drawn, moveBy, pieces } from '../shared/rows-in-view';
import type { Span } from '../shared/rows-in-view';
import { titleOf } from './model';
import { Notes } from './notes';
import type { NoteChange } from './notes';
import { Row } from './row';

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

/** Widths of the columns but that of the name, see style.css; pixels. */
const fixedWidth = 710;
const numberWidth = 98;
const nameWidth = 210;

/**
 * Every run that the filters leave; those that are in view are drawn, and the one that has the keyboard or open notes. Up, Down, Page Up, Page Down, Home
 * and End go from row to row.
 */
export function Table(props: Props): VNode {
  const { rows, columns, chosen, sort, setSort, toggle, note, act, trusted } = props;
  const [editing, setEditing] = useState<string>();
  const [focused, setFocused] = useState<string>();
  const [span, setSpan] = useState<Span>({ from: 0, to: 30 });
  const [rowHeight, setRowHeight] = useState(29);
  const view = useRef<HTMLDivElement>(null);
  const head = useRef<HTMLTableSectionElement>(null);
  const notes = useRef<HTMLTableRowElement>(null);
  /** The control of the focused row that is to get the keyboard, by its place in the row. */
  const goTo = useRef<number | undefined>(undefined);
  // Rows that are put elsewhere among the drawn ones lose the keyboard; it is given back to what has it now.
  const keyboard = view.current?.contains(document.activeElement) === true ? (document.activeElement as HTMLElement) : undefined;
  useLayoutEffect(() => {
    if (keyboard?.isConnected === true && document.activeElement !== keyboard) keyboard.focus({ preventScroll: true });
  });
  const editingAt = rows.findIndex((r) => r.id === editing);

  const look = useCallback(() => {
    const el = view.current!;
    // Open notes push what is below them down.
    const under = (editingAt + 1) * rowHeight;
    const top = notes.current === null || el.scrollTop <= under ? el.scrollTop : Math.max(under, el.scrollTop - notes.current.offsetHeight);
    setSpan((old) => (covers(old, top, el.clientHeight, rowHeight, rows.length) ? old : drawn(top, el.clientHeight, rowHeight, rows.length)));
  }, [rows.length, editingAt, rowHeight]);
  useLayoutEffect(() => {
    look();
    const observer = new ResizeObserver(look);
    observer.observe(view.current!);
    return () => {
      observer.disconnect();
    };
  }, [look]);
  useLayoutEffect(() => {
    // What gets the keyboard is not to hide behind the head. Fonts are people's own: rows may be higher than they were made.
    view.current!.style.setProperty('scroll-padding-top', `${head.current!.offsetHeight}px`);
    const height = view.current!.querySelector<HTMLElement>('tr.run')?.getBoundingClientRect().height;
    if (height !== undefined && height > 0) setRowHeight(height);
  }, [columns.join(), rows.length]);
  useLayoutEffect(() => {
    const place = goTo.current;
    goTo.current = undefined;
    if (place !== undefined && focused !== undefined) controls(view.current!.querySelector(`tr[data-run="${CSS.escape(focused)}"]`))[place]?.focus();
  }, [focused]);

  const onKeyDown = (event: KeyboardEvent): void => {
    const row = (event.target as HTMLElement).closest<HTMLElement>('tr.run');
    if (row === null || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
    const at = rows.findIndex((r) => r.id === row.dataset['run']);
    const page = Math.max(1, Math.floor((view.current!.clientHeight - head.current!.offsetHeight) / rowHeight) - 1);
    const to = moveBy(event.key, at, rows.length, page);
    if (to === undefined) return;
    event.preventDefault();
    if (to === at) return;
    goTo.current = controls(row).indexOf(event.target as HTMLElement);
    setFocused(rows[to]!.id);
  };
  const title = (by: string, label: string, number = false, hint?: string): VNode => (
    <th scope="col" class={number ? 'number' : undefined} aria-sort={sort.by === by ? (sort.down ? 'descending' : 'ascending') : undefined} title={hint}>
      <button type="button" class="plain" onClick={() => { setSort({ by, down: sort.by === by ? !sort.down : number || by === 'createdAt' || by === 'star' }); }}>
        {label}{sort.by === by && <span aria-hidden="true">{sort.down ? ' ↓' : ' ↑'}</span>}
      </button>
    </th>
  );
  return (
    <div class="scroll runs" tabIndex={0} role="region" aria-label={t('Runs')} ref={view} onScroll={look}>
      <table aria-rowcount={rows.length + 1} style={{ minWidth: `${fixedWidth + nameWidth + numberWidth * columns.length}px` }}>
        <colgroup><col class="w-pick" /><col class="w-star" /><col /><col class="w-kind" /><col class="w-state" /><col class="w-tags" />{columns.map((name) => <col class="w-number" key={name} />)}<col class="w-steps" /><col class="w-time" /><col class="w-made" /><col class="w-notes" /></colgroup>
        <thead ref={head}>
          <tr aria-rowindex={1}>
            <th scope="col"><span class="hidden-from-eyes">{t('Compare')}</span></th>
            {title('star', '★', false, t('Starred'))}
            {title('name', t('Run'))}
            {title('kind', t('Kind'))}
            {title('state', t('State'))}
            {title('tags', t('Tags'))}
            {columns.map((name) => title(name, titleOf(name), true, name))}
            {title('step', t('Steps'), true)}
            {title('seconds', t('Time'), true)}
            {title('createdAt', t('Made'))}
            <th scope="col"><span class="hidden-from-eyes">{t('Notes')}</span></th>
          </tr>
        </thead>
        <tbody onKeyDown={onKeyDown} onFocusIn={(event) => { setFocused((event.target as HTMLElement).closest<HTMLElement>('tr.run')?.dataset['run']); }}>
          {pieces(span, [editingAt, rows.findIndex((r) => r.id === focused)], rows.length).flatMap((piece, i) => {
            if (typeof piece !== 'number') return <tr class="gap" aria-hidden="true" key={i === 0 ? 'above' : `below ${i}`}><td colSpan={columns.length + 10} style={{ height: `${piece.gap * rowHeight}px` }} /></tr>;
            const row = rows[piece]!;
            return [
              <Row key={row.id} row={row} index={piece + 2} columns={columns} place={chosen.indexOf(row.id)} editing={editing === row.id} toggle={toggle} star={(star) => { note(row.id, { star }); }} open={(id) => { act(id, 'open'); }} edit={() => { setEditing(editing === row.id ? undefined : row.id); }} />,
              editing === row.id && (
                <tr key={`${row.id} notes`} class="editing" ref={notes}>
                  <td colSpan={columns.length + 10}>
                    <Notes row={row} trusted={trusted} act={act} save={(change) => { note(row.id, change); setEditing(undefined); }} close={() => { setEditing(undefined); }} />
                  </td>
                </tr>
              ),
            ];
          })}
        </tbody>
      </table>
    </div>
  );
}

function controls(row: Element | null): HTMLElement[] {
  return [...(row?.querySelectorAll<HTMLElement>('button, input') ?? [])];
}
