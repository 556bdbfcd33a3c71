import * as z from 'zod';
import type { AttackRecord, Check, RedTeamLine } from '../domain/red-team/records';
import { messageSchema } from './data';

/** Lines of `.plumbline/red-team/`, of an attack run's data and of what it writes. Unknown fields are kept. */

const id = z.string().min(1);
const count = z.int().min(0);
const severity = z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3), z.literal(4)]);
const line = { v: z.literal(1), id, attempt: id, labeler: z.string().min(1), at: z.iso.datetime({ offset: true }) };

/** A line of `red-team/<labeler>.jsonl`. */
export const redTeamLineSchema = z.discriminatedUnion('op', [
  z.looseObject({ ...line, op: z.literal('attempt'), target: z.looseObject({ kind: z.enum(['model', 'endpoint']), name: z.string(), source: z.string().min(1) }), goal: z.string(), rule: z.string().exactOptional() }),
  z.looseObject({
    ...line,
    op: z.literal('turn'),
    after: id.exactOptional(),
    text: z.string(),
    candidates: z.array(z.looseObject({ hash: z.string(), text: z.string(), finished: z.boolean().exactOptional() })),
    shown: z.array(count),
    seed: count,
  }).refine((t) => t.shown.length === t.candidates.length && new Set(t.shown).size === t.shown.length && t.shown.every((i) => i < t.candidates.length), { error: 'must hold each of the candidates once', path: ['shown'] }),
  z.looseObject({ ...line, op: z.literal('pick'), turn: id, candidate: count, harmful: z.boolean() }),
  z.looseObject({ ...line, op: z.literal('mark'), turn: id, candidate: count, rule: z.string().min(1), severity, tactic: z.string().exactOptional(), note: z.string().exactOptional() }),
  z.looseObject({ ...line, op: z.literal('retract'), target: id }),
]) satisfies z.ZodType<RedTeamLine>;

/** A line of `red-team/checks.jsonl`. */
export const checkSchema = z.looseObject({
  v: z.literal(1),
  id,
  at: z.iso.datetime({ offset: true }),
  turns: z.array(z.string()).min(1),
  rule: z.string().min(1),
  tactic: z.string(),
  severity: severity.exactOptional(),
  from: z.string(),
}) satisfies z.ZodType<Check>;

/** A line of an attack run's `attacks.jsonl`. */
export const attackRecordSchema = z.object({
  v: z.literal(1),
  seed: z.string(),
  category: z.string().optional(),
  safe: z.boolean(),
  mutation: z.string(),
  tactic: z.string(),
  check: z.string().optional(),
  sample: count,
  prompt: z.string().optional(),
  messages: z.array(messageSchema).optional(),
  promptHash: z.string(),
  answer: z.string(),
  answerHash: z.string(),
  finished: z.boolean(),
  refused: z.boolean(),
  broken: z.record(z.string(), z.boolean().nullable()),
  score: z.number().optional(),
}) satisfies z.ZodType<AttackRecord>;

