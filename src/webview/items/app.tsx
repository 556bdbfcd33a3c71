import type { VNode } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { pageCommands } from '../../protocol/panels';
import type { ItemFilter } from '../../domain/item-filter';
import { everyItem } from '../../domain/item-filter';
import type { ItemRow, ItemsEvent, ItemsMethods, ItemsResult, ItemsResults, ItemsState, Superseded } from '../../protocol/panels-items';
import { connect, HostError } from '../shared/host';
import { setBundle, t } from '../shared/l10n';
import { Empty } from './empty';
import { Filters } from './filters';
import { Grid } from './grid';
import { asked, placeIn } from './place';
import type { Pending } from './place';
import { block, missing } from './windows';
import type { Span } from '../shared/rows-in-view';

/** What survives a reload: what one looked for, and where. */
interface Kept extends ItemsState {
  readonly filter?: ItemFilter;
  readonly key?: string;
}

/** Rows that are kept; beyond, those far away are fetched again. */
const mostRows = 4000;

const host = connect<ItemsMethods, ItemsResults, ItemsEvent, Kept>();
const kept = host.getState() ?? {};

export function App(): VNode | null {
  const [filter, setFilter] = useState<ItemFilter>(kept.filter ?? everyItem);
  const [result, setResult] = useState<ItemsResult>();
  const [at, setAt] = useState(0);
  const [reveal, setReveal] = useState(0);
  const [says, setSays] = useState('');
  const [error, setError] = useState<string>();
  const [, draw] = useState(0);
  /** Rows by position. Those of the last result stay until the new ones come, so that nothing flickers. */
  const rows = useRef<{ version: number; by: Map<number, ItemRow> }>({ version: 0, by: new Map() });
  const wanted = useRef<{ task?: string | undefined; filter: ItemFilter; key?: string | undefined }>({ task: kept.task, filter, key: kept.key });
  const span = useRef<Span>({ from: 0, to: 0 });
  const latest = useRef<ItemsResult>(undefined);
  const asking = useRef('');

  /** The current row, for what outlives a drawing. */
  const place = useRef(0);
  /** What is to become of the current row in the list that was asked for. */
  const pending = useRef<Pending>(undefined);
  const again = useRef<() => void>(() => undefined);
  const goTo = useCallback((position: number, scroll: boolean) => {
    place.current = position;
    setAt(position);
    if (scroll) setReveal((n) => n + 1);
  }, []);

  const failed = useCallback((e: unknown) => {
    // Before there is anything to see, the page says it, too, if the host has shown it already.
    if (!latest.current || !(e instanceof HostError && e.wire.shown)) setError(e instanceof Error ? e.message : String(e));
  }, []);

  /** Fetches the rows in view that are not there. */
  const fetchRows = useCallback(() => {
    const { current: shown } = latest;
    if (!shown) return;
    const { version, by } = rows.current;
    const has = (i: number): boolean => version === shown.version && by.has(i);
    const { from, to } = span.current;
    // What is in view first, then a block on either side of it, so that scrolling finds rows there.
    const window = missing({ from, to: Math.min(to, shown.count) }, shown.count, has) ?? missing({ from: Math.max(0, from - block), to: Math.min(to + block, shown.count) }, shown.count, has);
    const name = JSON.stringify([shown.version, window]);
    if (!window || asking.current === name) return;
    asking.current = name;
    host.call('rows', { version: shown.version, ...window }).then((some) => {
      if (asking.current === name) asking.current = '';
      if (latest.current?.version !== shown.version || some.length === 0) return;
      if (rows.current.version !== shown.version) rows.current = { version: shown.version, by: new Map() };
      if (rows.current.by.size > mostRows) for (const i of rows.current.by.keys()) if (Math.abs(i - span.current.from) > mostRows / 4) rows.current.by.delete(i);
      some.forEach((row, i) => rows.current.by.set(window.from + i, row));
      draw((n) => n + 1);
      fetchRows();
    }, failed);
  }, [failed]);

  const take = useCallback((next: ItemsResult | Superseded) => {
    if ('superseded' in next) return;
    latest.current = next;
    const { toTop, moved } = pending.current ?? { toTop: true, moved: false };
    pending.current = undefined;
    if (moved && toTop) wanted.current.key = undefined;
    wanted.current.task = next.task;
    setResult(next);
    setError(undefined);
    // What others write must not scroll away what somebody has scrolled to.
    const seen = place.current >= span.current.from && place.current < span.current.to;
    goTo(placeIn(next, place.current, toTop, moved), toTop || seen);
    setSays(t('{0} of {1} items', next.count.toLocaleString(), next.total.toLocaleString()));
    fetchRows();
    // In the list as it was, a row that somebody went to has a key; where that is now, the host says.
    if (moved && !toTop) again.current();
  }, [fetchRows, goTo]);

  const ask = useCallback((toTop: boolean) => {
    pending.current = asked(pending.current, toTop);
    const { task, filter: now, key } = wanted.current;
    host.setState({ ...(task === undefined ? {} : { task }), filter: now, ...(key === undefined ? {} : { key }) });
    host.call('filter', { task, filter: now, keep: key }).then(take, failed);
  }, [take, failed]);
  again.current = () => { ask(false); };

  const change = useCallback((next: ItemFilter) => {
    wanted.current.filter = next;
    setFilter(next);
    ask(true);
  }, [ask]);

  useEffect(() => {
    host.onEvent(() => { ask(false); });
    const { task, filter: now, key } = wanted.current;
    host.call('ready', { task, filter: now, keep: key }).then((first) => {
      setBundle(first.strings ?? {});
      take(first);
    }, failed);
  }, [ask, take, failed]);

  const select = useCallback((position: number) => {
    if (pending.current) pending.current.moved = true;
    goTo(position, true);
    const key = rows.current.version === latest.current?.version ? rows.current.by.get(position)?.key : undefined;
    wanted.current.key = key ?? wanted.current.key;
    host.setState({ ...host.getState(), ...(key === undefined ? {} : { key }) });
  }, [goTo]);

  const row = useCallback((position: number) => rows.current.by.get(position), []);
  const need = useCallback((next: Span) => {
    span.current = next;
    fetchRows();
  }, [fetchRows]);

  const act = useCallback((what: 'open' | 'adjudicate' | 'reveal') => {
    const key = rows.current.version === latest.current?.version ? rows.current.by.get(at)?.key : undefined;
    if (key === undefined) return;
    wanted.current.key = key;
    host.setState({ ...host.getState(), key });
    (what === 'reveal' ? host.call('reveal', { key }) : host.call('open', { key, adjudicate: what === 'adjudicate' })).catch(failed);
  }, [at, failed]);

  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const target = event.target instanceof Element ? event.target : undefined;
      if (event.ctrlKey || event.altKey || event.metaKey || target?.closest('input, select')) return;
      const inList = target === document.body || target?.closest('.grid') !== null;
      const action = { Enter: 'open', a: 'adjudicate', A: 'adjudicate', o: 'reveal', O: 'reveal' }[event.key] as 'open' | 'adjudicate' | 'reveal' | undefined;
      if (event.key === '/') document.getElementById('search')?.focus();
      else if (action && (inList || event.key !== 'Enter')) act(action);
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
    document.addEventListener('keydown', onKey, true);
    return () => {
      document.removeEventListener('keydown', onKey, true);
    };
  }, [act]);

  const command = (name: (typeof pageCommands)[number]): void => void host.call('command', { command: name });
  const toList = (): void => { document.getElementById('grid')?.focus(); };
  const current = result && result.count > 0;
  return (
    <div class="page">
      <header class="top">
        <div class="line">
          <h1>{t('Items')}</h1>
          <span class="quiet number" id="count">{result ? (result.count === result.total ? t('{0} items', result.total.toLocaleString()) : t('{0} of {1}', result.count.toLocaleString(), result.total.toLocaleString())) : t('Reading…')}</span>
        </div>
        {result?.total !== 0 && <Filters filter={filter} result={result} change={change} changeTask={(task) => { wanted.current.task = task; wanted.current.key = undefined; ask(true); }} toList={toList} />}
        {error !== undefined && <p class="banner" role="alert">{error}</p>}
      </header>
      {result && (current ? <Grid count={result.count} at={at} reveal={reveal} row={row} select={select} open={() => { act('open'); }} need={need} /> : <Empty total={result.total} clear={() => { change({ ...everyItem, sort: filter.sort }); }} command={command} />)}
      {current && (
        <footer class="line">
          <button type="button" class="primary" onClick={() => { act('open'); }}>{t('Open')} <kbd>↵</kbd></button>
          <button type="button" onClick={() => { act('adjudicate'); }}>{t('Adjudicate')} <kbd>A</kbd></button>
          <button type="button" onClick={() => { act('reveal'); }}>{t('Show Record')} <kbd>O</kbd></button>
          <span class="spacer" />
          <span class="quiet number">{(at + 1).toLocaleString()} / {result.count.toLocaleString()}</span>
        </footer>
      )}
      <div class="hidden-from-eyes" role="status" aria-live="polite">{says}</div>
    </div>
  );
}
