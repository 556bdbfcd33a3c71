import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { BoardOptions, LeaderboardEvent, LeaderboardMethods, LeaderboardResults, LeaderboardView } from '../../protocol/panels-leaderboard';
import { connect } from '../shared/host';
import { setBundle, t } from '../shared/l10n';
import { Controls } from './controls';
import { Empty } from './empty';
import { Matrix } from './matrix';
import { Facts, Warnings } from './notes';
import { Separate } from './separate';
import { Table } from './table';
import { bestFirst } from './words';

const host = connect<LeaderboardMethods, LeaderboardResults, LeaderboardEvent, BoardOptions>();
const none: BoardOptions = { task: '', method: 'bradley-terry', style: false, criterion: '', settled: true, everyone: false };
const say = (e: unknown): string => (e instanceof Error ? e.message : String(e));

export function App(): VNode | null {
  const [view, setView] = useState<LeaderboardView>();
  const [computing, setComputing] = useState(false);
  const [says, setSays] = useState('');
  const [error, setError] = useState<string>();
  /** Answers that come after a later question are dropped. */
  const asked = useRef(0);

  const show = (next: LeaderboardView): void => {
    setView(next);
    host.setState(next.options);
    setSays(next.report ? t('{0} models rated from {1} comparisons', next.models.length, next.counts.comparisons) : t('Nothing to rate'));
  };
  const ask = (work: Promise<LeaderboardView>): void => {
    const mine = ++asked.current;
    setComputing(true);
    setError(undefined);
    work.then((next) => {
      if (mine === asked.current) show(next);
    }, (e: unknown) => {
      if (mine === asked.current) setError(say(e));
    }).finally(() => {
      if (mine === asked.current) setComputing(false);
    });
  };
  useEffect(() => {
    host.onEvent((event) => {
      show(event.view);
    });
    ask(host.call('ready', host.getState() ?? none).then((first) => {
      setBundle(first.strings ?? {});
      return first;
    }));
  }, []);

  if (!view) return error === undefined ? <p class="page quiet" role="status">{t('Computing…')}</p> : <p class="banner" role="alert">{error}</p>;
  const { report } = view;
  const choose = (change: Partial<BoardOptions>): void => {
    const options = { ...view.options, ...change };
    setView({ ...view, options });
    ask(host.call('choose', options));
  };
  const command = (id: Parameters<typeof host.call<'command'>>[1]['command']): void => {
    host.call('command', { command: id }).catch((e: unknown) => {
      setError(say(e));
    });
  };
  const exportCsv = (): void => {
    host.call('exportCsv', {}).then((file) => {
      if (file !== null) setSays(t('Written to {0}', file));
    }, (e: unknown) => {
      setError(say(e));
    });
  };
  return (
    <main class={`page${computing ? ' computing' : ''}`} aria-busy={computing}>
      <header class="top">
        <h1>{t('Leaderboard')}</h1>
        <span class="says quiet" role="status">{computing ? t('Computing…') : says}</span>
        <span class="spacer" />
        {report && <button type="button" onClick={exportCsv}>{t('Export CSV')}</button>}
      </header>
      <Controls view={view} choose={choose} />
      {error !== undefined && <p class="banner" role="alert">{error}</p>}
      {report ? (
        <>
          <Warnings view={view} report={report} command={command} />
          <Table view={view} report={report} order={bestFirst(report)} />
          <Facts view={view} report={report} />
          <Separate view={view} report={report} order={bestFirst(report)} />
          <Matrix view={view} report={report} order={bestFirst(report)} />
        </>
      ) : (
        <Empty view={view} command={command} />
      )}
    </main>
  );
}
