import * as z from 'zod';
import type { Generation, Label, LabelLine, PromptRecord, Retract } from '../domain/records';
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

/** A judgement. What no type can say (lengths that must agree) is `labelFault` in the domain. */
export const labelSchema = z.looseObject({
  v,
  id,
  op: z.literal('label'),
  task: z.string().min(1),
  labeler: z.string().min(1),
  at,
  promptHash: hash,
  items: z.array(z.looseObject({ hash, source })).min(1),
  shown: z.array(count).exactOptional(),
  touched: z.boolean().exactOptional(),
  verdict: z.enum(['ranked', 'tie', 'all_bad', 'unsure', 'skipped']),
  ranks: z.array(z.int().min(1).nullable()).exactOptional(),
  unranked: z.enum(['top_k', 'subset']).exactOptional(),
  criteria: z.record(z.string(), z.array(z.number().nullable())).exactOptional(),
  rules: z.record(z.string(), z.array(z.boolean().nullable())).exactOptional(),
  answers: z.record(z.string(), z.unknown()).exactOptional(),
  spans: z.array(z.looseObject({ item: count, start: count, end: count, tag: z.string() })).exactOptional(),
  rationale: z.string().exactOptional(),
  confidence: z.number().exactOptional(),
  ms: z.number().min(0).exactOptional(),
  select: z.looseObject({ policy: z.string(), p: z.number().min(0).max(1) }).exactOptional(),
  guideline: z.string().exactOptional(),
  supersedes: id.exactOptional(),
  generation: id.exactOptional(),
}) satisfies z.ZodType<Label>;

export const retractSchema = z.looseObject({ v, id, op: z.literal('retract'), target: id, labeler: z.string().min(1), at }) satisfies z.ZodType<Retract>;

/** A line of `labels/<labeler>.jsonl`. */
export const labelLineSchema = z.discriminatedUnion('op', [labelSchema, retractSchema]) satisfies z.ZodType<LabelLine>;
