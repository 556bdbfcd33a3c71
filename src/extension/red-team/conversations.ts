import { newId } from '../../base/ids';
import { createRng } from '../../base/rng';
import { UserError } from '../../base/errors';
import { hashResponse } from '../../domain/content';
import { answerOf, foldAttempts, severityOf } from '../../domain/red-team/fold';
import type { Attempt, Turn } from '../../domain/red-team/fold';
import type { RedTeamLine, Target } from '../../domain/red-team/records';
import type { AttemptRow, AttemptView, RedTeamMethods, TurnView } from '../../protocol/panels-red-team';
import type { Params } from '../../protocol/panels';
import type { Source } from '../../sources/source';

/** As long as answers in a conversation may be. */
const sampling = { temperature: 1, topK: 0, topP: 0.95, maxNewTokens: 96 };

/** A line without what every line has. */
type Bare = RedTeamLine extends infer L ? (L extends RedTeamLine ? Omit<L, 'v' | 'id' | 'labeler' | 'at'> & { readonly id?: string } : never) : never;

/** The conversations of a workspace, as lines that are only ever added; each is on the disk before it counts. */
export interface Conversations {
  attempts(): readonly Attempt[];
  /** Takes over lines that others have written. @returns whether there were any. */
  merge(others: readonly RedTeamLine[]): boolean;
  /** Sends a message and saves it with its answers. @returns the attempt's id. */
  send(params: Params<RedTeamMethods, 'send'>, talker: { readonly source: Source; readonly target: Target }, signal: AbortSignal): Promise<string>;
  pick(params: Params<RedTeamMethods, 'pick'>): Promise<void>;
  mark(params: Params<RedTeamMethods, 'mark'>): Promise<void>;
  unmark(params: Params<RedTeamMethods, 'unmark'>): Promise<void>;
}

export interface ConversationStore {
  readonly lines: readonly RedTeamLine[];
  readonly labeler: () => Promise<string>;
  readonly append: (lines: readonly RedTeamLine[]) => Promise<void>;
  /** A fresh number for each draw. */
  readonly seed: () => number;
}

