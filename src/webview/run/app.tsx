import type { VNode } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { ModelReport } from '../../domain/model-report';
import type { RunHeader, RunMethods, RunPageAction, RunPageEvent, RunPanelState, RunResults, RunSnapshot } from '../../protocol/panels-run';
import { connect } from '../shared/host';
import { setBundle, t } from '../shared/l10n';
import { Charts } from './charts';
import type { History } from './curves';
import { addEvents, curvesOf, noHistory } from './curves';
import { Header } from './header';
import { Samples } from './samples';
import { Summary } from './summary';
import { Worth } from './worth';

/** The panel's state, and which curves the user has chosen to see. */
interface Kept extends Partial<RunPanelState> {
  readonly shown?: readonly string[];
}
const host = connect<RunMethods, RunResults, RunPageEvent, Kept>();

export function App(): VNode | null {
  const [snapshot, setSnapshot] = useState<RunSnapshot>();
  const [header, setHeader] = useState<RunHeader>();
  const [history, setHistory] = useState<History>(noHistory);
  const [log, setLog] = useState('');
  const [report, setReport] = useState<ModelReport>();
  const [error, setError] = useState<string>();

  useEffect(() => {
    host.onEvent((event) => {
      setHeader(event.header);
      setHistory((old) => addEvents(event.restart === true ? noHistory : old, event.events));
      if (event.log !== undefined) setLog(event.log);
      if (event.report !== undefined) setReport(event.report);
    });
    host.call('ready', {}).then((first) => {
      setBundle(first.strings ?? {});
      setSnapshot(first);
      setHeader(first.header);
      setHistory(addEvents({ train: new Map(), held: new Map(), samples: new Map() }, first.events));
      setLog(first.log);
      setReport(first.report);
      host.setState({ ...host.getState(), run: first.header.id });
    }, (e: unknown) => {
      setError(e instanceof Error ? e.message : String(e));
    });
  }, []);

  const kind = header?.kind;
  const curves = useMemo(() => (kind ? curvesOf(history, kind) : []), [history, kind]);
  if (!snapshot || !header) return error === undefined ? null : <p class="banner" role="alert">{error}</p>;

  const act = (action: RunPageAction): void => {
    setError(undefined);
    host.call('act', { action }).catch((e: unknown) => {
      setError(e instanceof Error ? e.message : String(e));
    });
  };
  return (
    <div class="page">
      <Header header={header} act={act} />
      {error !== undefined && <p class="banner" role="alert">{error}</p>}
      {header.error !== undefined && <p class={`banner${header.state === 'failed' ? '' : ' warning'}`} role="alert">{header.error}</p>}
      {header.warnings.map((w) => <p class="banner warning" key={w}>{w}</p>)}
      {header.seeds !== undefined && <p class="seeds"><strong>{t('With several seeds:')}</strong> {header.seeds}</p>}
      {header.summary && <Summary summary={header.summary} curves={curves} kind={header.kind} />}
      {report && <Worth report={report} />}
      <Charts curves={curves} kind={header.kind} total={header.total} shown={host.getState()?.shown} onShown={(shown) => { host.setState({ ...host.getState(), shown }); }} />
      <Samples samples={history.samples} />
      <details class="more">
        <summary>{t('Settings')}</summary>
        {header.plan !== undefined && <p class="plan quiet">{header.plan}</p>}
        <dl class="settings">{snapshot.settings.map(([name, value]) => [<dt key={name}>{name}</dt>, <dd key={`${name} `}>{value}</dd>])}</dl>
      </details>
      <details class="more" open={header.state === 'failed' || header.state === 'interrupted'}>
        <summary>{t('Log')}</summary>
        <pre class="log">{log.trim() === '' ? t('The log is empty.') : log}</pre>
        <button type="button" class="link" onClick={() => { act('openLog'); }}>{t('Open the whole log')}</button>
      </details>
    </div>
  );
}
