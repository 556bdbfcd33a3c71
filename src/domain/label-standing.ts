import { supersededIds } from './labels';
import type { Label, LabelLine, Retract } from './records';

/** Which labels were taken back or changed, kept up to date. Lines may come in any order. */
export interface Standing {
  /** Takes note of a line. True when it may change what stands beyond its own group; `settle` then says what. */
  note(line: LabelLine): boolean;
  /** Whether {@link note} would give true for a label with this id that changes none. */
  isAimedAt(id: string): boolean;
  /** Whether any retract or change is known. */
  readonly hasAims: boolean;
  /** Works in what was noted since: the labels whose state may have changed. */
  settle(): ReadonlySet<Label>;
  /** Neither taken back nor changed by another. */
  stands(label: Label): boolean;
  /** Not taken back. */
  isActive(line: LabelLine): boolean;
}

/** Above so many uncertain labels at a time everything is worked out anew, which does not depend on how long the chains of changes are. */
const many = 500;

/** `lineOf` knows every line, the same object each time. */
export function createStanding(lineOf: (id: string) => LabelLine | undefined): Standing {
  const aimedAt = new Map<string, Retract[]>();
  const changes = new Map<string, Label[]>();
  /** Few labels are ever taken back or changed: only these are listed. */
  const inactive = new Set<string>();
  const gone = new Set<string>();
  let retracts: Retract[] = [];
  let uncertain = new Set<Label>();

  const isActive = (line: LabelLine): boolean => !inactive.has(line.id);

  /** What an active label says it changes, if that stands, too. */
  function before(label: Label): Label | undefined {
    const target = label.supersedes === undefined ? undefined : lineOf(label.supersedes);
    return target?.op === 'label' && target.labeler === label.labeler && isActive(target) ? target : undefined;
  }

  function inRing(label: Label): boolean {
    const seen = new Set<Label>();
    for (let at = before(label); at !== undefined && !seen.has(at); at = before(at)) {
      if (at === label) return true;
      seen.add(at);
    }
    return false;
  }

  /** The labels that chains of retracts end in. A chain that ends in a ring or in nothing takes nothing back. */
  function ends(of: readonly Retract[]): Set<Label> {
    const known = new Map<string, Label | undefined>();
    const found = new Set<Label>();
    for (const retract of of) {
      const path: string[] = [];
      let at: LabelLine | undefined = retract;
      while (at?.op === 'retract' && !known.has(at.id)) {
        known.set(at.id, undefined);
        path.push(at.id);
        at = lineOf(at.target);
      }
      const end: Label | undefined = at?.op === 'retract' ? known.get(at.id) : at;
      for (const id of path) known.set(id, end);
      if (end !== undefined) found.add(end);
    }
    return found;
  }

  /** Works out anew which of the lines that a label's retracts are made of stand. They make a tree: each aims at one line. */
  function retrace(label: Label): void {
    const order: LabelLine[] = [label]; // parents before children; explicit, since a chain may be longer than the call stack
    for (let i = 0; i < order.length; i++) for (const retract of aimedAt.get(order[i]!.id) ?? []) order.push(retract);
    for (const line of order.reverse()) {
      if (aimedAt.get(line.id)?.some(isActive) === true) inactive.add(line.id);
      else inactive.delete(line.id);
    }
  }

  function mark(label: Label): void {
    const isGone = changes.get(label.id)?.some((c) => isActive(c) && before(c) === label && !inRing(c)) === true;
    if (isGone) gone.add(label.id);
    else gone.delete(label.id);
  }

  /** Labels that change others, and those that they change: no other label takes part in what is changed. */
  function chained(): Label[] {
    const all = new Set<Label>();
    for (const [id, changing] of changes) {
      const target = lineOf(id);
      if (target?.op === 'label') all.add(target);
      for (const label of changing) all.add(label);
    }
    return [...all];
  }

  return {
    isActive,
    isAimedAt: (id) => aimedAt.has(id) || changes.has(id),
    get hasAims() {
      return aimedAt.size + changes.size > 0;
    },
    stands: (label) => !inactive.has(label.id) && !gone.has(label.id),
    note(line) {
      if (line.op === 'retract') {
        add(aimedAt, line.target, line);
        retracts.push(line);
        return true;
      }
      if (line.supersedes !== undefined) add(changes, line.supersedes, line);
      // A retract or a change may have come before what it is about.
      else if (!this.isAimedAt(line.id)) return false;
      uncertain.add(line);
      return true;
    },
    settle() {
      const touched = uncertain;
      for (const label of ends(retracts)) touched.add(label);
      retracts = [];
      uncertain = new Set();
      for (const label of touched) retrace(label);
      if (touched.size > many) {
        const now = supersededIds(chained().filter(isActive));
        for (const id of new Set([...gone, ...now])) {
          const label = lineOf(id);
          if (label?.op === 'label') touched.add(label);
          if (now.has(id)) gone.add(id);
          else gone.delete(id);
        }
        return touched;
      }
      // A label stands in one chain of changes at most, which leads from it to older ones; a ring that opens or closes lies on it.
      for (const label of [...touched]) {
        const seen = new Set<Label>();
        for (let at: LabelLine | undefined = label; at?.op === 'label' && !seen.has(at); at = at.supersedes === undefined ? undefined : lineOf(at.supersedes)) {
          seen.add(at);
          touched.add(at);
        }
      }
      for (const label of touched) mark(label);
      return touched;
    },
  };
}

function add<T>(to: Map<string, T[]>, key: string, value: T): void {
  const list = to.get(key);
  if (list) list.push(value);
  else to.set(key, [value]);
}
