import type { VNode } from 'preact';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Field, Said, Values } from '../../domain/form';
import { fieldsOf } from '../../domain/form';
import { isEmpty, missing, nameOf } from '../../domain/form-check';
import type { pageCommands } from '../../protocol/panels';
import type { RankingAction, RankingEvent, RankingMethods, RankingResults, RankingView } from '../../protocol/panels-ranking';
import { connect, HostError } from '../shared/host';
import { keepEnterOnControls } from '../shared/keys';
import { setBundle, t } from '../shared/l10n';
import { showLateSave } from '../shared/late-banner';
import { useFieldFocus } from './control';
import { Done } from './done';
import { draftTimer } from './draft-timer';
import { Footer } from './footer';
import { Guideline, hasGuideline } from './guideline';
import { Header } from './header';
import { Help } from './help';
import type { Kept } from './kept';
import { keptDraft, plain, saved, toggled, where } from './kept';
import type { Chosen } from './marking';
import { marking } from './marking';
import type { Ranking, Step } from './model';
import { act, asksOf, ranking as plainRanking, saidOf, startRanking, verdictOf } from './model';
import { fieldBeside } from './navigation';
import { Notices } from './notices';
import { stopwatch } from './stopwatch';
import type { ValueStep } from './values';
import { chooseNth, removeMarks, setValue, toggleOption } from './values';
import { Work } from './work';

const host = connect<RankingMethods, RankingResults, RankingEvent, Kept>(showLateSave);
const watch = stopwatch();
const drafts = draftTimer((draft) => void host.call('draft', { ...draft, ms: watch.ms(), at: Date.now() }).catch(() => undefined));

