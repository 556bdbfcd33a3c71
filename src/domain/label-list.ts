import { intList } from '../base/growing';
import { textTable } from '../base/text-table';
import type { LabelRows } from './label-rows';
import { byTime } from './labels';
import type { Label, LabelLine } from './records';

/** Lines by number, in the order in which they came, and by id. Those that came as rows become objects when somebody asks for them. */
export interface LabelList {
  readonly length: number;
  /** Takes a line; gives its number. Its id must be new. */
  push(line: LabelLine): number;
  pushRow(row: number): number;
  /** Makes ready what is needed to look for a row's id; worth while for many at a time. */
  fetchRow(row: number): void;
  /** The line of a number; the same object each time. */
  line(n: number): LabelLine;
  /** The label of a number that is one's. */
  label(n: number): Label;
  /** The number of an id, −1 when there is none. */
  find(id: string): number;
  /** The number of a row's id. */
  findRow(row: number): number;
  isLabel(n: number): boolean;
  /** Undefined for a retract. */
  task(n: number): string | undefined;
  /** As `byTime` of the lines. */
  compare(a: number, b: number): number;
}

/** `rows`: where all rows come from. */
export function labelList(rows: LabelRows | undefined): LabelList {
  /** Of each line its row, −1 when it came as an object. */
  const rowOf = intList();
  /** Of those that came as objects or were asked for; no longer than it must be. */
  const objects: (LabelLine | undefined)[] = [];
  const ids = textTable((n) => idOf(n));
  const objectOf = (n: number): LabelLine | undefined => (n < objects.length ? objects[n] : undefined);
  const idOf = (n: number): string => objectOf(n)?.id ?? rows!.id(rowOf.at(n));

  function put<Line extends LabelLine>(n: number, line: Line): Line {
    while (objects.length < n) objects.push(undefined);
    objects[n] = line;
    return line;
  }

  const line = (n: number): LabelLine => objectOf(n) ?? put(n, rows!.label(rowOf.at(n)));

  function compare(a: number, b: number): number {
    const [x, y] = [rowOf.at(a), rowOf.at(b)];
    if (x < 0 || y < 0) return byTime(line(a), line(b));
    const d = rows!.time(x) - rows!.time(y);
    if (d !== 0) return d;
    const [p, q] = [idOf(a), idOf(b)];
    return p < q ? -1 : p > q ? 1 : 0;
  }

  return {
    get length() {
      return rowOf.length;
    },
    push(added) {
      const n = rowOf.length;
      rowOf.push(-1);
      put(n, added);
      ids.insert(added.id, n);
      return n;
    },
    pushRow(row) {
      const n = rowOf.length;
      rowOf.push(row);
      ids.insertHash(rows!.idHash(row), n);
      return n;
    },
    line,
    label: (n) => line(n) as Label,
    find: (id) => ids.find(id),
    fetchRow: (row) => {
      ids.fetch(rows!.idHash(row));
    },
    findRow(row) {
      const hash = rows!.idHash(row);
      for (let place = ids.place(hash, -1); place >= 0; place = ids.place(hash, place)) if (idOf(ids.numberAt(place)) === rows!.id(row)) return ids.numberAt(place);
      return -1;
    },
    isLabel: (n) => rowOf.at(n) >= 0 || objects[n]!.op === 'label',
    task: (n) => (rowOf.at(n) < 0 ? (objects[n] as Partial<Label>).task : rows!.taskName(rows!.task(rowOf.at(n)))),
    compare,
  };
}
