import { canonicalJson } from '../base/json';
import type { IntList } from '../base/growing';
import { intList } from '../base/growing';
import type { Problem } from '../base/problems';
import { textTable } from '../base/text-table';
import type { ItemNumbers } from './label-groups';
import { labelGroups } from './label-groups';
import { createStanding } from './label-standing';
import { byTime, later } from './labels';
import type { Label, LabelLine, Retract } from './records';

/**
 * What `foldLabels` gives, kept up to date line by line. An ordinary label costs the size of its group (the labels of one
 * labeler, kind and item), a retract or a change the groups that it is about. Lines are kept, not copied: they must not change.
 */
export interface LabelIndex {
  /** Duplicates by id count once. `items`: what a reader knows of these lines, which makes it faster. */
  add(lines: Iterable<LabelLine>, items?: ItemNumbers): void;
  /** What stands, of all labelers, tasks and kinds, oldest first; the same list until the next change. */
  current(): readonly Label[];
  /** Standing labels of an item (`itemKey`): all labelers, all kinds; oldest first. */
  ofItem(key: string): readonly Label[];
  /** Standing labels of a labeler, all kinds; oldest first. */
  ofLabeler(labeler: string, task?: string): readonly Label[];
  get(id: string): LabelLine | undefined;
  /** See `undoTarget` of `labels.ts`; with a task only its labels count, and of them those for which `counts` holds. */
  undoTarget(labeler: string, task?: string, counts?: (label: Label) => boolean): string | undefined;
  redoTarget(labeler: string, task?: string, counts?: (label: Label) => boolean): string | undefined;
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
  /** What stands, sorted, until it changes. */
  standing: readonly Label[] | undefined;
  /** Whether somebody has asked for it since it was made. */
  asked: boolean;
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
  const add = (more: Iterable<LabelLine>, numbers?: ItemNumbers): void => {
    const better = state.add(more, clashes, numbers);
    if (better.size === 0) return;
    // Which of two lines with one id counts must not depend on their order. It hardly ever happens: everything is folded anew.
    const all = state.lines.map((line) => better.get(line.id) ?? line);
    state = createState();
    state.add(all, clashes);
  };
  add(lines);
  return {
    add,
    current: () => state.current(),
    ofItem: (key) => state.ofItem(key),
    ofLabeler: (labeler, task) => state.ofLabeler(labeler).filter((l) => task === undefined || l.task === task),
    get: (id) => state.get(id),
    undoTarget: (labeler, task, counts) => state.person(labeler)?.labels.all().findLast((l) => (task === undefined || l.task === task) && (counts === undefined || counts(l)) && state.isActive(l))?.id,
    redoTarget(labeler, task, counts) {
      const isMeant = (l: Label): boolean => (task === undefined || l.task === task) && (counts === undefined || counts(l));
      const person = state.person(labeler);
      const undone = person?.retracts.all().findLast((r) => {
        const target = state.get(r.target);
        return target?.op === 'label' && isMeant(target) && state.isActive(r);
      });
      const last = person?.labels.all().findLast(isMeant);
      return undone !== undefined && (last === undefined || later(undone, last)) ? undone.id : undefined;
    },
    labelers: () => state.labelers(),
    get size() {
      return state.lines.length;
    },
    get problems() {
      return [...clashes].sort().map((id): Problem => ({
        file: `labels of ${state.get(id)!.labeler}`,
        severity: 'error',
        message: `two different lines have the id ${id}; one of them is used`,
      }));
    },
  };
}

interface State {
  readonly lines: readonly LabelLine[];
  get(id: string): LabelLine | undefined;
  /** Returns the lines that should have been used instead of others with their ids. */
  add(lines: Iterable<LabelLine>, clashes: Set<string>, items?: ItemNumbers): Map<string, LabelLine>;
  current(): readonly Label[];
  ofItem(key: string): Label[];
  person(labeler: string): Person | undefined;
  labelers(): string[];
  /** Sorted by time. */
  ofLabeler(labeler: string): readonly Label[];
  isActive(line: LabelLine): boolean;
}