export function App(): VNode | null {
  const [view, setView] = useState<RankingView>();
  const [ranking, setRanking] = useState<Ranking>(() => startRanking(2, plainRanking));
  const [values, setValues] = useState<Values>({});
  /** The field that has the keyboard; undefined: the answers have it. */
  const [field, setField] = useState<string>();
  const [chosen, setChosen] = useState<Chosen>();
  const [says, setSays] = useState('');
  const [refusal, setRefusal] = useState<string>();
  const [help, setHelp] = useState(false);
  const [diff, setDiff] = useState(false);
  const [guideline, setGuideline] = useState(() => host.getState()?.guideline ?? window.innerWidth >= 1100);
  const [about, setAbout] = useState<string>();
  const [expanded, setExpanded] = useState<ReadonlySet<number>>(new Set());
  const busy = useRef(false);
  /** The text that was left with Escape: the next field is the one after it. */
  const left = useRef<string | undefined>(undefined);
  /** Counts what the labeler has done, so that the keyboard follows. */
  const [turn, setTurn] = useState(0);

  const count = view?.item?.answers.length ?? 0;
  const said = useMemo(() => saidOf(ranking, values), [ranking, values]);
  const fields = useMemo(() => (view?.item ? fieldsOf(view.form, count, said) : []), [view, count, said]);
  const now = fields.find((f) => f.id === field);

  /** Shows what the host sent; what was entered into the same item and not saved stays. */
  const show = useCallback((next: RankingView, sentence?: string) => {
    drafts.drop();
    const kept = host.getState();
    const answers = next.item?.answers.length ?? 2;
    const draft = keptDraft(kept, next);
    watch.restart(draft ? (kept?.ms ?? 0) : (next.before?.ms ?? 0));
    setView(next);
    const fresh = startRanking(answers, asksOf(next.form.preference), next.before?.said);
    setRanking(draft?.ranking ?? fresh);
    setValues(draft?.values ?? next.before?.said.values ?? {});
    if (!draft) {
      setExpanded(new Set());
      setChosen(undefined);
      setField(next.item && !next.form.preference ? fieldsOf(next.form, answers, saidOf(fresh, {}))[0]?.id : undefined);
    }
    setTurn((n) => n + 1);
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

  /** Something was entered. */
  const enter = useCallback((next: Ranking, nextValues: Values, sentence: string) => {
    setRanking(next);
    setValues(nextValues);
    setRefusal(undefined);
    setSays(sentence);
    setTurn((n) => n + 1);
    if (view?.item && (next.touched || Object.keys(nextValues).length > 0)) drafts.set({ id: view.item.id, said: saidOf(next, nextValues) });
  }, [view]);
  const step = useCallback(({ state, says: sentence }: Step) => {
    enter(state, values, sentence);
  }, [enter, values]);
  const fill = useCallback(({ values: next, says: sentence }: ValueStep) => {
    enter(next === values ? ranking : { ...ranking, touched: true }, next, sentence);
  }, [enter, ranking, values]);

  const go = useCallback((id: string | undefined) => {
    left.current = undefined;
    setField(id);
    setTurn((n) => n + 1);
    const to = fields.find((f) => f.id === id);
    if (typeof to?.at === 'number') setRanking((r) => ({ ...r, focus: to.at as number }));
    if (id !== field) setChosen(undefined);
  }, [field, fields]);

  const refuse = (message: string): void => {
    setRefusal(message);
    setSays(message);
  };

  const submit = useCallback((skip = false) => {
    const item = view?.item;
    if (!item) return;
    const decided = verdictOf(ranking);
    if (!skip && 'refused' in decided) {
      // A form of fields alone says what it wants by itself.
      const first = view.form.preference ? undefined : fields.find((f) => f.required && isEmpty(values[f.id]));
      if (first && first.id !== field) go(first.id);
      else if (view.form.preference) go(undefined);
      refuse(decided.refused);
      return;
    }
    const lacks = skip ? undefined : missing(view.form, count, said);
    if (lacks) {
      const message = t(lacks.message, ...lacks.args);
      if (lacks.field && lacks.field.id !== field) {
        go(lacks.field.id);
        setSays(message);
        setRefusal(undefined);
      } else refuse(message);
      return;
    }
    drafts.drop();
    // A skip says nothing, not even what was entered before it.
    const judged: Said = skip ? { verdict: 'skipped', ranks: said.ranks.map(() => null), rest: said.rest, values: {} } : said;
    void ask(() => host.call('submit', { id: item.id, said: plain(judged), touched: true, ms: watch.ms() }), saved);
  }, [ask, count, field, fields, go, ranking, said, values, view]);

  const { tag, move, select } = marking({ answers: view?.item?.answers ?? [], values, fields, now, chosen, choose: setChosen, go, fill, say: setSays });

  /** A digit on the field that has the keyboard. */
  const digit = (at: Field, n: number): void => {
    if (at.kind === 'text') return;
    if (at.kind !== 'span') {
      fill(chooseNth(values, at, n));
      return;
    }
    const option = at.options[n - 1];
    if (!option) setSays(t('There is no tag {0}', n));
    else tag(at, String(option.value));
  };
  const perform = useCallback((action: RankingAction, position?: number) => {
    if (action !== 'help' && action !== 'guideline' && busy.current) return;
    const on: Partial<Record<RankingAction, () => void>> = {
      help: () => { setHelp((open) => !open); },
      guideline: () => {
        setGuideline((open) => !open);
        setSays(!guideline ? t('Guideline shown') : t('Guideline hidden'));
      },
      undo: () => void ask(() => host.call('undo', {}), (next) => t('Taken back: {0} of {1} are judged', next.done, next.total)),
      redo: () => void ask(() => host.call('redo', {}), (next) => t('Restored, {0} of {1}', next.done, next.total)),
      back: () => void ask(() => drafts.flush().then(() => host.call('back', {})), where),
      forward: () => void ask(() => drafts.flush().then(() => host.call('forward', {})), where),
    };
    const onItem: Partial<Record<RankingAction, () => void>> = {
      submit: () => { submit(); },
      skip: () => { submit(true); },
      expand: () => { setExpanded((old) => toggled(old, ranking.focus)); },
      diff: () => {
        setDiff(!diff);
        setSays(diff ? t('Differences hidden') : t('Differing words are marked'));
      },
      answers: () => { go(undefined); },
      nextField: () => { go(fieldBeside(fields, field ?? left.current, ranking.focus, 1)); },
      previousField: () => { go(fieldBeside(fields, field ?? left.current, ranking.focus, -1)); },
      flags: () => { if (view!.form.flags.length > 0) go(`flags/${ranking.focus}`); else setSays(t('This task has no flags')); },
      rationale: () => { if (view!.form.rationale !== 'off') go('rationale'); else setSays(t('This task asks for no rationale')); },
    };
    if (on[action]) on[action]();
    else if (!view?.item) return;
    else if (onItem[action]) onItem[action]();
    else if (action === 'rank' && now && position !== undefined) digit(now, position + 1);
    else {
      if (action === 'next' || action === 'previous' || action === 'rank') {
        setField(undefined);
        left.current = undefined;
      }
      step(act(ranking, action, position));
    }
  }, [ask, chosen, diff, field, fields, go, guideline, now, ranking, step, submit, values, view]);

  const performNow = useRef(perform);
  performNow.current = perform;
  /** Keys that are no commands: 0 chooses the zero of a scale, or empties the field as Delete does. */
  const keyNow = useRef<(key: string) => boolean>(() => false);
  keyNow.current = (key) => {
    if (!now || busy.current || (now.kind !== 'one' && now.kind !== 'many')) return false;
    if (key === '0' && now.scale && now.scale.min <= 0) fill(toggleOption(values, now, 0));
    else if (key === '0' || key === 'Delete' || key === 'Backspace') fill({ values: setValue(values, now, undefined), says: t('{0}: no answer', nameOf(now)) });
    else return false;
    return true;
  };

  useEffect(() => {
    host.onEvent((event) => {
      if (event.name === 'action') performNow.current(event.action, event.position);
      else show(event.view);
    });
    const kept = host.getState();
    void host.call('ready', kept?.current === undefined ? {} : { current: kept.current, again: kept.again ?? false }).then((first) => {
      setBundle(first.strings ?? {});
      show(first, '');
    }, (error: unknown) => {
      setRefusal(error instanceof Error ? error.message : String(error));
    });
    const keydown = (event: KeyboardEvent): void => {
      const plainKey = !event.ctrlKey && !event.metaKey && !event.altKey;
      if (plainKey && !(event.target instanceof HTMLTextAreaElement) && keyNow.current(event.key)) event.preventDefault();
    };
    document.addEventListener('keydown', keydown);
    const undo = keepEnterOnControls((focused) => void host.call('focus', { focused }));
    return () => {
      document.removeEventListener('keydown', keydown);
      undo();
    };
  }, [show]);

  useEffect(() => {
    if (view) host.setState({ task: view.form.id, mode: view.mode, guideline, ...(view.batch === undefined ? {} : { batch: view.batch }), ...(view.item ? { current: view.item.id, again: view.again !== undefined, draft: { ranking, values }, ms: watch.ms(), at: Date.now() } : {}) });
  }, [view, ranking, values, guideline]);

  useFieldFocus(field, now !== undefined, turn, () => { setField(undefined); });

  const command = (name: (typeof pageCommands)[number]): void => void host.call('command', { command: name });
  if (!view) return refusal === undefined ? null : <p class="banner" role="alert">{refusal}</p>;
  const { form, item } = view;
  const refused = verdictOf(ranking);
  const lacking = 'refused' in refused ? { message: refused.refused, args: [] } : missing(form, count, said);
  const toGo = fields.filter((f) => f.required && isEmpty(values[f.id])).length + Number('refused' in refused && form.preference !== undefined);
  const withGuideline = item !== undefined && guideline && hasGuideline(form);
  return (
    <div class="page">
      <Header view={view} diff={diff} guideline={guideline} perform={perform} command={command} />
      <Notices notices={view.notices ?? []} before={view.before?.from} command={command} />
      {item ? (
        <div class={`columns${withGuideline ? ' with-guideline' : ''}`}>
          <Work view={view} item={item} ranking={ranking} values={values} fields={fields} field={field} chosen={chosen} diff={diff} expanded={expanded} turn={turn}
            perform={perform}
            rank={(position) => { setField(undefined); step(act(ranking, 'rank', position)); }}
            focusCard={(i) => { setField(undefined); setRanking((r) => (r.focus === i ? r : { ...r, focus: i })); }}
            focusField={(f) => { if (f.id !== field) { setField(f.id); if (typeof f.at === 'number') { const { at } = f; setRanking((r) => ({ ...r, focus: at })); } if (chosen && chosen.at !== f.at) setChosen(undefined); } }}
            expand={(i) => { setExpanded((old) => toggled(old, i)); }}
            fill={fill} write={(f, text) => { enter({ ...ranking, touched: true }, setValue(values, f, text), ''); }}
            leave={() => { go(undefined); left.current = field; }} submit={() => { submit(); }}
            select={select} move={move} tag={tag} remove={(f, stretch) => { fill(removeMarks(values, f, stretch)); }}
            about={(ref) => { setAbout(ref); setGuideline(true); }} />
          {withGuideline && <Guideline form={form} about={about} close={() => { perform('guideline'); }} />}
        </div>
      ) : (
        <Done view={view} command={command} perform={perform} />
      )}
      {item && <Footer ranking={ranking} refusal={refusal} lacks={lacking && { message: t(lacking.message, ...lacking.args), left: toGo }} revises={view.again !== undefined} step={step} perform={perform} />}
      {help && <Help form={form} count={count} close={() => { setHelp(false); }} command={command} />}
      <div class="hidden-from-eyes" role="status" aria-live="polite">{says}</div>
    </div>
  );
}
