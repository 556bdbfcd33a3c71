import type { VNode } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { pageCommands } from '../../protocol/panels';
import type { RedTeamEvent, RedTeamMethods, RedTeamResults, RedTeamState, RedTeamView } from '../../protocol/panels-red-team';
import { connect, HostError } from '../shared/host';
import type { Host } from '../shared/host';
import { setBundle, t } from '../shared/l10n';
import { Automatic } from './automatic';
import type { Chosen } from './automatic';
import { Conversation } from './conversation';
import { keepFieldKeys } from './keys';
import { Tabs } from './tabs';

const host = connect<RedTeamMethods, RedTeamResults, RedTeamEvent, RedTeamState>();

export type Call = Host<RedTeamMethods, RedTeamResults, RedTeamEvent, RedTeamState>['call'];
const call: Call = (method, params) => host.call(method, params);
type Tab = NonNullable<RedTeamState['tab']>;

export function App(): VNode | null {
  const kept = host.getState() ?? {};
  const [view, setView] = useState<RedTeamView>();
  const [tab, setTab] = useState<Tab>(kept.tab ?? 'conversation');
  const [draft, setDraft] = useState('');
  const [chosen, setChosen] = useState<Chosen>({ before: '' });
  const [says, setSays] = useState('');
  const [fault, setFault] = useState<string>();
  const asked = useRef(0);

  /** Shows what a call gives, and says what came of it. What fails is said, too. */
  const ask = useCallback(async (run: () => Promise<RedTeamView>, sentence: (next: RedTeamView) => string): Promise<RedTeamView | undefined> => {
    asked.current++;
    try {
      const next = await run();
      setView(next);
      setFault(undefined);
      setSays(sentence(next));
      return next;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!(error instanceof HostError && error.wire.shown)) setFault(message);
      setSays(message);
      return undefined;
    } finally {
      asked.current--;
    }
  }, []);

  useEffect(() => {
    host.onEvent((event) => {
      if (event.name === 'view') setView(event.view);
      else setTab(event.tab);
    });
    const { attempt } = host.getState() ?? {};
    void host.call('ready', attempt === undefined ? {} : { attempt }).then((first) => {
      setBundle(first.strings ?? {});
      setView(first);
      setDraft(first.draft);
      if (first.tab !== undefined) setTab(first.tab);
    }, (error: unknown) => {
      setFault(error instanceof Error ? error.message : String(error));
    });
    return keepFieldKeys();
  }, []);

  const attempt = view?.current?.id;
  useEffect(() => {
    if (view) host.setState({ tab, ...(attempt === undefined ? {} : { attempt }) });
  }, [view, tab, attempt]);
  const there = view !== undefined;
  useEffect(() => {
    if (!there) return;
    const timer = setTimeout(() => void host.call('draft', { text: draft }).catch(() => undefined), 200);
    return () => {
      clearTimeout(timer);
    };
  }, [there, draft]);

  const command = useCallback((name: (typeof pageCommands)[number]): void => void host.call('command', { command: name }).catch(() => undefined), []);
  if (!view) return fault === undefined ? null : <p class="banner" role="alert">{fault}</p>;
  return (
    <div class="page">
      <header class="top">
        <h1>{t('Red Team')}</h1>
        <Tabs tab={tab} choose={setTab} />
        <span class="spacer" />
        <span class="quiet">{view.labeler}</span>
      </header>
      {!view.trusted && <p class="banner warning">{t('Restricted Mode: conversations can be read, but no model is asked. Trust this workspace first.')}</p>}
      {fault !== undefined && <p class="banner" role="alert">{fault}</p>}
      <div id="panel" role="tabpanel" aria-label={tab === 'conversation' ? t('Conversation') : t('Automatic')}>
        {tab === 'conversation'
          ? <Conversation view={view} call={call} ask={ask} draft={draft} setDraft={setDraft} say={setSays} command={command} />
          : <Automatic view={view} call={call} chosen={chosen} choose={setChosen} command={command} />}
      </div>
      <div class="hidden-from-eyes" role="status" aria-live="polite">{says}</div>
    </div>
  );
}
