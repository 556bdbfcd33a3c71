import type { IntList } from '../base/growing';
import { intList } from '../base/growing';
import type { IntTable } from '../base/int-table';
import { intTable } from '../base/int-table';
import { keyOfLabel } from './content';
import type { LabelRows } from './label-rows';
import type { Label, LabelItem, LabelKind } from './records';
import { labelKinds } from './records';

/**
 * What labels are judgements of, as numbers. An *item* is a task, a prompt and a set of answers (`itemKey`), a *group* is what one
 * labeler says about an item in one kind (`standsFor`). Kept in flat lists of integers: a million labels must not cost a million
 * small objects or long text keys.
 */
export interface LabelGroups {
  /** The group of a label; a new one when it has none. `owner`: the labeler's number. */
  of(label: Label, owner: number): number;
  /** The same of a row. All rows must be of one reader. */
  ofRow(rows: LabelRows, row: number, owner: number): number;
  /** The item of an `itemKey`, −1 when there is none. */
  itemOfKey(key: string): number;
  /** Calls back with the groups of an item. */
  forEachOf(item: number, then: (group: number) => void): void;
  readonly count: number;
}

type Sample = Pick<Label, 'task' | 'promptHash' | 'items'>;

/** An item as a reader has it: a {@link Sample} whose texts nobody has asked for. */
interface RowSample {
  readonly rows: LabelRows;
  readonly task: number;
  readonly item: number;
}

export function labelGroups(): LabelGroups {
  /** Of each group the next one of its item. */
  const nextGroup = intList();
  /**
   * Groups by their items, a table for each labeler and kind: a labeler's labels come one after another, and memory that was used just
   * before is fast.
   */
  const tables: (IntTable | undefined)[] = [];
  /** What an item is; its first group; the next item with the same code. */
  const samples: (Sample | RowSample)[] = [];
  const firstGroup = intList();
  const nextItem = intList();
  const codes = intList();
  let itemHeads = new Int32Array(64).fill(-1);

  function sample(item: number): Sample {
    const known = samples[item]!;
    return 'rows' in known ? (samples[item] = textsOf(known)) : known;
  }

  function itemOf(label: Sample | RowSample): number {
    const code = codeOf(keyPart(label));
    let texts: Sample | undefined;
    for (let item = itemHeads[code & (itemHeads.length - 1)]!; item >= 0; item = nextItem.at(item)) {
      // The texts lie scattered in memory, and memory is slow.
      if (codes.at(item) !== code) continue;
      const other = sample(item);
      texts ??= 'rows' in label ? textsOf(label) : label;
      if (other.task === texts.task && other.promptHash === texts.promptHash && sameAnswers(other.items, texts.items)) return item;
    }
    const item = samples.length;
    if (item === itemHeads.length) {
      itemHeads = new Int32Array(4 * item).fill(-1);
      for (let other = 0; other < item; other++) linkItem(other, codes.at(other));
    }
    samples.push('rows' in label ? label : { task: label.task, promptHash: label.promptHash, items: label.items });
    codes.push(code);
    nextItem.push(-1);
    firstGroup.push(-1);
    linkItem(item, code);
    return item;
  }

  /** By a reader's numbers of tasks and items, which spares a look at the texts: they lie scattered in memory, and memory is slow. */
  const byNumber: IntList[] = [];

  function itemOfRow(rows: LabelRows, row: number): number {
    const task = rows.task(row);
    while (byNumber.length <= task) byNumber.push(intList());
    const known = byNumber[task]!;
    const number = rows.item(row);
    while (known.length <= number) known.push(-1);
    const item = known.at(number);
    if (item >= 0) return item;
    const made = itemOf({ rows, task, item: number });
    known.set(number, made);
    return made;
  }

  function linkItem(item: number, code: number): void {
    const slot = code & (itemHeads.length - 1);
    nextItem.set(item, itemHeads[slot]!);
    itemHeads[slot] = item;
  }

  function groupOf(item: number, labelKind: LabelKind | undefined, owner: number): number {
    const kind = owner * (labelKinds.length + 1) + (labelKind === undefined ? 0 : labelKinds.indexOf(labelKind) + 1);
    while (tables.length <= kind) tables.push(undefined);
    const table = (tables[kind] ??= intTable());
    const known = table.get(item);
    if (known >= 0) return known;
    const group = nextGroup.length;
    nextGroup.push(firstGroup.at(item));
    firstGroup.set(item, group);
    table.insert(item, group);
    return group;
  }

  return {
    of: (label, owner) => groupOf(itemOf(label), label.kind, owner),
    ofRow: (rows, row, owner) => groupOf(itemOfRow(rows, row), rows.kind(row), owner),
    itemOfKey(key) {
      for (let item = itemHeads[codeOf(partOf(key)) & (itemHeads.length - 1)]!; item >= 0; item = nextItem.at(item)) if (hasKey(sample(item), key)) return item;
      return -1;
    },
    forEachOf(item, then) {
      for (let group = item < 0 ? -1 : firstGroup.at(item); group >= 0; group = nextGroup.at(group)) then(group);
    },
    get count() {
      return nextGroup.length;
    },
  };
}

