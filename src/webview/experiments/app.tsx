import type { VNode } from 'preact';
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { CurvesView, ExperimentAction, ExperimentRow, ExperimentsEvent, ExperimentsMethods, ExperimentsResults, ExperimentsState, PaidPoint, SamplesView, SeedGroupView } from '../../protocol/panels-experiments';
import { experimentsStateSchema } from '../../protocol/panels-experiments';
import type { Provenance as Chain } from '../../protocol/provenance';
import { connect } from '../shared/host';
import { setBundle, t } from '../shared/l10n';
import { markOnce } from '../shared/marks';
import { Answers } from './answers';
import { Curves } from './curves';
import { Filters } from './filters';
import { Frontier } from './frontier';
import { Groups } from './groups';
import { chartWidth, numberColumns, tableCsv, visibleRows } from './model';
import type { NoteChange } from './notes';
import { Parameters } from './parameters';
import { Provenance } from './provenance';
import { Table } from './table';
import { Tabs } from './tabs';

const host = connect<ExperimentsMethods, ExperimentsResults, ExperimentsEvent, ExperimentsState>();
const say = (e: unknown): string => (e instanceof Error ? e.message : String(e));

/** As many points of a curve as can be seen, in steps, so that a window that is pulled wider does not ask at each pixel. */
const pointsNow = (): number => 200 * Math.ceil(chartWidth(document.documentElement.clientWidth) / 100);

