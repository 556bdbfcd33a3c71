import { canonicalJson } from '../base/json';
import type { IntList } from '../base/growing';
import { intList } from '../base/growing';
import type { Problem } from '../base/problems';
import { keyOfLabel } from './content';
import { createStanding } from './label-standing';
import { byTime, later } from './labels';
import type { Label, LabelLine, Retract } from './records';

/**
 * What `foldLabels` gives, kept up to date line by line. An ordinary label costs the size of its group (the labels of one
 * labeler, kind and item), a retract or a change the groups that it is about. Lines are kept, not copied: they must not change.
 */
export interface LabelIndex {
  /** Duplicates by id count once. */
  add(lines: Iterable<LabelLine>): void;
  /** What stands, of all labelers, tasks and kinds, oldest first; the same list until the next change. */
  current(): readonly Label[];
  /** Standing labels of an item (`itemKey`): all labelers, all kinds; oldest first. */
  ofItem(key: string): readonly Label[];
  /** Standing labels of a labeler, all kinds; oldest first. */
  ofLabeler(labeler: string, task?: string): readonly Label[];
  get(id: string): LabelLine | undefined;
  /** See `undoTarget` of `labels.ts`; with a task, only its labels count. */
  undoTarget(labeler: string, task?: string): string | undefined;
  redoTarget(labeler: string, task?: string): string | undefined;
  /** Who has written anything. */
  labelers(): string[];
  /** Lines known, duplicates not counted. */
  readonly size: number;
  readonly problems: readonly Problem[];
}

/** What a labeler has written; sorted when asked. */
interface Person {
  readonly number: number;
  readonly labels: ByTime<Label>;
  readonly retracts: ByTime<Retract>;
  readonly groups: IntList;
}

/** A list that is sorted when somebody asks: lines nearly always come in the order of their times. */
interface ByTime<T extends LabelLine> {
  push(line: T): void;
  all(): readonly T[];
}

/** An index of these lines. */
export function createLabelIndex(lines: Iterable<LabelLine> = []): LabelIndex {
  let state = createState();
  /** Ids under which different lines stand. */
  const clashes = new Set<string>();
  const add = (more: Iterable<LabelLine>): void => {
    const better = state.add(more, clashes);
    if (better.size === 0) return;
    // Which of two lines with one id counts must not depend on their order. It hardly ever happens: everything is folded anew.
    const all = [...state.lines.values()].map((line) => better.get(line.id) ?? line);
    state = createState();
    state.add(all, clashes);
  };
  add(lines);
  return {
    add,
    current: () => state.current(),
    ofItem: (key) => state.ofItem(key),
    ofLabeler: (labeler, task) => state.ofLabeler(labeler).filter((l) => task === undefined || l.task === task),
    get: (id) => state.lines.get(id),
    undoTarget: (labeler, task) => state.person(labeler)?.labels.all().findLast((l) => (task === undefined || l.task === task) && state.isActive(l))?.id,
    redoTarget(labeler, task) {
      const person = state.person(labeler);
      const undone = person?.retracts.all().findLast((r) => {
        const target = state.lines.get(r.target);
        return target?.op === 'label' && (task === undefined || target.task === task) && state.isActive(r);
      });
      const last = task === undefined ? person?.labels.all().at(-1) : person?.labels.all().findLast((l) => l.task === task);
      return undone !== undefined && (last === undefined || later(undone, last)) ? undone.id : undefined;
    },
    labelers: () => state.labelers(),
    get size() {
      return state.lines.size;
    },
    get problems() {
      return [...clashes].sort().map((id): Problem => ({
        file: `labels of ${state.lines.get(id)!.labeler}`,
        severity: 'error',
        message: `two different lines have the id ${id}; one of them is used`,
      }));
    },
  };
}

interface State {
  readonly lines: ReadonlyMap<string, LabelLine>;
  /** Returns the lines that should have been used instead of others with their ids. */
  add(lines: Iterable<LabelLine>, clashes: Set<string>): Map<string, LabelLine>;
  current(): readonly Label[];
  ofItem(key: string): Label[];
  person(labeler: string): Person | undefined;
  labelers(): string[];
  /** Sorted by time. */
  ofLabeler(labeler: string): Label[];
  isActive(line: LabelLine): boolean;
}

const kinds = [undefined, 'repeat', 'gold', 'screening', 'adjudication'];

/**
 * Groups are numbers, and their labels are linked lists in flat arrays: a million labels must not cost a million small
 * objects or long text keys.
 */
