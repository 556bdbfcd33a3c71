import { UserError } from '../base/errors';
import type { Problem } from '../base/problems';
import { keyOfLabel, labelItems } from '../domain/content';
import { isReAsked, reAskedReport, type ScoresOf } from '../domain/contradictions';
import type { Said } from '../domain/form';
import { fieldsOf } from '../domain/form';
import { fits, isEmpty, missing } from '../domain/form-check';
import type { Cards } from '../domain/form-label';
import { fromLabel, toLabel } from '../domain/form-label';
import type { Generation, Label, LabelLine, Mask } from '../domain/records';
import { screeningItemsFor, screeningResult } from '../domain/screening';
import type { Task, TaskForm } from '../domain/tasks';
import { guidelineHash } from '../domain/tasks';
import type { Masker } from '../jobs/mask-texts';
import type { Params } from '../protocol/panels';
import type { RankingItem, RankingMethods, RankingMode, RankingView } from '../protocol/panels-ranking';
import { saidSchema } from '../protocol/panels-ranking';
import type { Drafts } from '../store/drafts';
import { newLabel, newRetract } from '../store/label-files';
import type { LiveData } from '../store/live-data';
import { cardsIn, cardsInLabel, orderOf, pageItem } from './ranking-items';
import { keysOf, screeningProblems } from './ranking-keys';
import type { Turn } from './ranking-turns';
import { turnsIn } from './ranking-turns';
import type { Worth } from './ranking-worth';

export interface RankingOptions {
  readonly labeler: string;
  readonly task: Task;
  readonly form: TaskForm;
  readonly mode: RankingMode;
  readonly data: Pick<LiveData, 'project' | 'generations' | 'screening' | 'index' | 'byKey'>;
  /** On disk and in `data.index` when it resolves. */
  readonly append: (lines: readonly LabelLine[]) => Promise<void>;
  /** The name of the set to go through; absent: all of the task's. */
  readonly batch?: string;
  readonly masker: Masker;
  readonly drafts: Drafts;
  /** How much an item is worth a labeler's time, for queues that ask. */
  readonly worth?: Worth;
  /** What reward models say of answers, for labels that they contradict. */
  readonly scoresOf?: ScoresOf;
  readonly now: () => Date;
}

/** One labeler going through the items of one task. */
export interface RankingSession {
  /** The item `current` where there is such, else the next one of the queue. One that is judged is shown to be changed, unless `again` is false. */
  view(current?: string, again?: boolean): Promise<Core>;
  /** On disk when the promise resolves. @throws UserError when the item is gone, or something is missing. */
  submit(judgement: Params<RankingMethods, 'submit'>): Promise<Core>;
  /** Takes the labeler's last label of this task back, of whatever day, and shows its item with what was said. */
  undo(): Promise<Core>;
  redo(): Promise<Core>;
  /** To the labeler's judged items, oldest first; after the newest comes the queue. */
  back(): Promise<Core>;
  forward(): Promise<Core>;
  draft(draft: Params<RankingMethods, 'draft'>): Promise<void>;
  /** What is shown now, to come back to after the files were read again. */
  current(): string | undefined;
  readonly problems: readonly Problem[];
}
type Core = Omit<RankingView, 'labeler' | 'trusted' | 'notices' | 'batch'>;

/** What is on the page. */
interface Shown {
  readonly turn: Turn;
  readonly cards: Cards;
  readonly item: RankingItem;
  readonly masked: readonly Mask[];
  /** The label that is looked at again: saving changes it. */
  readonly revises?: Label;
  /** What was said of it before. */
  readonly before?: Core['before'];
}

/** Labels a minute are told over so many labels, none of which counts for longer than this (a coffee is no label). */
const paceLabels = 20;
const longest = 120_000;

