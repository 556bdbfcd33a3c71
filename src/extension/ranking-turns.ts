import { canJudge } from '../domain/can-judge';
import { keyOfGeneration, keyOfLabel } from '../domain/content';
import { contradictedLabels, contradictedPolicy, isReAsked, type ScoresOf } from '../domain/contradictions';
import { disputedItems } from '../domain/disagreement';
import type { LabelIndex } from '../domain/label-index';
import type { ItemWorth, OpenItems } from '../domain/open-items';
import { createOpenItems } from '../domain/open-items';
import { chooseNext } from '../domain/queue';
import type { Generation, Label, LabelKind, ScreeningItem, Selection } from '../domain/records';
import { screeningItemsFor } from '../domain/screening';
import type { Task, TaskForm } from '../domain/tasks';
import type { RankingMode } from '../protocol/panels-ranking';

/** An item that is a labeler's turn, and what the label will say about how it came up. */
export interface Turn {
  readonly key: string;
  readonly generation: Generation;
  readonly kind?: LabelKind;
  readonly select: Selection;
  /** Of a repeat: the label that is repeated. */
  readonly repeats?: string;
  /** Of gold and screening: the id of the screening item. */
  readonly gold?: string;
  /** In adjudication: the labels to settle. */
  readonly settles?: readonly Label[];
}

/** Whose turn it is, in one mode of labeling. */
export interface Turns {
  next(): Turn | undefined;
  /** A turn for an item that was asked for by name. */
  open(key: string): Turn | undefined;
  /** What a label was made in. */
  of(label: Label): Turn | undefined;
  /** The labels of this item have changed. */
  refresh(key: string): void;
  progress(): { readonly done: number; readonly total: number };
}

export interface TurnOptions {
  readonly labeler: string;
  readonly task: Task;
  readonly form: TaskForm;
  readonly index: LabelIndex;
  /** All items of the task by key, in order. */
  readonly byKey: ReadonlyMap<string, Generation>;
  /** Of these, the ones to go through. */
  readonly keys: readonly string[];
  readonly screening: readonly ScreeningItem[];
  readonly screeningItems?: number;
  readonly worth?: ItemWorth;
  /** What reward models say of answers; for labels that they contradict. */
  readonly scoresOf?: ScoresOf;
}

export function turnsIn(mode: RankingMode, options: TurnOptions): Turns {
  if (mode === 'contradicted') return contradictedTurns(options);
  return mode === 'screening' ? screeningTurns(options) : mode === 'adjudicate' ? adjudicationTurns(options) : queueTurns(options);
}

/** The labeler's ordinary day: the task's queue, with repeats and gold items mixed in. */
function queueTurns({ labeler, task, form, index, byKey, keys, screening, worth }: TurnOptions): Turns {
  // Where nothing is known of what items are worth, they are drawn at random, and labels say so.
  const order = task.queue?.order;
  const queue = { ...task.queue, ...(worth === undefined && (order === 'uncertainty' || order === 'information') ? { order: 'random' as const } : {}) };
  const gold = new Map(screeningItemsFor(screening, task.id).filter((g) => canJudge(form, g)).map((g) => [keyOfGeneration(g, task.id), g]));
  const mine = new Map<string, Label>();
  const repeated = new Map<string, Label>();
  const tested = new Set<string>();
  let goldDone = 0;
  for (const label of index.ofLabeler(labeler, task.id)) note(keyOfLabel(label), label);
  /** Asked of every item again and again; what others write makes everything anew. */
  const known = new Map<string, number>();
  const others = (key: string): number => {
    let n = known.get(key);
    if (n === undefined) known.set(key, (n = index.ofItem(key).filter((l) => l.labeler !== labeler && l.kind === undefined).length));
    return n;
  };
  const { overlap } = queue;
  const isOpen = (key: string): boolean => !mine.has(key) && (overlap === undefined || others(key) < overlap);
  // A set of a hundred thousand long keys takes its time: where all that can be judged are meant, it is not needed.
  const some = keys.length < byKey.size ? new Set(keys) : undefined;
  const isOwn = (key: string): boolean => (some ? some.has(key) : byKey.has(key));
  let doneHere = 0;
  for (const key of mine.keys()) if (isOwn(key)) doneHere++;
  let openHere = overlap === undefined ? keys.length - doneHere : keys.filter(isOpen).length;
  /** Repeats and gold are part of what lies ahead from the start: a total that grows would tell which item is one. */
  const extra = (queue.repeats ?? 0) > 0 || (queue.gold ?? 0) > 0 ? Math.round((openHere + doneHere) * ((1 + (queue.repeats ?? 0)) / (1 - Math.min(gold.size > 0 ? (queue.gold ?? 0) : 0, 0.5)) - 1)) : 0;

  /** For a queue that draws; made when it is first asked. */
  let drawn: OpenItems | undefined;

  function note(key: string, label: Label): void {
    if (label.kind === undefined) mine.set(key, label);
    else if (label.kind === 'repeat') repeated.set(key, label);
    else if (label.kind === 'gold') {
      goldDone++;
      tested.add(key);
    } else if (label.kind === 'screening') tested.add(key);
  }

  function turn(key: string, chosen: Omit<Turn, 'key' | 'generation'>): Turn | undefined {
    const generation = (chosen.gold === undefined ? undefined : gold.get(key)) ?? byKey.get(key) ?? gold.get(key);
    return generation && { key, generation, ...chosen };
  }

  return {
    next() {
      const left = [...gold].filter(([key]) => !tested.has(key)).map(([key, { id }]) => ({ key, id }));
      if ((queue.order ?? 'in-order') !== 'in-order') drawn ??= createOpenItems(keys, isOpen, queue.order === 'random' ? undefined : worth);
      const chosen = chooseNext({ labeler, task: task.id, items: keys, mine, others: overlap === undefined ? () => 0 : others, repeated, gold: left, goldDone, ...(drawn ? { open: drawn } : {}) }, queue);
      if (!chosen) return undefined;
      const { key, ...how } = chosen;
      return turn(key, how);
    },
    open(key) {
      const found = turn(key, { select: { policy: 'chosen', p: 1 } });
      return found && canJudge(form, found.generation) ? found : undefined;
    },
    of: (label) => turn(keyOfLabel(label), howOf(label)),
    refresh(key) {
      const [wasMine, wasOpen] = [mine.has(key), isOpen(key)];
      mine.delete(key);
      repeated.delete(key);
      if (gold.has(key)) {
        goldDone = index.ofLabeler(labeler, task.id).filter((l) => l.kind === 'gold').length;
        tested.delete(key);
      }
      for (const label of index.ofItem(key)) {
        if (label.labeler !== labeler) continue;
        if (label.kind === 'gold') tested.add(key);
        else note(key, label);
      }
      if (!isOwn(key)) return;
      if (isOpen(key) !== wasOpen) drawn?.set(key, isOpen(key));
      doneHere += Number(mine.has(key)) - Number(wasMine);
      openHere += Number(isOpen(key)) - Number(wasOpen);
    },
    progress() {
      const done = doneHere + (extra > 0 ? repeated.size + goldDone : 0);
      return { done, total: Math.max(done + openHere, openHere === 0 ? done : doneHere + openHere + extra) };
    },
  };
}