function createState(): State {
  const lines = new Map<string, LabelLine>();
  const people = new Map<string, Person>();
  const standing = createStanding((id) => lines.get(id), () => allLabels());

  /** Item key → number; the items array that was seen last with it → the same, which spares making the key. */
  const items = new Map<string, number>();
  const itemOfArray = new Map<Label['items'], { readonly item: number; readonly task: string; readonly promptHash: string }>();
  const arrayOfItem: Label['items'][] = [];
  /** Item → its first group; group → the item's next one. −1 ends a list. */
  const firstGroup = intList();
  const nextGroup = intList();
  /** Group → labeler and kind as one number, its newest member. */
  const ownerOf = intList();
  const lastMember = intList();
  /** Group → the label that stands. */
  const standingOf: (Label | undefined)[] = [];
  /** Members of all groups: the label, and the index of the member before it. */
  const members: Label[] = [];
  const memberBefore = intList();

  /** What stood when somebody asked last, and what changed since. */
  let sorted: readonly Label[] | undefined;
  let plus = new Set<Label>();
  let minus = new Set<Label>();

  function* allLabels(): Iterable<Label> {
    for (const line of lines.values()) if (line.op === 'label') yield line;
  }

  function personOf(labeler: string): Person {
    const known = people.get(labeler);
    if (known) return known;
    const person: Person = { number: people.size, labels: byTimeList(), retracts: byTimeList(), groups: intList() };
    people.set(labeler, person);
    return person;
  }

  function itemOf(label: Label): number {
    const known = itemOfArray.get(label.items);
    if (known?.task === label.task && known.promptHash === label.promptHash) return known.item;
    const key = keyOfLabel(label);
    let item = items.get(key);
    if (item === undefined) {
      item = items.size;
      items.set(key, item);
      firstGroup.push(-1);
    }
    // One array an item is remembered, so that lines which share none do not fill the memory.
    const before = arrayOfItem[item];
    if (before !== undefined) itemOfArray.delete(before);
    arrayOfItem[item] = label.items;
    itemOfArray.set(label.items, { item, task: label.task, promptHash: label.promptHash });
    return item;
  }

  function findGroup(label: Label, item: number): number {
    const person = personOf(label.labeler);
    const owner = person.number * kinds.length + kinds.indexOf(label.kind);
    for (let group = firstGroup.at(item); group >= 0; group = nextGroup.at(group)) if (ownerOf.at(group) === owner) return group;
    const group = ownerOf.length;
    person.groups.push(group);
    ownerOf.push(owner);
    nextGroup.push(firstGroup.at(item));
    firstGroup.set(item, group);
    lastMember.push(-1);
    standingOf.push(undefined);
    return group;
  }
  const groupOf = (label: Label): number => findGroup(label, itemOf(label));

  function stand(group: number, label: Label | undefined): void {
    const before = standingOf[group];
    if (before === label) return;
    standingOf[group] = label;
    if (sorted === undefined) return;
    if (before !== undefined && !plus.delete(before)) minus.add(before);
    if (label !== undefined && !minus.delete(label)) plus.add(label);
  }

  function refold(group: number): void {
    let best: Label | undefined;
    for (let m = lastMember.at(group); m >= 0; m = memberBefore.at(m)) {
      const label = members[m]!;
      if (standing.stands(label) && (best === undefined || later(label, best))) best = label;
    }
    stand(group, best);
  }

  function insertLabel(label: Label): void {
    personOf(label.labeler).labels.push(label);
    const group = groupOf(label);
    members.push(label);
    memberBefore.push(lastMember.at(group));
    lastMember.set(group, members.length - 1);
    if (standing.note(label)) return; // `settle` will say where it stands
    const best = standingOf[group];
    if (best === undefined || later(label, best)) stand(group, label);
  }

  return {
    lines,
    add(more, clashes) {
      const better = new Map<string, LabelLine>();
      for (const line of more) {
        const known = better.get(line.id) ?? lines.get(line.id);
        if (known === undefined) {
          lines.set(line.id, line);
          if (line.op === 'label') insertLabel(line);
          else {
            personOf(line.labeler).retracts.push(line);
            standing.note(line);
          }
        } else if (known !== line) {
          const [a, b] = [canonicalJson(known), canonicalJson(line)];
          if (a === b) continue;
          clashes.add(line.id);
          if (b < a) better.set(line.id, line);
        }
      }
      for (const group of new Set([...standing.settle()].map(groupOf))) refold(group);
      return better;
    },
    current() {
      if (sorted !== undefined && plus.size + minus.size > sorted.length >> 3) sorted = undefined;
      if (sorted === undefined) sorted = standingOf.filter((l) => l !== undefined).sort(byTime);
      else if (plus.size + minus.size > 0) sorted = merge(minus.size === 0 ? sorted : sorted.filter((l) => !minus.has(l)), [...plus].sort(byTime));
      plus = new Set();
      minus = new Set();
      return sorted;
    },
    ofItem(key) {
      const item = items.get(key);
      const found: Label[] = [];
      for (let group = item === undefined ? -1 : firstGroup.at(item); group >= 0; group = nextGroup.at(group)) {
        const label = standingOf[group];
        if (label !== undefined) found.push(label);
      }
      return found.sort(byTime);
    },
    ofLabeler(labeler) {
      const found: Label[] = [];
      const groups = people.get(labeler)?.groups;
      for (let i = 0; i < (groups?.length ?? 0); i++) {
        const label = standingOf[groups!.at(i)];
        if (label !== undefined) found.push(label);
      }
      return found.sort(byTime);
    },
    person: (labeler) => people.get(labeler),
    labelers: () => [...people.keys()],
    isActive: (line) => standing.isActive(line),
  };
}

function byTimeList<T extends LabelLine>(): ByTime<T> {
  const list: T[] = [];
  let sorted = true;
  return {
    push(line) {
      if (sorted && list.length > 0 && !later(line, list.at(-1)!)) sorted = false;
      list.push(line);
    },
    all() {
      if (!sorted) list.sort(byTime);
      sorted = true;
      return list;
    },
  };
}

/** Two sorted lists as one. */
function merge(a: readonly Label[], b: readonly Label[]): Label[] {
  const all: Label[] = [];
  let j = 0;
  // New labels are the newest, nearly always: nothing is looked at twice then.
  for (const label of a) {
    while (j < b.length && later(label, b[j]!)) all.push(b[j++]!);
    all.push(label);
  }
  while (j < b.length) all.push(b[j++]!);
  return all;
}
