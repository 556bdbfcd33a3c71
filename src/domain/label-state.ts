import type { IntList } from '../base/growing';
import { intList } from '../base/growing';
import { canonicalJson } from '../base/json';
import type { ByTime } from './by-time';
import { byTimeList, merge } from './by-time';
import { labelGroups } from './label-groups';
import { labelList } from './label-list';
import type { LabelRows } from './label-rows';
import { createStanding } from './label-standing';
import { byTime, later } from './labels';
import type { Label, LabelLine } from './records';

/** What a labeler has written; sorted when asked. */
export interface Person {
  readonly number: number;
  /** Numbers of all labels and retracts, oldest first. */
  readonly labels: ByTime;
  readonly retracts: ByTime;
  readonly groups: IntList;
  /** What stands, sorted, until it changes. */
  standing: readonly Label[] | undefined;
  /** Whether somebody has asked for it since it was made. */
  asked: boolean;
}

/** What lines amount to; see `LabelIndex`. */
export interface State {
  readonly size: number;
  /** All of them, as objects. */
  lines(): LabelLine[];
  line(n: number): LabelLine;
  find(id: string): number;
  get(id: string): LabelLine | undefined;
  compare(a: number, b: number): number;
  /** Makes ready what {@link add} will need for these rows; negative numbers are others. */
  fetch(of: readonly number[]): void;
  /** Takes lines, or rows and others (see `LabelBatch`). Returns the lines that should have been used instead of others with their ids. */
  add(lines: Iterable<LabelLine | number>, clashes: Set<string>, others?: readonly LabelLine[]): Map<string, LabelLine>;
  current(): readonly Label[];
  ofItem(key: string): Label[];
  person(labeler: string): Person | undefined;
  labelers(): string[];
  /** Sorted by time. */
  ofLabeler(labeler: string): readonly Label[];
  isActive(line: LabelLine): boolean;
  /** Whether it is a label of the task, and of those that count. */
  isMeant(n: number, task: string | undefined, counts: ((label: Label) => boolean) | undefined): boolean;
}

