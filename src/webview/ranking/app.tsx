import type { VNode } from 'preact';
import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { RankingAction, RankingEvent, RankingMethods, RankingResults, RankingState, RankingView } from '../../protocol/panels-ranking';
import type { pageCommands } from '../../protocol/panels';
import { connect, HostError } from '../shared/host';
import { setBundle, t } from '../shared/l10n';
import { keepEnterOnControls } from '../shared/keys';
import { Card } from './card';
import { Done } from './done';
import { Footer } from './footer';
import { Header } from './header';
import { Help } from './help';
import type { Ranking, Step } from './model';
import { act, ranksOf, startRanking, verdictOf } from './model';
import { Prompt } from './prompt';
import { stopwatch } from './stopwatch';

/** What survives a reload of the window: where the labeler was and what was said so far. */
interface Kept extends RankingState {
  readonly draft?: Ranking;
  readonly ms?: number;
}

const host = connect<RankingMethods, RankingResults, RankingEvent, Kept>();
const watch = stopwatch();

export function App(): VNode | null {
  const [view, setView] = useState<RankingView>();
  const [ranking, setRanking] = useState<Ranking>(() => startRanking(2));
  const [says, setSays] = useState('');
  const [refusal, setRefusal] = useState<string>();
  const [help, setHelp] = useState(false);
  const [expanded, setExpanded] = useState<ReadonlySet<number>>(new Set());
  const busy = useRef(false);

  /** Shows what the host sent; a draft of the same item goes on where it was. */
  const show = useCallback((next: RankingView, sentence?: string) => {
    const kept = host.getState();
    const same = next.item !== undefined && kept?.current === next.item.id && kept.draft?.count === next.item.answers.length && !next.before;
    watch.restart(same ? (kept.ms ?? 0) : 0);
    setView(next);
    setRanking(same ? kept.draft : startRanking(next.item?.answers.length ?? 2, next.before));
    if (!same) setExpanded(new Set());
    setRefusal(undefined);
    if (sentence !== undefined) setSays(sentence);
  }, []);

  /** One call at a time: keys that arrive before the answer were meant for an item that is gone. */
  const ask = useCallback(async (run: () => Promise<RankingView>, sentence: (next: RankingView) => string) => {
    if (busy.current) return;
    busy.current = true;
    try {
      const next = await run();
      show(next, sentence(next));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      if (!(error instanceof HostError && error.wire.shown)) setRefusal(message);
      setSays(message);
    } finally {
      busy.current = false;
    }
  }, [show]);

  const step = useCallback(({ state, says: sentence }: Step) => {
    setRanking(state);
    setRefusal(undefined);
    setSays(sentence);
  }, []);

  const submit = useCallback((verdict?: 'skipped') => {
    const item = view?.item;
    if (!item) return;
    const decided = verdict ? { verdict } : verdictOf(ranking);
    if ('refused' in decided) {
      setRefusal(decided.refused);
      setSays(decided.refused);
      return;
    }
    // A skip says nothing, not even what was typed before it.
    const ranks = verdict === 'skipped' ? ranksOf(ranking).map(() => null) : ranksOf(ranking);
    void ask(
      () => host.call('submit', { id: item.id, verdict: decided.verdict, ranks, rest: ranking.rest, touched: true, ms: watch.ms() }),
      (next) => t('Saved, {0} of {1}', next.done, next.total),
    );
  }, [ask, ranking, view]);

  const perform = useCallback((action: RankingAction, position?: number) => {
    if (action === 'help') setHelp((open) => !open);
    else if (action === 'undo') void ask(() => host.call('undo', {}), (next) => t('Taken back: {0} of {1} are ranked', next.done, next.total));
    else if (action === 'redo') void ask(() => host.call('redo', {}), (next) => t('Restored, {0} of {1}', next.done, next.total));
    else if (!view?.item || busy.current) return;
    else if (action === 'submit') submit();
    else if (action === 'skip') submit('skipped');
    else if (action === 'expand') setExpanded((old) => toggled(old, ranking.focus));
    else step(act(ranking, action, position));
  }, [ask, ranking, step, submit, view]);

  const performNow = useRef(perform);
  performNow.current = perform;

  useEffect(() => {
    host.onEvent((event) => {
      if (event.name === 'action') performNow.current(event.action, event.position);
      else show(event.view);
    });
    const current = host.getState()?.current;
    void host.call('ready', current === undefined ? {} : { current }).then((first) => {
      setBundle(first.strings ?? {});
      show(first, '');
    }, (error: unknown) => {
      setRefusal(String(error));
    });
    return keepEnterOnControls((focused) => void host.call('focus', { focused }));
  }, [show]);

  useEffect(() => {
    const { batch } = host.getState() ?? {};
    if (view) host.setState({ ...(batch === undefined ? {} : { batch }), ...(view.item ? { current: view.item.id, draft: ranking, ms: watch.ms() } : {}) });
  }, [view, ranking]);

  const command = (name: (typeof pageCommands)[number]): void => void host.call('command', { command: name });
  if (!view) return refusal === undefined ? null : <p class="banner" role="alert">{refusal}</p>;
  const ranks = ranksOf(ranking);
  return (
    <div class="page">
      <Header view={view} perform={perform} command={command} />
      {view.item ? (
        <main>
          <Prompt messages={view.item.prompt} />
          <section class={`answers of-${view.item.answers.length}${ranking.flag ? ` is-${ranking.flag}` : ''}`} aria-label={t('Answers')}>
            {view.item.answers.map((text, i) => (
              <Card key={`${view.item!.id}/${i}`} position={i} text={text} rank={ranks[i] ?? undefined} tied={ranks.some((r, j) => j !== i && r !== null && r === ranks[i])} focused={ranking.focus === i}
                announceFocus={ranking} expanded={expanded.has(i)} perform={perform} onFocus={() => { setRanking((r) => (r.focus === i ? r : { ...r, focus: i })); }}
                onExpand={() => { setExpanded((old) => toggled(old, i)); }} />
            ))}
          </section>
        </main>
      ) : (
        <Done view={view} command={command} perform={perform} />
      )}
      {view.item && <Footer ranking={ranking} refusal={refusal} step={step} perform={perform} />}
      {help && <Help close={() => { setHelp(false); }} command={command} />}
      <div class="hidden-from-eyes" role="status" aria-live="polite">{says}</div>
    </div>
  );
}

function toggled(set: ReadonlySet<number>, i: number): ReadonlySet<number> {
  const next = new Set(set);
  if (!next.delete(i)) next.add(i);
  return next;
}