export function createConversations(store: ConversationStore): Conversations {
  const lines = [...store.lines];
  let folded: Attempt[] | undefined;
  const attempts = (): Attempt[] => (folded ??= foldAttempts(lines));

  async function add(...bare: Bare[]): Promise<RedTeamLine[]> {
    const labeler = await store.labeler();
    const fresh = bare.map((b): RedTeamLine => {
      const now = Date.now();
      return { v: 1, id: newId(now), labeler, at: new Date(now).toISOString(), ...b };
    });
    await store.append(fresh);
    lines.push(...fresh);
    folded = undefined;
    return fresh;
  }

  function find(id: string): Attempt {
    const found = attempts().find((a) => a.id === id);
    if (found === undefined) throw new UserError('no-such-attempt', `The attempt ${id} is not there any more.`);
    return found;
  }

  function turnOf(attempt: Attempt, id: string): Turn {
    const found = attempt.turns.get(id);
    if (found === undefined) throw new UserError('no-such-turn', `The message ${id} is not there any more.`);
    return found;
  }

  /** The turns up to one, itself included. */
  function pathTo(attempt: Attempt, last: Turn): Turn[] {
    const path: Turn[] = [];
    for (let turn: Turn | undefined = last; turn !== undefined && !path.includes(turn); turn = turn.after === undefined ? undefined : attempt.turns.get(turn.after)) path.unshift(turn);
    return path;
  }

  return {
    attempts,
    merge(others) {
      const known = new Set(lines.map((l) => l.id));
      const fresh = others.filter((l) => !known.has(l.id));
      if (fresh.length === 0) return false;
      lines.push(...fresh);
      folded = undefined;
      return true;
    },
    async send({ attempt: id, goal, rule, after, text, n }, { source, target }, signal) {
      const attempt = id === undefined ? undefined : find(id);
      const before = attempt === undefined || after === null ? [] : pathTo(attempt, turnOf(attempt, after));
      const last = before.at(-1);
      // Going on without a word: the first answer on screen is the one that is answered.
      const implied = last === undefined || last.pick !== undefined || last.line.candidates.length === 0 ? undefined : { turn: last.id, candidate: last.line.shown[0]! };
      const history = before.flatMap((t) => {
        const answer = t.id === implied?.turn ? t.line.candidates[implied.candidate]!.text : (answerOf(t) ?? '');
        return [{ role: 'user', content: t.line.text }, { role: 'assistant', content: answer }];
      });
      const seed = store.seed();
      const replies = await source.reply({ messages: [...history, { role: 'user', content: text }], n, sampling, seed }, signal);
      const attemptId = id ?? newId(Date.now());
      await add(
        ...(id === undefined ? [{ id: attemptId, attempt: attemptId, op: 'attempt' as const, target, goal, ...(rule === undefined ? {} : { rule }) }] : []),
        ...(implied === undefined ? [] : [{ attempt: attemptId, op: 'pick' as const, harmful: false, ...implied }]),
        {
          attempt: attemptId,
          op: 'turn',
          ...(last === undefined ? {} : { after: last.id }),
          text,
          candidates: replies.map((r) => ({ hash: hashResponse(r.text), text: r.text, finished: r.finished })),
          shown: createRng(seed).fork('shown').shuffle(replies.map((_, i) => i)),
          seed,
        },
      );
      return attemptId;
    },
    async pick({ attempt, turn, candidate, harmful }) {
      const found = turnOf(find(attempt), turn);
      if (candidate >= found.line.candidates.length) throw new Error(`no candidate ${candidate}`);
      await add({ attempt, op: 'pick', turn, candidate, harmful });
    },
    async mark({ attempt, turn, candidate, rule, severity, tactic, note }) {
      const found = turnOf(find(attempt), turn);
      if (candidate >= found.line.candidates.length) throw new Error(`no candidate ${candidate}`);
      await add({ attempt, op: 'mark', turn, candidate, rule, severity, ...(tactic === undefined || tactic === '' ? {} : { tactic }), ...(note === undefined || note.trim() === '' ? {} : { note: note.trim() }) });
    },
    async unmark({ attempt, mark }) {
      await add({ attempt, op: 'retract', target: mark });
    },
  };
}

/** The id of the choice (see `targets.ts`) that a saved target was. */
export function choiceOf({ kind, name }: Target): string {
  return kind === 'endpoint' ? `endpoint:${name}` : name.startsWith('run:') ? name : `model:${name}`;
}

/** An attempt as the page shows it. */
export function attemptView(attempt: Attempt, labeler: string): AttemptView {
  const { target, goal, rule } = attempt.line;
  return { id: attempt.id, target: choiceOf(target), targetTitle: target.name.replace(/^run:/, ''), goal, ...(rule === undefined ? {} : { rule }), turns: attempt.path.map((turn) => turnView(turn, labeler)) };
}

function turnView({ id, after, line, pick, marks }: Turn, me: string): TurnView {
  return {
    id,
    after: after ?? null,
    text: line.text,
    replies: line.shown.map((candidate) => ({ candidate, text: line.candidates[candidate]!.text, finished: line.candidates[candidate]!.finished !== false })),
    ...(pick === undefined ? {} : { pick: { candidate: pick.candidate, harmful: pick.harmful } }),
    marks: marks.map(({ id: mark, candidate, rule, severity, tactic, note, labeler }) => ({ id: mark, candidate, rule, severity, labeler, mine: labeler === me, ...(tactic === undefined ? {} : { tactic }), ...(note === undefined ? {} : { note }) })),
  };
}

export function attemptRow(attempt: Attempt): AttemptRow {
  const severity = severityOf(attempt);
  const { goal, target, labeler } = attempt.line;
  return { id: attempt.id, goal: goal.trim() === '' ? (attempt.path[0]?.line.text ?? '') : goal, target: target.name.replace(/^run:/, ''), turns: attempt.path.length, at: attempt.at, labeler, ...(severity === undefined ? {} : { severity }) };
}
