import type { Problem } from '../base/problems';
import { canonicalJson } from '../base/json';
import { keyOfLabel } from './content';
import type { Label, LabelLine, Retract } from './records';

/** What a set of label lines amounts to. It depends on the set alone, not on the order of lines or files. */
export interface LabelView {
  /** The judgement that stands, by labeler and item; sorted by time. */
  readonly current: Label[];
  /** Labels that were taken back, changed, or judged again later. */
  readonly past: Label[];
  readonly problems: Problem[];
}

/**
 * Folds label lines: duplicates (union merges) count once, retracts and their retracts apply, a label that another
 * supersedes gives way, and of what is left the latest per labeler and item stands. Taking back a change brings the
 * earlier label back.
 */
export function foldLabels(lines: readonly LabelLine[]): LabelView {
  const { byId, problems } = unique(lines);
  const active = activeLines(byId);
  const labels = [...byId.values()].filter((l): l is Label => l.op === 'label');
  const gone = supersededIds(labels.filter((l) => active(l.id)));
  const latest = new Map<string, Label>();
  for (const label of labels) {
    if (!active(label.id) || gone.has(label.id)) continue;
    const key = standsFor(label);
    const other = latest.get(key);
    if (other === undefined || later(label, other)) latest.set(key, label);
  }
  const current = [...latest.values()].sort(byTime);
  const standing = new Set(current.map((l) => l.id));
  return { current, past: labels.filter((l) => !standing.has(l.id)).sort(byTime), problems };
}

/** What a label is the judgement of: of two with the same key the later stands. Kinds stand beside each other. */
export function standsFor(label: Label): string {
  return `${label.labeler}\n${label.kind ?? ''}\n${keyOfLabel(label)}`;
}

/** The id to retract so that the labeler's last standing label is undone; undefined when there is none. */
export function undoTarget(lines: readonly LabelLine[], labeler: string): string | undefined {
  const { byId } = unique(lines);
  const active = activeLines(byId);
  return newest([...byId.values()].filter((l) => l.op === 'label' && l.labeler === labeler && active(l.id)))?.id;
}

/** The id to retract so that the labeler's last undo is undone. A label made since then leaves nothing to redo, as in any editor. */
export function redoTarget(lines: readonly LabelLine[], labeler: string): string | undefined {
  const { byId } = unique(lines);
  const active = activeLines(byId);
  const own = [...byId.values()].filter((l) => l.labeler === labeler);
  const undone = newest(own.filter((l) => l.op === 'retract' && active(l.id) && byId.get(l.target)?.op === 'label'));
  const lastLabel = newest(own.filter((l) => l.op === 'label'));
  return undone !== undefined && (lastLabel === undefined || later(undone, lastLabel)) ? undone.id : undefined;
}

/** One line per id. Two different lines under one id are a problem; which of them counts does not depend on their order. */
function unique(lines: readonly LabelLine[]): { byId: Map<string, LabelLine>; problems: Problem[] } {
  const byId = new Map<string, LabelLine>();
  const clashes = new Set<string>();
  for (const line of lines) {
    const known = byId.get(line.id);
    if (known === undefined) byId.set(line.id, line);
    else if (known !== line) {
      const [a, b] = [canonicalJson(known), canonicalJson(line)];
      if (a === b) continue;
      clashes.add(line.id);
      if (b < a) byId.set(line.id, line);
    }
  }
  const problems = [...clashes].sort().map((id): Problem => ({
    file: `labels of ${byId.get(id)!.labeler}`,
    severity: 'error',
    message: `two different lines have the id ${id}; one of them is used`,
  }));
  return { byId, problems };
}

/**
 * Whether a line stands: no standing retract aims at it. A label aims at nothing, so no chain of retracts that ends in a
 * label can be a ring; retracts in a ring take nothing back.
 */
function activeLines(byId: ReadonlyMap<string, LabelLine>): (id: string) => boolean {
  const aimedAt = new Map<string, Retract[]>();
  for (const line of byId.values()) {
    if (line.op !== 'retract') continue;
    const list = aimedAt.get(line.target);
    if (list) list.push(line);
    else aimedAt.set(line.target, [line]);
  }
  const known = new Map<string, boolean>();
  return (id) => {
    const stack = [id]; // explicit, since a chain of retracts may be longer than the call stack
    const open = new Set<string>();
    while (stack.length > 0) {
      const top = stack.at(-1)!;
      const retracts = aimedAt.get(top) ?? [];
      if (known.has(top)) stack.pop();
      else if (open.has(top)) {
        known.set(top, !retracts.some((r) => known.get(r.id) ?? false));
        stack.pop();
      } else {
        open.add(top);
        stack.push(...retracts.map((r) => r.id).filter((r) => !known.has(r) && !open.has(r)));
      }
    }
    return known.get(id)!;
  };
}

/** Labels that an active label of the same labeler says it changes. A ring of changes changes nothing. */
export function supersededIds(labels: readonly Label[]): Set<string> {
  if (!labels.some((l) => l.supersedes !== undefined)) return new Set();
  const byId = new Map(labels.map((l) => [l.id, l]));
  const before = (l: Label): Label | undefined => {
    const target = l.supersedes === undefined ? undefined : byId.get(l.supersedes);
    return target?.labeler === l.labeler ? target : undefined;
  };
  const inRing = new Set<string>();
  const seen = new Map<string, number>();
  labels.forEach((start, walk) => {
    const path: string[] = [];
    let at: Label | undefined = start;
    while (at !== undefined && !seen.has(at.id)) {
      seen.set(at.id, walk);
      path.push(at.id);
      at = before(at);
    }
    if (at !== undefined && seen.get(at.id) === walk) for (const id of path.slice(path.indexOf(at.id))) inRing.add(id);
  });
  const gone = new Set<string>();
  for (const label of labels) {
    const target = before(label);
    if (target !== undefined && !inRing.has(label.id)) gone.add(target.id);
  }
  return gone;
}

const newest = (lines: readonly LabelLine[]): LabelLine | undefined =>
  lines.reduce<LabelLine | undefined>((best, l) => (best === undefined || later(l, best) ? l : best), undefined);

export const later = (a: LabelLine, b: LabelLine): boolean => byTime(a, b) > 0;

/** `2026-11-22T10:00:00.000Z`: sorts as text. */
const isOurTime = (at: string): boolean => at.length === 24 && at.charCodeAt(23) === 0x5a && at.charCodeAt(19) === 0x2e;

/** By time, then by id. Times may be written in several ways; those that are not all written in ours are compared as numbers. */
export function byTime(a: LabelLine, b: LabelLine): number {
  if (a.at !== b.at) {
    if (isOurTime(a.at) && isOurTime(b.at)) return a.at < b.at ? -1 : 1;
    const d = Date.parse(a.at) - Date.parse(b.at);
    if (d !== 0 && !Number.isNaN(d)) return d;
  }
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
