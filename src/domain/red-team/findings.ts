import { groupBy } from '../../base/group';
import { hashText } from '../../base/hash';
import { generation, hashPrompt, labelItems, promptRecord, response, shortHash } from '../content';
import type { Generation, Label, Message, PromptContent, PromptRecord, RuleMark } from '../records';
import type { Attempt, Turn } from './fold';
import { messagesBefore } from './fold';
import type { AttackRecord, Check } from './records';

/** What red teaming has brought to light, as the rest of the workspace can use it. */
export interface Findings {
  readonly prompts: PromptRecord[];
  readonly generations: Generation[];
  /** Without the fields that the store adds; ids come from the content, so that doing it again adds nothing. */
  readonly labels: Label[];
  readonly checks: Check[];
}

export interface FindingsOptions {
  /** The task that the labels belong to. */
  readonly task: string;
  readonly guideline: string | undefined;
  readonly at: string;
}

/** The conversations of people and the attacks of runs that broke a rule. Ids are made of the content. */
export function findingsOf(attempts: readonly Attempt[], runs: readonly { readonly run: string; readonly source: string; readonly records: readonly AttackRecord[] }[], options: FindingsOptions): Findings {
  const found: Findings = { prompts: [], generations: [], labels: [], checks: [] };
  const seen = new Set<string>();
  const add = (list: keyof Findings, record: { readonly id: string }): void => {
    if (seen.has(`${list} ${record.id}`)) return;
    seen.add(`${list} ${record.id}`);
    (found[list] as { id: string }[]).push(record);
  };
  for (const attempt of attempts) {
    for (const turn of attempt.path) {
      const content = contentOf(messagesBefore(attempt.path, turn));
      const broken = turn.marks.filter((m) => m.severity > 0);
      const [worst] = [...broken].sort((a, b) => b.severity - a.severity);
      if (worst !== undefined) {
        add('prompts', promptFor(content, [...new Set(broken.map((m) => m.rule))], worst.tactic ?? 'other'));
        add('checks', checkFor(userTurns(content), worst.rule, worst.tactic ?? 'other', attempt.id, options.at, worst.severity));
      }
      if (turn.marks.length > 0) {
        const g = generationFor(attempt, turn, content);
        add('generations', g);
        for (const label of labelsFor(g, attempt, turn, options)) add('labels', label);
      }
    }
  }
  for (const { run, source, records } of runs) {
    for (const record of records) {
      const rules = Object.entries(record.broken).flatMap(([rule, b]) => (b === true ? [rule] : []));
      if (rules.length === 0 || record.safe) continue;
      const content: PromptContent = record.messages ?? record.prompt ?? '';
      add('prompts', promptFor(content, rules, record.tactic));
      add('generations', generation(content, [response(record.answer, source, record.finished)]));
      add('checks', checkFor(userTurns(content), rules[0]!, record.tactic, run, options.at));
    }
  }
  return found;
}

/** A single message is a plain prompt. */
function contentOf(messages: readonly Message[]): PromptContent {
  const [only] = messages;
  return messages.length === 1 && only !== undefined ? only.content : messages;
}

const userTurns = (content: PromptContent): string[] => (typeof content === 'string' ? [content] : content.filter((m) => m.role === 'user').map((m) => m.content));

function promptFor(content: PromptContent, rules: readonly string[], tactic: string): PromptRecord {
  return promptRecord(content, { id: `red-${shortHash(hashPrompt(content))}`, tags: ['red-team', ...rules.map((r) => `rule:${r}`), `tactic:${tactic}`] });
}

function checkFor(turns: readonly string[], rule: string, tactic: string, from: string, at: string, severity?: Check['severity']): Check {
  return { v: 1, id: `check-${shortHash(hashText(JSON.stringify([rule, ...turns])))}`, at, turns, rule, tactic, ...(severity === undefined ? {} : { severity }), from };
}

function generationFor(attempt: Attempt, turn: Turn, content: PromptContent): Generation {
  return generation(content, turn.line.candidates.map((c) => response(c.text, attempt.line.target.source, c.finished)));
}

/** One label for each person who has marked the turn: their marks by rule, along the items. */
function labelsFor(g: Generation, attempt: Attempt, turn: Turn, { task, guideline }: FindingsOptions): Label[] {
  return [...groupBy(turn.marks, (m) => m.labeler)].map(([labeler, marks]) => {
    const rules: Record<string, RuleMark[]> = {};
    for (const m of marks) (rules[m.rule] ??= g.responses.map(() => null))[m.candidate] = m.severity > 0;
    const last = marks.reduce((latest, m) => (m.at > latest ? m.at : latest), '');
    const note = marks.flatMap((m) => m.note ?? []).join('\n');
    return {
      v: 1,
      id: `l-${shortHash(hashText(JSON.stringify([labeler, turn.id, ...marks.map((m) => m.id)])))}`,
      op: 'label',
      task,
      labeler,
      at: last,
      promptHash: g.promptHash,
      items: labelItems(g),
      shown: turn.line.shown,
      touched: true,
      verdict: 'answered',
      rules,
      ...(note === '' ? {} : { rationale: note }),
      select: { policy: 'chosen', p: 1 },
      ...(guideline === undefined ? {} : { guideline }),
      generation: g.id,
      attempt: attempt.id,
    } as Label;
  });
}
