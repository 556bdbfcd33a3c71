import type { VNode } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { PairMeasure } from '../../domain/agreement/pairs';
import type { pageCommands } from '../../protocol/panels';
import type { AgreementEvent, AgreementMethods, AgreementResults, AgreementState, AgreementView } from '../../protocol/panels-agreement';
import { connect, HostError } from '../shared/host';
import { setBundle, t } from '../shared/l10n';
import { Agreement } from './agreement';
import { Disputed } from './disputed';
import { Empty, needs } from './empty';
import { Labelers } from './labelers';
import { headline } from './overview';
import { keys, tabIds, Tabs } from './tabs';
import type { TabId } from './tabs';
import { format, number, partTitle } from './words';

/** What survives a reload. */
interface Kept extends AgreementState {
  readonly tab?: TabId;
  readonly part?: string;
  readonly measure?: PairMeasure;
}
const host = connect<AgreementMethods, AgreementResults, AgreementEvent, Kept>();

export function App(): VNode | null {
  const [view, setView] = useState<AgreementView>();
  const [kept, setKept] = useState<Kept>(host.getState() ?? {});
  const [says, setSays] = useState('');
  const [error, setError] = useState<string>();
  const shown = useRef<AgreementView>(undefined);
  const lastTold = useRef('');

  const failed = useCallback((e: unknown) => {
    if (!(e instanceof HostError && e.wire.shown)) setError(e instanceof Error ? e.message : String(e));
  }, []);
  const keep = (change: Partial<Kept>): void => {
    const next = { ...host.getState(), ...change };
    host.setState(next);
    setKept(next);
  };
  const show = useCallback((next: AgreementView) => {
    // The first numbers, and those that say something else: told once, not with every label.
    const told = summary(next);
    if (!next.computing && told !== '' && told !== lastTold.current) {
      lastTold.current = told;
      setSays(told);
    }
    shown.current = next;
    setView(next);
    host.setState({ ...host.getState(), task: next.task });
  }, []);

  useEffect(() => {
    host.onEvent(({ view: next }) => {
      show(next);
    });
    const { task } = host.getState() ?? {};
    host.call('ready', task === undefined ? {} : { task }).then((first) => {
      setBundle(first.strings ?? {});
      // Numbers may have come while this answer was on its way.
      if (!shown.current?.report) show(first);
    }, failed);
  }, [failed, show]);

  const goTo = useRef((_tab: TabId): void => undefined);
  goTo.current = (id) => {
    keep({ tab: id });
    // The list takes the keyboard at once: its first item is one Enter away.
    setTimeout(() => (document.querySelector<HTMLElement>(`#panel-${id} .disputed button`) ?? document.getElementById(`tab-${id}`))?.focus());
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const id = tabIds.find((tabId) => keys[tabId] === event.key);
      if (id === undefined || event.ctrlKey || event.metaKey || event.altKey || (event.target instanceof Element && event.target.closest('input, textarea, select'))) return;
      event.preventDefault();
      goTo.current(id);
    };
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('keydown', onKey);
    };
  }, []);

  if (!view) return error === undefined ? <p class="waiting quiet">{t('Reading the labels …')}</p> : <p class="banner" role="alert">{error}</p>;
  const { report } = view;
  const tab = kept.tab ?? 'agreement';
  const run = (command: (typeof pageCommands)[number]): void => {
    setError(undefined);
    host.call('command', { command }).catch(failed);
  };
  const admit = (labeler: string, admitted: boolean | null): void => {
    setError(undefined);
    host.call('admit', { labeler, admitted }).then(() => {
      setSays(admitted === true ? t('{0} is admitted', labeler) : t('{0} is refused', labeler));
    }, failed);
  };
  const settle = (key: string): void => {
    host.call('settle', { key }).catch(failed);
  };
  const unsettled = report?.unsettled ?? 0;
  return (
    <div class="page">
      <header class="top">
        <div class="title">
          <h1>{t('Agreement and Labelers')}</h1>
          {view.tasks.length > 1 ? (
            <label class="quiet">
              {t('Task')}{' '}
              <select value={view.task} onChange={(e) => { host.call('task', { task: e.currentTarget.value }).then(show, failed); }}>
                {view.tasks.map((task) => <option key={task.id} value={task.id}>{task.title}</option>)}
              </select>
            </label>
          ) : <span class="quiet">{view.tasks[0]?.title}</span>}
          <span class="spacer" />
          <span class="quiet" aria-hidden="true">{view.computing ? t('computing …') : ''}</span>
        </div>
        {report && <p class="quiet">{t('{0} labels by {1} labelers; {2} items were judged by two or more.', number(report.labels), number(report.labelers.filter((l) => l.labels > 0).length), number(report.overlap))}</p>}
        <Tabs chosen={tab} choose={(id) => { keep({ tab: id }); }} names={{ agreement: t('Agreement'), disputed: unsettled > 0 ? t('Disputed ({0})', number(unsettled)) : t('Disputed'), labelers: t('Labelers') }} />
      </header>
      {error !== undefined && <p class="banner" role="alert">{error}</p>}
      <div role="tabpanel" id={`panel-${tab}`} aria-labelledby={`tab-${tab}`} class="panel">
        {!report && <p class="waiting quiet">{t('Computing …')}</p>}
        {tab === 'labelers' ? <Labelers view={view} admit={admit} run={run} /> : null}
        {tab !== 'labelers' && report && needs(view) && <Empty view={view} run={run} />}
        {tab === 'agreement' && report && !needs(view) && <Agreement report={report} part={kept.part} onPart={(part) => { keep({ part }); }} measure={kept.measure} onMeasure={(measure) => { keep({ measure }); }} />}
        {tab === 'disputed' && report && !needs(view) && <Disputed report={report} asked={view.asked} settle={settle} adjudicate={() => { run('plumbline.adjudicate'); }} />}
      </div>
      <p class="hidden-from-eyes" role="status" aria-live="polite">{says}</p>
    </div>
  );
}

/** One sentence with the agreement that stands first. */
function summary({ report }: AgreementView): string {
  const part = report?.parts[0];
  const share = part && headline(part).share;
  return part && share?.value !== undefined ? t('{0}: {1} agreement', partTitle(part), format(share.id, share.value)) : '';
}