/** Whether this is the label's `itemKey`; for two answers without making it, since queues ask it of every item. */
function hasKey(label: Sample, key: string): boolean {
  const { task, promptHash, items } = label;
  const [a, b] = items;
  if (items.length !== 2 || a === undefined || b === undefined) return keyOfLabel(label) === key;
  const [first, second] = a.hash > b.hash ? [b.hash, a.hash] : [a.hash, b.hash];
  const at = task.length + promptHash.length + 2;
  return (
    key.length === at + first.length + 1 + second.length && key.startsWith(task) && key[task.length] === ' ' && key.startsWith(promptHash, task.length + 1) &&
    key[at - 1] === ' ' && key.startsWith(first, at) && key[at + first.length] === ' ' && key.startsWith(second, at + first.length + 1)
  );
}

const endLength = 8;

/**
 * What an item's number is looked up by: the last characters of the prompt's hash and of the greatest answer's. The answers
 * alone would not do: thousands of items may share "Yes", "No" or one refusal.
 */
function keyPart(label: Sample | RowSample): string {
  if ('rows' in label) {
    const { rows, task, item } = label;
    return rows.taskName(task).includes(' ') ? keyPart(textsOf(label)) : rows.hashEnds(item, endLength);
  }
  const { task, promptHash, items } = label;
  let greatest = '';
  for (const { hash } of items) if (hash > greatest) greatest = hash;
  // A task's name with a blank in it shifts where the prompt's hash is taken for, here as in the key.
  return (task.includes(' ') ? secondWord(`${task} ${promptHash} `) : promptHash).slice(-endLength) + greatest.slice(-endLength);
}

/** {@link keyPart} of an `itemKey`: task, prompt and answers in order, the greatest last. */
function partOf(key: string): string {
  return secondWord(key).slice(-endLength) + key.slice(key.lastIndexOf(' ') + 1).slice(-endLength);
}

const textsOf = ({ rows, task, item }: RowSample): Sample => ({ task: rows.taskName(task), promptHash: rows.promptHash(item), items: rows.items(item) });

function secondWord(text: string): string {
  const start = text.indexOf(' ') + 1;
  return text.slice(start, text.indexOf(' ', start));
}

function codeOf(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h ^ (h >>> 15);
}

/** The same answers, in any order. */
function sameAnswers(a: readonly LabelItem[], b: readonly LabelItem[]): boolean {
  if (a.length !== b.length) return false;
  if (a.every(({ hash }, i) => hash === b[i]!.hash)) return true;
  const sorted = (items: readonly LabelItem[]): string => items.map((i) => i.hash).sort().join(' ');
  return sorted(a) === sorted(b);
}