function createState(): State {
  /** All lines in the order in which they came; their places are their numbers. */
  const lines: LabelLine[] = [];
  const ids = textTable((n) => lines[n]!.id);
  const people = new Map<string, Person>();
  const groups = labelGroups();
  const get = (id: string): LabelLine | undefined => lines[ids.find(id)];
  const standing = createStanding(get, () => lines.filter((l): l is Label => l.op === 'label'));
  /** Members of the groups that have more than one. */
  const history = new Map<number, number[]>();
  /** Of a group: its last member, and the one that stands. */
  const lastOf = intList();
  const standingOf = intList();
  /** What stood when somebody asked last, and what changed since. */
  let sorted: readonly Label[] | undefined;
  let plus = new Set<Label>();
  let minus = new Set<Label>();

  function personOf(labeler: string): Person {
    const known = people.get(labeler);
    if (known) return known;
    const person: Person = { number: people.size, labels: byTimeList(), retracts: byTimeList(), groups: intList(), standing: undefined, asked: false };
    people.set(labeler, person);
    return person;
  }

  const labelAt = (n: number): Label | undefined => (n < 0 ? undefined : (lines[n] as Label));

  function groupOf(label: Label, person: Person, items?: ItemNumbers, at?: number): number {
    const group = groups.of(label, person.number, items, at);
    if (group === lastOf.length) {
      person.groups.push(group);
      lastOf.push(-1);
      standingOf.push(-1);
    }
    return group;
  }

  function stand(group: number, n: number): void {
    const old = standingOf.at(group);
    if (old === n) return;
    standingOf.set(group, n);
    const label = labelAt(n < 0 ? old : n)!;
    const person = personOf(label.labeler);
    const last = person.standing?.at(-1);
    // A new label is the newest, nearly always.
    if (person.standing !== undefined) person.standing = person.asked && old < 0 && (last === undefined || later(label, last)) ? [...person.standing, label] : undefined;
    person.asked = false;
    if (sorted === undefined) return;
    const [off, on] = [labelAt(old), labelAt(n)];
    if (off !== undefined && !plus.delete(off)) minus.add(off);
    if (on !== undefined && !minus.delete(on)) plus.add(on);
  }

  function refold(group: number): void {
    let best = -1;
    for (const n of history.get(group) ?? [lastOf.at(group)]) {
      const label = labelAt(n)!;
      if (standing.stands(label) && (best < 0 || later(label, labelAt(best)!))) best = n;
    }
    stand(group, best);
  }

  function insertLabel(label: Label, n: number, items?: ItemNumbers, at?: number): void {
    const person = personOf(label.labeler);
    person.labels.push(label);
    const group = groupOf(label, person, items, at);
    const last = lastOf.at(group);
    const members = history.get(group);
    if (members) members.push(n);
    else if (last >= 0) history.set(group, [last, n]);
    lastOf.set(group, n);
    if (standing.note(label)) return; // `settle` will say where it stands
    const best = standingOf.at(group);
    if (best < 0 || later(label, labelAt(best)!)) stand(group, n);
  }

  return {
    lines,
    get,
    add(more, clashes, items) {
      const better = new Map<string, LabelLine>();
      let at = -1;
      for (const line of more) {
        at++;
        const known = better.get(line.id) ?? get(line.id);
        if (known === undefined) {
          const n = lines.length;
          lines.push(line);
          ids.insert(line.id, n);
          if (line.op === 'label') insertLabel(line, n, items, at);
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
      for (const group of new Set([...standing.settle()].map((l) => groupOf(l, personOf(l.labeler))))) refold(group);
      return better;
    },
    current() {
      if (sorted !== undefined && plus.size + minus.size > sorted.length >> 3) sorted = undefined;
      if (sorted === undefined) {
        const all: Label[] = [];
        for (let group = 0; group < groups.count; group++) if (standingOf.at(group) >= 0) all.push(labelAt(standingOf.at(group))!);
        sorted = all.sort(byTime);
      }
      else if (plus.size + minus.size > 0) sorted = merge(minus.size === 0 ? sorted : sorted.filter((l) => !minus.has(l)), [...plus].sort(byTime));
      plus = new Set();
      minus = new Set();
      return sorted;
    },
    ofItem(key) {
      const found: Label[] = [];
      groups.forEachOf(groups.itemOfKey(key), (group) => {
        const label = labelAt(standingOf.at(group));
        if (label !== undefined) found.push(label);
      });
      return found.sort(byTime);
    },
    ofLabeler(labeler) {
      const person = people.get(labeler);
      if (person === undefined) return [];
      if (person.standing === undefined) {
        const found: Label[] = [];
        for (let i = 0; i < person.groups.length; i++) {
          const label = labelAt(standingOf.at(person.groups.at(i)));
          if (label !== undefined) found.push(label);
        }
        person.standing = found.sort(byTime);
      }
      person.asked = true;
      return person.standing;
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
