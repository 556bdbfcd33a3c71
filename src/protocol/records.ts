import * as z from 'zod';
import type { Generation, Label, LabelLine, PromptRecord, Retract, ScreeningItem } from '../domain/records';
import { messageSchema } from './data';

/** Lines of the workspace's own files. Unknown fields are kept, so that a newer version's lines survive an older one. */

const v = z.literal(1);
const id = z.string().min(1);
const hash = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'a hash is written sha256: and 64 hexadecimal digits');
const at = z.iso.datetime({ offset: true });
const source = z.string().min(1);
const asks = { prompt: z.string().exactOptional(), messages: z.array(messageSchema).min(1).exactOptional() };

const asksOneThing = (record: { prompt?: string; messages?: unknown }): boolean => (record.prompt === undefined) !== (record.messages === undefined);
const oneThing = { error: 'needs either "prompt" or "messages", not both' };

/** A line of `prompts/*.jsonl`. */
export const promptSchema = z
  .looseObject({
    v,
    id,
    ...asks,
    tags: z.array(z.string()).exactOptional(),
    reference: z.string().exactOptional(),
    split: z.enum(['train', 'test']).exactOptional(),
  })
  .refine(asksOneThing, oneThing) satisfies z.ZodType<PromptRecord>;

export const responseSchema = z.looseObject({ hash, text: z.string(), source, finished: z.boolean().exactOptional() });

/** A line of `generations/*.jsonl`. */
export const generationSchema = z
  .looseObject({ v, id, promptHash: hash, ...asks, responses: z.array(responseSchema).min(1) })
  .refine(asksOneThing, oneThing) satisfies z.ZodType<Generation>;

const count = z.int().min(0);

const ranks = z.array(z.int().min(1).nullable());
const strength = z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]);
/** What a judgement says, in a label and in a researcher's answer. */
const judgement = {
  verdict: z.enum(['ranked', 'tie', 'all_bad', 'unsure', 'skipped', 'answered']),
  ranks: ranks.exactOptional(),
  unranked: z.enum(['top_k', 'subset']).exactOptional(),
  strength: strength.exactOptional(),
  criteria: z.record(z.string(), z.array(z.number().nullable())).exactOptional(),
  criteriaRanks: z.record(z.string(), ranks).exactOptional(),
  rules: z.record(z.string(), z.array(z.union([z.boolean(), z.literal('na')]).nullable())).exactOptional(),
  answers: z.record(z.string(), z.unknown()).exactOptional(),
  flags: z.array(z.array(z.string())).exactOptional(),
};

/** A judgement. What no type can say (lengths that must agree) is `labelFault` in the domain. */
export const labelSchema = z.looseObject({
  v,
  id,
  op: z.literal('label'),
  task: z.string().min(1),
  kind: z.enum(['repeat', 'gold', 'screening', 'adjudication']).exactOptional(),
  labeler: z.string().min(1),
  at,
  promptHash: hash,
  items: z.array(z.looseObject({ hash, source })).min(1),
  shown: z.array(count).exactOptional(),
  touched: z.boolean().exactOptional(),
  ...judgement,
  spans: z.array(z.looseObject({ item: count, start: count, end: count, tag: z.string(), question: z.string().exactOptional(), rule: z.string().exactOptional() })).exactOptional(),
  rationale: z.string().exactOptional(),
  confidence: z.number().exactOptional(),
  ms: z.number().min(0).exactOptional(),
  select: z.looseObject({ policy: z.string(), p: z.number().min(0).max(1) }).exactOptional(),
  guideline: z.string().exactOptional(),
  masked: z.array(z.looseObject({ item: z.int().min(-1), start: count, end: count })).exactOptional(),
  repeats: id.exactOptional(),
  gold: id.exactOptional(),
  adjudicates: z.array(id).exactOptional(),
  supersedes: id.exactOptional(),
  generation: id.exactOptional(),
}) satisfies z.ZodType<Label>;

export const retractSchema = z.looseObject({ v, id, op: z.literal('retract'), target: id, labeler: z.string().min(1), at }) satisfies z.ZodType<Retract>;

/** A line of `labels/<labeler>.jsonl`. */
export const labelLineSchema = z.discriminatedUnion('op', [labelSchema, retractSchema]) satisfies z.ZodType<LabelLine>;

/** A line of `screening/*.jsonl`. */
export const screeningSchema = z
  .looseObject({
    v,
    id,
    promptHash: hash,
    ...asks,
    responses: z.array(responseSchema).min(1),
    task: z.string().min(1).exactOptional(),
    gold: z.looseObject({ ...judgement, by: z.array(z.string()).exactOptional(), note: z.string().exactOptional() }),
  })
  .refine(asksOneThing, oneThing) satisfies z.ZodType<ScreeningItem>;