/** The entrance test, in the order of its files. */
function screeningTurns({ labeler, task, form, index, screening, screeningItems }: TurnOptions): Turns {
  const items = new Map(screeningItemsFor(screening, task.id, screeningItems).filter((g) => canJudge(form, g)).map((g) => [keyOfGeneration(g, task.id), g]));
  const isDone = (key: string): boolean => index.ofItem(key).some((l) => l.labeler === labeler && l.kind === 'screening');
  const turn = (key: string): Turn | undefined => {
    const item = items.get(key);
    return item && { key, generation: item, kind: 'screening', select: { policy: 'screening', p: 1 }, gold: item.id };
  };
  return {
    next() {
      const key = [...items.keys()].find((k) => !isDone(k));
      return key === undefined ? undefined : turn(key);
    },
    open: turn,
    of: (label) => turn(keyOfLabel(label)),
    refresh: () => undefined,
    progress: () => ({ done: [...items.keys()].filter(isDone).length, total: items.size }),
  };
}

/** What labelers disagree on, the most disputed first. */
function adjudicationTurns({ labeler, task, form, index, byKey }: TurnOptions): Turns {
  const disputed = disputedItems(index.current(), task.id).filter(({ key, disagreement, settled }) => {
    const generation = byKey.get(key);
    return generation !== undefined && canJudge(form, generation) && (settled || disagreement > 0);
  });
  const isSettled = (key: string): boolean => index.ofItem(key).some((l) => l.kind === 'adjudication');
  const turn = (key: string): Turn | undefined => {
    const generation = byKey.get(key);
    const settles = index.ofItem(key).filter((l) => l.kind === undefined);
    return generation && settles.length > 0 ? { key, generation, kind: 'adjudication', select: { policy: 'chosen', p: 1 }, settles } : undefined;
  };
  return {
    next() {
      const found = disputed.find(({ key }) => !isSettled(key));
      return found && turn(found.key);
    },
    open: turn,
    of: (label) => (label.kind === 'adjudication' || label.labeler !== labeler ? turn(keyOfLabel(label)) : undefined),
    refresh: () => undefined,
    progress: () => ({ done: disputed.filter(({ key }) => isSettled(key)).length, total: disputed.length }),
  };
}

/**
 * The labeler's own labels that reward models contradict, the strongest first: each once more, in the reverse order, without what was said. The
 * answer stands beside the first label. An item that was repeated before is left out: of two repeats only the later would stand.
 */
function contradictedTurns({ labeler, task, form, index, byKey, keys, scoresOf }: TurnOptions): Turns {
  const some = new Set(keys);
  const repeatOf = (key: string): Label | undefined => index.ofItem(key).find((l) => l.labeler === labeler && l.kind === 'repeat');
  const found = contradictedLabels(index.ofLabeler(labeler, task.id), scoresOf ?? (() => undefined)).flatMap(({ label }) => {
    const key = keyOfLabel(label);
    const generation = some.has(key) ? byKey.get(key) : undefined;
    const repeat = repeatOf(key);
    return generation === undefined || !canJudge(form, generation) || (repeat !== undefined && !isReAsked(repeat)) ? [] : [{ key, generation, label }];
  });
  const isDone = (key: string): boolean => repeatOf(key) !== undefined;
  const turn = (key: string): Turn | undefined => {
    const item = found.find((f) => f.key === key);
    return item && { key, generation: item.generation, kind: 'repeat', select: { policy: contradictedPolicy, p: 1 }, repeats: item.label.id };
  };
  return {
    next() {
      const item = found.find((f) => !isDone(f.key));
      return item && turn(item.key);
    },
    open: turn,
    of: (label) => (isReAsked(label) ? turn(keyOfLabel(label)) : undefined),
    refresh: () => undefined,
    progress: () => ({ done: found.filter((f) => isDone(f.key)).length, total: found.length }),
  };
}

/** How a label's item came up, for one that is made in its place. */
function howOf({ kind, select, repeats, gold }: Label): Omit<Turn, 'key' | 'generation'> {
  return { ...(kind === undefined ? {} : { kind }), select: select ?? { policy: 'chosen', p: 1 }, ...(repeats === undefined ? {} : { repeats }), ...(gold === undefined ? {} : { gold }) };
}