export function openRanking(options: RankingOptions): RankingSession {
  const { labeler, task, form, mode, data, append, masker, drafts, now } = options;
  const { index } = data;
  const guideline = guidelineHash(form);
  const byKey = data.byKey(task.id);
  const { keys, problems } = keysOf(form, task, data.generations, byKey, options.batch);
  const screening = data.screening.flatMap((set) => set.records);
  const { items: screeningItems } = data.project.screening;
  const turns = turnsIn(mode, { labeler, task, form, index, byKey, keys, screening, ...(screeningItems === undefined ? {} : { screeningItems }), ...(options.worth ? { worth: options.worth } : {}), ...(options.scoresOf ? { scoresOf: options.scoresOf } : {}) });
  const pace = recentPace(index.ofLabeler(labeler, task.id), now().getTime());
  let shown: Shown | undefined;

  /** Whether a label is one of this mode: no other can be undone or looked at here. */
  const isHere = (label: Label): boolean => {
    if (mode === 'contradicted') return isReAsked(label);
    return mode === 'label' ? label.kind !== 'screening' && label.kind !== 'adjudication' && !isReAsked(label) : label.kind === (mode === 'screening' ? 'screening' : 'adjudication');
  };
  const history = (): readonly Label[] => index.ofLabeler(labeler, task.id).filter(isHere);
  /** The line to retract for an undo or redo, and the label that it is about. */
  function target(id: string | undefined): { readonly id: string; readonly label: Label } | undefined {
    const line = id === undefined ? undefined : index.get(id);
    const label = line?.op === 'retract' ? index.get(line.target) : line;
    return line && label?.op === 'label' ? { id: line.id, label } : undefined;
  }
  const toUndo = (): ReturnType<typeof target> => target(index.undoTarget(labeler, task.id, isHere));
  const toRedo = (): ReturnType<typeof target> => target(index.redoTarget(labeler, task.id, isHere));

  /** Puts an item on the page; `said` is the label that it shows, `revises` the one that saving changes. */
  function put(turn: Turn, order: readonly number[], said?: { readonly label: Label; readonly from: 'undo' | 'label' }, revises?: Label): Promise<Core> {
    const cards = cardsIn(order, turn.generation);
    const before = said && { said: saidIn(said.label, turn.generation, cards), from: said.from };
    shown = { turn, cards, ...pageItem(turn.key, turn.generation, cards, masker), ...(revises ? { revises } : {}), ...(before ? { before } : {}) };
    return core();
  }

  async function core(): Promise<Core> {
    const before = shown?.before;
    const kept = shown && (before?.from === 'undo' ? undefined : await draftOf(shown));
    const list = shown?.revises ? history() : [];
    const at = list.findIndex((l) => l.id === shown?.revises?.id);
    const canUndo = toUndo() !== undefined;
    return {
      ...(shown ? { item: shown.item } : {}),
      form,
      mode,
      ...turns.progress(),
      canUndo,
      canRedo: toRedo() !== undefined,
      canBack: at < 0 ? canUndo : at > 0,
      canForward: shown?.revises !== undefined,
      ...(kept ? { before: kept } : before ? { before } : {}),
      ...(at < 0 ? {} : { again: { at: at + 1, of: list.length } }),
      ...(shown?.turn.settles ? { others: shown.turn.settles.map((l) => saidIn(l, shown!.turn.generation, shown!.cards)) } : {}),
      ...(mode === 'screening' && !shown ? { result: result() } : {}),
      ...(mode === 'contradicted' && !shown ? { reAsked: reAsked() } : {}),
      ...(pace.length >= 3 ? { perMinute: (60_000 * pace.length) / pace.reduce((a, b) => a + b, 0) } : {}),
    };
  }

  /** Where the labeler's own label and its item are shown again. */
  function reopen(label: Label): Promise<Core> | undefined {
    const turn = turns.of(label);
    if (!turn) return undefined;
    return put(turn, orderOf(labeler, turn.key, turn.generation, label), { label, from: 'label' }, label);
  }

  function saidIn(label: Label, generation: Generation, cards: Cards): Said {
    return fromLabel(form, cardsInLabel(cards, generation, label), label);
  }

  /** The next of the queue. */
  function advance(turn = turns.next()): Promise<Core> {
    if (turn) return put(turn, orderFor(turn));
    shown = undefined;
    return core();
  }

  function orderFor(turn: Turn): number[] {
    const first = turn.repeats === undefined ? undefined : index.get(turn.repeats);
    return orderOf(labeler, turn.key, turn.generation, first?.op === 'label' ? first : undefined, turn.repeats !== undefined);
  }

  function result(): Core['result'] & object {
    const { threshold, rule } = data.project.screening;
    const labels = index.ofLabeler(labeler, task.id).filter((l) => l.kind === 'screening');
    return screeningResult(labeler, screeningItemsFor(screening, task.id, screeningItems), labels, { threshold, rule, form });
  }

  function reAsked(): Core['reAsked'] & object {
    const first = (id: string): Label | undefined => {
      const found = index.get(id);
      return found?.op === 'label' ? found : undefined;
    };
    return reAskedReport(index.ofLabeler(labeler, task.id), first, options.scoresOf ?? (() => undefined));
  }

  const draftKey = ({ turn, revises }: Shown): string => [turn.key, turn.kind ?? '', revises?.id ?? ''].join('\n');
  const hashesOf = ({ cards, turn }: Shown): string[] => cards.map((card) => turn.generation.responses[card[0]!]!.hash);

  /** A draft of the same answers in the same order; any other is of no use any more. */
  async function draftOf(of: Shown): Promise<Core['before']> {
    const draft = (await drafts.read(labeler, draftKey(of))) as { shown?: unknown; said?: unknown; ms?: unknown; at?: unknown } | undefined;
    if (draft === undefined) return undefined;
    const said = saidSchema.safeParse(draft.said).data;
    if (said?.ranks.length !== of.cards.length || JSON.stringify(draft.shown) !== JSON.stringify(hashesOf(of))) return undefined;
    return { said, from: 'draft', ...(typeof draft.ms === 'number' ? { ms: draft.ms } : {}), ...(typeof draft.at === 'number' ? { at: draft.at } : {}) };
  }

  /** Refuses what the page should not have let through. */
  function check(of: Shown, said: Said): void {
    const count = of.cards.length;
    if (said.ranks.length !== count) throw new UserError('ranking.answers', `${said.ranks.length} ranks for ${count} answers.`);
    const lacks = missing(form, count, said);
    if (lacks) throw new UserError('ranking.incomplete', lacks.message.replace(/\{(\d)\}/g, (_, i: string) => String(lacks.args[Number(i)])));
    for (const field of fieldsOf(form, count, said)) {
      const value = said.values[field.id];
      const length = typeof field.at === 'number' ? of.item.answers[field.at]!.text.length : undefined;
      if (value !== undefined && !isEmpty(value) && !fits(field, value, length)) throw new UserError('ranking.value', `"${field.label}" cannot be answered with ${JSON.stringify(value)}.`);
    }
  }

  async function takeBack(target: string): Promise<void> {
    await append([newRetract(labeler, target, now())]);
  }

  return {
    problems: [...problems, ...screeningProblems(form, data.screening)],
    current: () => shown?.turn.key,
    async view(current, again = true) {
      if (shown && shown.turn.key === current) return core();
      const queued = turns.next();
      if (current === undefined || queued?.key === current) return advance(queued);
      const own = history().findLast((l) => keyOfLabel(l) === current);
      if (own && !again) return advance(queued);
      const reopened = own && reopen(own);
      if (reopened) return reopened;
      const turn = turns.open(current);
      if (!turn) return advance(queued);
      return put(turn, orderFor(turn));
    },
    async submit({ id, said, ms }) {
      const of = shown;
      if (of?.turn.key !== id) throw new UserError('ranking.gone', 'The answers of this item have changed or are gone; the list is read again.');
      check(of, said);
      const { turn, cards, revises } = of;
      const label = newLabel(
        {
          task: task.id,
          ...(turn.kind === undefined ? {} : { kind: turn.kind }),
          labeler,
          promptHash: turn.generation.promptHash,
          items: labelItems(turn.generation),
          shown: cards.flat(),
          touched: true,
          ...toLabel(form, cards, said),
          ms,
          select: turn.select,
          guideline,
          ...(of.masked.length > 0 ? { masked: of.masked } : {}),
          ...(turn.repeats === undefined ? {} : { repeats: turn.repeats }),
          ...(turn.gold === undefined ? {} : { gold: turn.gold }),
          ...(turn.settles ? { adjudicates: turn.settles.map((l) => l.id) } : {}),
          ...(revises ? { supersedes: revises.id } : {}),
          generation: turn.generation.id,
        },
        now(),
      );
      await append([label]);
      await drafts.remove(labeler, draftKey(of));
      options.worth?.note(label);
      turns.refresh(turn.key);
      if (ms > 0 && !revises) pace.push(Math.min(ms, longest));
      if (pace.length > paceLabels) pace.shift();
      return advance();
    },
    async undo() {
      const undone = toUndo();
      if (!undone) return shown ? core() : advance();
      const { label } = undone;
      await takeBack(undone.id);
      pace.pop();
      const key = keyOfLabel(label);
      turns.refresh(key);
      const turn = turns.of(label);
      if (!turn) return advance();
      // What was taken back may itself have been a change: then the label before it stands again.
      const standing = index.ofItem(key).find((l) => l.labeler === labeler && l.kind === label.kind);
      return put(turn, orderOf(labeler, key, turn.generation, label), { label, from: 'undo' }, standing);
    },
    async redo() {
      const redone = toRedo();
      if (!redone) return shown ? core() : advance();
      await takeBack(redone.id);
      turns.refresh(keyOfLabel(redone.label));
      return advance();
    },
    async back() {
      const list = history();
      const at = shown?.revises ? list.findIndex((l) => l.id === shown?.revises?.id) : list.length;
      const label = list[at - 1];
      return (label && reopen(label)) ?? core();
    },
    async forward() {
      if (!shown?.revises) return core();
      const list = history();
      const label = list[list.findIndex((l) => l.id === shown?.revises?.id) + 1];
      return (label && reopen(label)) ?? advance();
    },
    async draft({ id, said, ms, at }) {
      if (shown?.turn.key !== id || said.ranks.length !== shown.cards.length) return;
      await drafts.write(labeler, draftKey(shown), { shown: hashesOf(shown), said, ms, at });
    },
  };
}

/** Milliseconds of the labels of the last half hour, so that a reload does not forget the pace. */
function recentPace(labels: readonly Label[], now: number): number[] {
  return labels.slice(-paceLabels).flatMap((l) => (l.ms !== undefined && l.ms > 0 && now - Date.parse(l.at) < 1_800_000 ? [Math.min(l.ms, longest)] : []));
}