export function App(): VNode | null {
  const [rows, setRows] = useState<ReadonlyMap<string, ExperimentRow>>();
  const [trusted, setTrusted] = useState(false);
  const [state, setState] = useState<ExperimentsState>(() => experimentsStateSchema.safeParse(host.getState()).data ?? experimentsStateSchema.parse({}));
  const [curves, setCurves] = useState<CurvesView>({ series: [], metrics: [], shown: [] });
  const [groups, setGroups] = useState<readonly SeedGroupView[]>([]);
  const [paid, setPaid] = useState<readonly PaidPoint[]>([]);
  const [points, setPoints] = useState(pointsNow);
  const [samples, setSamples] = useState<readonly SamplesView[]>([]);
  const [step, setStep] = useState<number>();
  const [chain, setChain] = useState<Chain>();
  const [chainOf, setChainOf] = useState<string>();
  /** Counts what has changed about the chosen runs. */
  const [news, setNews] = useState(0);
  const [says, setSays] = useState('');
  const [error, setError] = useState<string>();
  const fail = (e: unknown): void => {
    setError(say(e));
  };

  const change = (part: Partial<ExperimentsState>): void => {
    setState((old) => {
      const next = { ...old, ...part };
      host.setState(next);
      return next;
    });
  };
  const now = useRef(state);
  now.current = state;
  useEffect(() => {
    host.onEvent((event) => {
      setRows((old) => {
        const next = new Map(old);
        for (const row of event.rows) next.set(row.id, row);
        for (const id of event.removed) next.delete(id);
        return next;
      });
      setGroups(event.groups);
      if (event.rows.some((r) => now.current.chosen.includes(r.id))) setNews((n) => n + 1);
    });
    host.call('ready', { chosen: now.current.chosen }).then((first) => {
      setBundle(first.strings ?? {});
      setTrusted(first.trusted);
      setRows(new Map(first.rows.map((r) => [r.id, r])));
      setGroups(first.groups);
      change({ chosen: [...first.chosen] });
    }, fail);
    window.addEventListener('resize', () => { setPoints(pointsNow()); });
    window.addEventListener('keydown', (e) => {
      if (e.key !== '/' || e.target instanceof HTMLInputElement || e.target instanceof HTMLTextAreaElement) return;
      e.preventDefault();
      document.getElementById('filter')?.focus();
    });
  }, []);

  const chosen = useMemo(() => state.chosen.flatMap((id) => rows?.get(id) ?? []), [rows, state.chosen]);
  const ids = chosen.map((r) => r.id);
  const shown = state.metrics.length > 0 ? state.metrics : curves.shown;
  const busy = useRef({ working: false, again: false });
  useEffect(() => {
    if (!rows || (state.tab !== 'curves' && state.tab !== 'frontier')) return;
    // One question at a time, and the last one is always asked: a slider moves faster than curves come.
    if (busy.current.working) {
      busy.current.again = true;
      return;
    }
    busy.current = { working: true, again: false };
    const asked = state.tab === 'frontier' ? host.call('paid', { runs: ids }).then(setPaid) : host.call('series', { runs: ids, metrics: state.metrics, smoothing: state.smoothing, points }).then(setCurves);
    asked.catch(fail).finally(() => {
      const { again } = busy.current;
      busy.current = { working: false, again: false };
      if (again) setNews((n) => n + 1);
    });
  }, [ids.join('\n'), state.metrics.join('\n'), state.smoothing, points, state.tab, news, rows !== undefined]);
  useEffect(() => {
    if (rows) markOnce('rows');
    if (curves.series.length > 0) markOnce('curves');
  }, [rows !== undefined, curves.series.length > 0]);
  useEffect(() => {
    if (rows && state.tab === 'answers') host.call('samples', { runs: ids.slice(0, 8), ...(step === undefined ? {} : { step }) }).then(setSamples, fail);
  }, [ids.join('\n'), state.tab, step, news, rows !== undefined]);
  const origin = chainOf !== undefined && ids.includes(chainOf) ? chainOf : ids[0];
  useEffect(() => {
    setChain(undefined);
    if (rows && state.tab === 'provenance' && origin !== undefined) host.call('provenance', { run: origin }).then(setChain, fail);
  }, [origin, state.tab, rows !== undefined]);

  const visible = useMemo(() => visibleRows([...(rows?.values() ?? [])], state), [rows, state.text, state.kind, state.state, state.tag, state.starred, state.sort]);
  const columns = useMemo(() => numberColumns(visible), [visible]);
  if (!rows) return error === undefined ? <p class="page quiet" role="status">{t('Reading runs…')}</p> : <p class="banner" role="alert">{error}</p>;
  if (rows.size === 0) return <Empty command={(command) => { host.call('command', { command }).catch(fail); }} />;

  const save = (name: string, format: 'svg' | 'png' | 'csv', data: string): void => {
    setError(undefined);
    host.call('save', { name, format, data }).then((file) => {
      if (file !== null) setSays(t('Written to {0}', file));
    }, fail);
  };
  const note = (run: string, fields: NoteChange): void => {
    setError(undefined);
    host.call('note', { run, ...fields }).then((row) => {
      setRows((old) => new Map(old).set(run, row));
      setSays(t('Saved'));
    }, fail);
  };
  const act = (run: string, action: ExperimentAction): void => {
    host.call('act', { run, action }).catch(fail);
  };
  const toggle = (id: string): void => {
    setState((old) => {
      const next = { ...old, chosen: old.chosen.includes(id) ? old.chosen.filter((x) => x !== id) : [...old.chosen, id].slice(0, 60) };
      host.setState(next);
      return next;
    });
  };
  return (
    <main class="page">
      <header class="top">
        <h1>{t('Experiments')}</h1>
        <span class="quiet number">{t('{0} of {1} runs, {2} compared', visible.length, rows.size, ids.length)}</span>
        <span class="quiet" role="status">{says}</span>
        <span class="spacer" />
        <button type="button" onClick={() => { change({ chosen: visible.slice(0, 60).map((r) => r.id) }); }}>{t('Compare All Shown')}</button>
        <button type="button" onClick={() => { change({ chosen: [] }); }}>{t('Compare None')}</button>
        <button type="button" onClick={() => { save('experiments', 'csv', tableCsv(visible)); }}>{t('Export CSV')}</button>
      </header>
      {error !== undefined && <p class="banner" role="alert">{error}</p>}
      <Filters rows={[...rows.values()]} state={state} change={change} />
      {visible.length === 0 ? <p class="quiet">{t('No run fits these filters.')} <button type="button" class="link" onClick={() => { change({ text: '', kind: '', state: '', tag: '', starred: false }); }}>{t('Show all runs')}</button></p> : (
        <Table rows={visible} columns={columns} chosen={state.chosen} sort={state.sort} trusted={trusted} setSort={(sort) => { change({ sort }); }} toggle={toggle} note={note} act={act} />
      )}
      <Groups groups={groups} compare={(runs) => { change({ chosen: runs.slice(0, 60), tab: 'curves' }); }} />
      <Tabs chosen={state.tab} choose={(tab) => { change({ tab }); }} />
      <section id={`panel-${state.tab}`} role="tabpanel" aria-labelledby={`tab-${state.tab}`} tabIndex={0}>
        {ids.length === 0 ? <p class="quiet">{t('Tick the runs that you want to compare.')}</p>
          : state.tab === 'curves' ? <Curves rows={chosen} series={curves.series} metrics={curves.metrics} shown={shown} smoothing={state.smoothing} setShown={(metrics) => { change({ metrics }); }} setSmoothing={(smoothing) => { change({ smoothing }); }} save={save} />
          : state.tab === 'parameters' ? <Parameters rows={chosen} save={save} />
          : state.tab === 'answers' ? <Answers rows={chosen} samples={samples} step={step} setStep={setStep} />
          : state.tab === 'frontier' ? <Frontier rows={chosen} points={paid} save={save} />
          : <Provenance rows={chosen} of={origin} chain={chain} choose={setChainOf} open={(run) => { act(run, 'open'); }} />}
      </section>
    </main>
  );
}

function Empty({ command }: { command: (id: 'plumbline.generate' | 'plumbline.trainReward' | 'plumbline.rank') => void }): VNode {
  return (
    <section class="empty" aria-label={t('No runs')}>
      <h1>{t('There are no runs yet')}</h1>
      <p>{t('Every training, generation and evaluation is a run and appears here. Let a model answer your prompts, judge the answers, and train a reward model from the labels.')}</p>
      <p class="line">
        <button type="button" class="primary" onClick={() => { command('plumbline.generate'); }}>{t('Generate Answers')}</button>
        <button type="button" onClick={() => { command('plumbline.rank'); }}>{t('Label Answers')}</button>
        <button type="button" onClick={() => { command('plumbline.trainReward'); }}>{t('Train Reward Model')}</button>
      </p>
    </section>
  );
}
