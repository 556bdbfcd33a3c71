import type { Problem } from '../base/problems';
import type { LabelBatch, LabelRows } from './label-rows';
import { linesOf } from './label-rows';
import { createState } from './label-state';
import type { Label, LabelLine, Retract } from './records';

/**
 * What `foldLabels` gives, kept up to date line by line. An ordinary label costs the size of its group (the labels of one
 * labeler, kind and item), a retract or a change the groups that it is about. Lines are kept, not copied: they must not change.
 * Those that come as rows become objects when somebody asks for them, and then stay: `current` of a million makes a million.
 */
export interface LabelIndex {
  /** Duplicates by id count once. */
  add(lines: Iterable<LabelLine>): void;
  /** The same of what a reader has read, which makes no objects. Rows must be of one reader, to be faster. */
  addRows(batch: LabelBatch<LabelLine>): void;
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

/** An index of these lines. */
export function createLabelIndex(lines: Iterable<LabelLine> = []): LabelIndex {
  let rows: LabelRows | undefined;
  let state = createState(rows);
  /** Ids under which different lines stand. */
  const clashes = new Set<string>();
  const use = (better: ReadonlyMap<string, LabelLine>): void => {
    if (better.size === 0) return;
    // Which of two lines with one id counts must not depend on their order. It hardly ever happens: everything is folded anew.
    const all = [...state.lines()].map((line) => better.get(line.id) ?? line);
    state = createState(rows);
    state.add(all, clashes);
  };
  const add = (more: Iterable<LabelLine>): void => {
    use(state.add(more, clashes));
  };
  add(lines);
  return {
    add,
    addRows(batch) {
      if (rows === undefined && batch.of.length > 0) {
        const before = state.lines();
        state = createState((rows = batch.rows));
        state.add(before, clashes);
      }
      if (batch.rows === rows) {
        state.fetch(batch.of);
        use(state.add(batch.of, clashes, batch.others));
      } else add(linesOf(batch));
    },
    current: () => state.current(),
    ofItem: (key) => state.ofItem(key),
    ofLabeler: (labeler, task) => state.ofLabeler(labeler).filter((l) => task === undefined || l.task === task),
    get: (id) => state.get(id),
    undoTarget: (labeler, task, counts) => {
      const n = state.person(labeler)?.labels.findLast((one) => state.isMeant(one, task, counts) && state.isActive(state.line(one)));
      return n === undefined ? undefined : state.line(n).id;
    },
    redoTarget(labeler, task, counts) {
      const person = state.person(labeler);
      const undone = person?.retracts.findLast((one) => {
        const r = state.line(one) as Retract;
        const target = state.find(r.target);
        return target >= 0 && state.isMeant(target, task, counts) && state.isActive(r);
      });
      const last = person?.labels.findLast((one) => state.isMeant(one, task, counts));
      return undone !== undefined && (last === undefined || state.compare(undone, last) > 0) ? state.line(undone).id : undefined;
    },
    labelers: () => state.labelers(),
    get size() {
      return state.size;
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
