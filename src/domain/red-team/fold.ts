import { groupBy } from '../../base/group';
import type { AttemptLine, MarkLine, PickLine, RedTeamLine, TurnLine } from './records';

/** A turn with what was said about it. */
export interface Turn {
  readonly id: string;
  readonly after: string | undefined;
  readonly line: TurnLine;
  /** Absent until an answer was chosen. */
  readonly pick: PickLine | undefined;
  /** One for each candidate and rule, in the order in which they came. */
  readonly marks: readonly MarkLine[];
}

/** A conversation as it stands. */
export interface Attempt {
  readonly id: string;
  readonly line: AttemptLine;
  /** All turns by their ids, those that were abandoned included. */
  readonly turns: ReadonlyMap<string, Turn>;
  /** From the first message to the latest: what the labeler sees. */
  readonly path: readonly Turn[];
  /** When something last happened in it. */
  readonly at: string;
}

/** Attempts from the lines of all files, the latest first. Lines that came twice (a merge) count once; order between files does not matter. */
export function foldAttempts(lines: Iterable<RedTeamLine>): Attempt[] {
  const byId = new Map<string, RedTeamLine>();
  for (const line of lines) if (!byId.has(line.id)) byId.set(line.id, line);
  const retracted = new Set([...byId.values()].flatMap((l) => (l.op === 'retract' ? [l.target] : [])));
  // Ids are ULIDs: their order is that of time.
  const standing = [...byId.values()].filter((l) => !retracted.has(l.id)).sort((a, b) => (a.id < b.id ? -1 : 1));
  const byAttempt = groupBy(standing, (l) => l.attempt);
  const attempts: Attempt[] = [];
  for (const [id, own] of byAttempt) {
    const line = own.find((l): l is AttemptLine => l.op === 'attempt' && l.id === id);
    if (line === undefined) continue;
    const turns = turnsOf(own);
    attempts.push({ id, line, turns, path: pathOf(turns), at: own.reduce((latest, l) => (l.at > latest ? l.at : latest), line.at) });
  }
  return attempts.sort((a, b) => (a.at === b.at ? (a.id < b.id ? 1 : -1) : a.at < b.at ? 1 : -1));
}

function turnsOf(lines: readonly RedTeamLine[]): Map<string, Turn> {
  const turns = new Map<string, Turn>();
  for (const line of lines) if (line.op === 'turn') turns.set(line.id, { id: line.id, after: line.after, line, pick: undefined, marks: [] });
  for (const line of lines) {
    if (line.op !== 'pick' && line.op !== 'mark') continue;
    const turn = turns.get(line.turn);
    if (turn === undefined || line.candidate >= turn.line.candidates.length) continue;
    if (line.op === 'pick') turns.set(turn.id, { ...turn, pick: line });
    else turns.set(turn.id, { ...turn, marks: [...turn.marks.filter((m) => m.candidate !== line.candidate || m.rule !== line.rule), line] });
  }
  return turns;
}

/** The chain that ends with the latest turn. A turn whose predecessor is missing begins it. */
function pathOf(turns: ReadonlyMap<string, Turn>): Turn[] {
  const path: Turn[] = [];
  let turn = [...turns.values()].at(-1);
  while (turn !== undefined && !path.includes(turn)) {
    path.unshift(turn);
    turn = turn.after === undefined ? undefined : turns.get(turn.after);
  }
  return path;
}

/** The answer that a turn went on with: the picked one, else the first. */
export function answerOf(turn: Turn): string | undefined {
  return turn.line.candidates[turn.pick?.candidate ?? 0]?.text;
}

/** The conversation up to a turn's message, without its answers. */
export function messagesBefore(path: readonly Turn[], turn: Turn): { role: string; content: string }[] {
  const messages: { role: string; content: string }[] = [];
  for (const t of path) {
    messages.push({ role: 'user', content: t.line.text });
    if (t.id === turn.id) return messages;
    messages.push({ role: 'assistant', content: answerOf(t) ?? '' });
  }
  return messages;
}

/** The worst severity of any mark on the path; undefined when nothing is marked. */
export function severityOf(attempt: Attempt): number | undefined {
  const marks = attempt.path.flatMap((t) => t.marks);
  return marks.length === 0 ? undefined : Math.max(...marks.map((m) => m.severity));
}