/** Of no lines yet. `rows`: where all rows come from. */
export function createState(rows: LabelRows | undefined): State {
  const list = labelList(rows);
  const people = new Map<string, Person>();
  /** By the rows' numbers of labelers. */
  const peopleOfRows: (Person | undefined)[] = [];
  const groups = labelGroups();
  const get = (id: string): LabelLine | undefined => {
    const n = list.find(id);
    return n < 0 ? undefined : list.line(n);
  };
  const standing = createStanding(get);
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
    const person: Person = { number: people.size, labels: byTimeList(list), retracts: byTimeList(list), groups: intList(), standing: undefined, asked: false };
    people.set(labeler, person);
    return person;
  }

  const labelAt = (n: number): Label | undefined => (n < 0 ? undefined : list.label(n));

  function known(group: number, person: Person): number {
    if (group === lastOf.length) {
      person.groups.push(group);
      lastOf.push(-1);
      standingOf.push(-1);
    }
    return group;
  }

  function stand(group: number, n: number, person: Person): void {
    const old = standingOf.at(group);
    if (old === n) return;
    standingOf.set(group, n);
    // A new label is the newest, nearly always.
    if (person.standing !== undefined) {
      const label = labelAt(n < 0 ? old : n)!;
      const last = person.standing.at(-1);
      person.standing = person.asked && old < 0 && (last === undefined || later(label, last)) ? [...person.standing, label] : undefined;
    }
    person.asked = false;
    if (sorted === undefined) return;
    const [off, on] = [labelAt(old), labelAt(n)];
    if (off !== undefined && !plus.delete(off)) minus.add(off);
    if (on !== undefined && !minus.delete(on)) plus.add(on);
  }

  function refold(group: number, person: Person): void {
    let best = -1;
    for (const n of history.get(group) ?? [lastOf.at(group)]) {
      if (standing.stands(list.label(n)) && (best < 0 || list.compare(n, best) > 0)) best = n;
    }
    stand(group, best, person);
  }

  /** A label that is new; `uncertain`: `settle` will say where it stands. */
  function insert(n: number, group: number, person: Person, uncertain: boolean): void {
    person.labels.push(n);
    const last = lastOf.at(group);
    const members = last < 0 ? undefined : history.get(group);
    if (members) members.push(n);
    else if (last >= 0) history.set(group, [last, n]);
    lastOf.set(group, n);
    if (uncertain) return;
    const best = standingOf.at(group);
    if (best < 0 || list.compare(n, best) > 0) stand(group, n, person);
  }

  function addLine(line: LabelLine): void {
    const n = list.push(line);
    const person = personOf(line.labeler);
    if (line.op === 'label') {
      insert(n, known(groups.of(line, person.number), person), person, standing.note(line));
    } else {
      person.retracts.push(n);
      standing.note(line);
    }
  }

  function addRow(from: LabelRows, row: number): void {
    const n = list.pushRow(row);
    const labeler = from.labeler(row);
    const person = (peopleOfRows[labeler] ??= personOf(from.labelerName(labeler)));
    const uncertain = (from.supersedes(row) || (standing.hasAims && standing.isAimedAt(from.id(row)))) && standing.note(list.label(n));
    insert(n, known(groups.ofRow(from, row, person.number), person), person, uncertain);
  }

  return {
    get size() {
      return list.length;
    },
    lines: () => Array.from({ length: list.length }, (_, n) => list.line(n)),
    line: (n) => list.line(n),
    find: (id) => list.find(id),
    get,
    compare: (a, b) => list.compare(a, b),
    isMeant(n, task, counts) {
      if (task !== undefined && list.task(n) !== task) return false;
      if (counts === undefined) return list.isLabel(n);
      const line = list.line(n);
      return line.op === 'label' && counts(line);
    },
    fetch(of) {
      for (const row of of) if (row >= 0) list.fetchRow(row);
    },
    add(more, clashes, others = []) {
      const better = new Map<string, LabelLine>();
      for (const one of more) {
        const row = typeof one === 'number' ? one : -1;
        if (row >= 0 && list.findRow(row) < 0) {
          addRow(rows!, row);
          continue;
        }
        const line = typeof one !== 'number' ? one : row < 0 ? others[-1 - row]! : rows!.label(row);
        const before = better.get(line.id) ?? get(line.id);
        if (before === undefined) addLine(line);
        else if (before !== line) {
          const [a, b] = [canonicalJson(before), canonicalJson(line)];
          if (a === b) continue;
          clashes.add(line.id);
          if (b < a) better.set(line.id, line);
        }
      }
      const touched = new Map<number, Person>();
      for (const label of standing.settle()) {
        const person = personOf(label.labeler);
        touched.set(known(groups.of(label, person.number), person), person);
      }
      for (const [group, person] of touched) refold(group, person);
      return better;
    },
    current() {
      if (sorted !== undefined && plus.size + minus.size > sorted.length >> 3) sorted = undefined;
      if (sorted === undefined) {
        const all: number[] = [];
        for (let group = 0; group < groups.count; group++) if (standingOf.at(group) >= 0) all.push(standingOf.at(group));
        sorted = all.sort((a, b) => list.compare(a, b)).map((n) => list.label(n));
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
        const found: number[] = [];
        for (let i = 0; i < person.groups.length; i++) {
          const n = standingOf.at(person.groups.at(i));
          if (n >= 0) found.push(n);
        }
        person.standing = found.sort((a, b) => list.compare(a, b)).map((n) => list.label(n));
      }
      person.asked = true;
      return person.standing;
    },
    person: (labeler) => people.get(labeler),
    labelers: () => [...people.keys()],
    isActive: (line) => standing.isActive(line),
  };
}
