import type { VNode } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { RedTeamView, TurnView } from '../../protocol/panels-red-team';
import type { pageCommands } from '../../protocol/panels';
import { t } from '../shared/l10n';
import type { Call } from './app';
import { Attempts } from './attempts';
import { Composer } from './composer';
import { Help } from './help';
import { letter } from './reply';
import { emptySetup, Setup, setupOf } from './setup';
import { Turn } from './turn';
import type { Marking } from './turn';

interface Props {
  readonly view: RedTeamView;
  readonly call: Call;
  readonly ask: (run: () => Promise<RedTeamView>, sentence: (next: RedTeamView) => string) => Promise<RedTeamView | undefined>;
  readonly draft: string;
  readonly setDraft: (text: string) => void;
  readonly say: (sentence: string) => void;
  readonly command: (name: (typeof pageCommands)[number]) => void;
}

/** A conversation: whom and what for, the turns, and what is said next. */
export function Conversation({ view, call, ask, draft, setDraft, say, command }: Props): VNode {
  const { current } = view;
  const [setup, setSetup] = useState(() => emptySetup(view));
  const [n, setN] = useState(2);
  /** The turn that is sent again in another form; its predecessor is what the message follows. */
  const [changing, setChanging] = useState<TurnView>();
  const [sending, setSending] = useState<string>();
  const [marking, setMarking] = useState<Marking>();
  const [help, setHelp] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  const turns = current?.turns ?? [];
  const last = turns.at(-1);
  const busy = view.busy || sending !== undefined;
  const chosen = setupOf(view, setup);

  useEffect(() => {
    setMarking(undefined);
    setChanging(undefined);
  }, [current?.id]);

  /** The keys of a new turn work once it has the focus, which it can have once it is drawn. */
  const arrived = useRef(false);
  useEffect(() => {
    if (arrived.current && last) document.getElementById(`turn-${last.id}`)?.focus();
    arrived.current = false;
  }, [last?.id]);

  const toBox = (): void => {
    box.current?.focus();
  };

  async function send(text = draft, after = changing === undefined ? (last?.id ?? null) : changing.after): Promise<void> {
    if (busy || text.trim() === '' || chosen.target === '') return;
    setSending(text);
    arrived.current = true;
    say(t('Waiting for {0} replies', n));
    const next = await ask(
      () => call('send', { ...(current === undefined ? {} : { attempt: current.id }), target: current?.target ?? chosen.target, goal: chosen.goal, ...(chosen.rule === '' ? {} : { rule: chosen.rule }), after, text, n }),
      (v) => (v.current === undefined || v.current.turns.at(-1)?.id === last?.id ? t('Stopped; nothing was saved') : t('{0} replies. Press a number for the more harmful one, or write on', v.current.turns.at(-1)!.replies.length)),
    );
    setSending(undefined);
    const came = next?.current?.turns.at(-1);
    if (came === undefined || came.id === last?.id) {
      arrived.current = false;
      toBox();
      return;
    }
    setDraft('');
    setChanging(undefined);
  }

  function pick(turn: TurnView, candidate: number, harmful: boolean): void {
    if (!current) return;
    const name = letter(turn.replies.findIndex((r) => r.candidate === candidate));
    void ask(() => call('pick', { attempt: current.id, turn: turn.id, candidate, harmful }), () => (harmful ? t('Reply {0} is the more harmful one; saved', name) : t('The conversation goes on with reply {0}; saved', name)));
  }

  function change(turn: TurnView): void {
    setChanging(turn);
    setDraft(turn.text);
    say(t('Change the message and send it again'));
    toBox();
  }

  const open = (attempt: string | undefined): void => {
    void ask(() => call('open', attempt === undefined ? {} : { attempt }), (v) => (v.current === undefined ? t('A new conversation') : t('Conversation with {0}, {1} turns', v.current.targetTitle, v.current.turns.length))).then(toBox);
  };

  const onKey = useRef<(event: KeyboardEvent) => void>(() => undefined);
  onKey.current = (event) => {
    const target = event.target instanceof HTMLElement ? event.target : undefined;
    const field = target?.closest('input, textarea, select') ?? undefined;
    if (event.key === 'Escape') {
      if (help) setHelp(false);
      else if (busy) void call('stop', {});
      else if (marking) {
        setMarking(undefined);
        document.getElementById(`turn-${marking.turn}`)?.focus();
      } else if (changing) {
        setChanging(undefined);
        setDraft('');
      } else if (field && last) document.getElementById(`turn-${last.id}`)?.focus();
      return;
    }
    if (field || event.ctrlKey || event.metaKey || event.altKey) return;
    const reply = last && /^Digit[1-9]$/.test(event.code) ? last.replies[Number(event.code.slice(5)) - 1] : undefined;
    if (reply && last) pick(last, reply.candidate, !event.shiftKey);
    else if (event.key === 'm' && last) setMarking({ turn: last.id, candidate: last.pick?.candidate ?? last.replies[0]?.candidate ?? 0 });
    else if (event.key === 'e' && last) change(last);
    else if (event.key === 'r' && last) void send(last.text, last.after);
    else if (event.key === 'w') toBox();
    else if (event.key === 'n') open(undefined);
    else if (event.key === '?') setHelp(!help);
    else return;
    event.preventDefault();
  };
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      onKey.current(event);
    };
    document.addEventListener('keydown', listen);
    return () => {
      document.removeEventListener('keydown', listen);
    };
  }, []);

  return (
    <div class="columns">
      <Attempts attempts={view.attempts} current={current?.id} open={open} />
      <main>
        <Setup view={view} setup={setup} change={setSetup} command={command} />
        {turns.length > 0 && (
          <ol class="turns" aria-label={t('Conversation')}>
            {turns.map((turn, i) => (
              <Turn key={turn.id} turn={turn} number={i + 1} rules={view.rules} rule={current?.rule} marking={marking?.turn === turn.id ? marking : undefined} setMarking={setMarking} pick={(c, h) => { pick(turn, c, h); }}
                change={() => { change(turn); }} again={() => void send(turn.text, turn.after)} busy={busy}
                mark={(fields) => {
                  if (!current) return;
                  void ask(() => call('mark', { attempt: current.id, turn: turn.id, ...fields }), () => t('Marked: {0}, severity {1}', fields.rule, fields.severity)).then((v) => {
                    if (v) setMarking(undefined);
                    document.getElementById(`turn-${turn.id}`)?.focus();
                  });
                }}
                unmark={(id) => { if (current) void ask(() => call('unmark', { attempt: current.id, mark: id }), () => t('The mark is taken back')); }} />
            ))}
          </ol>
        )}
        {busy && (
          <div class="waiting">
            {sending !== undefined && <p class="said">{sending}</p>}
            <p class="quiet"><span class="dots" aria-hidden="true">•••</span> {t('Waiting for replies')}</p>
            <button type="button" onClick={() => void call('stop', {})}>{t('Stop')} <kbd>Esc</kbd></button>
          </div>
        )}
        <Composer boxRef={box} draft={draft} setDraft={setDraft} n={n} setN={setN} changing={changing !== undefined} first={turns.length === 0} disabled={busy || !view.trusted || chosen.target === ''} send={() => void send()} help={() => { setHelp(!help); }} />
        {help && <Help close={() => { setHelp(false); }} />}
      </main>
    </div>
  );
}
