import * as z from 'zod';
import { messageSchema } from './data';

/**
 * What crosses the pipes of `trainer.js serve <model folder>`: one JSON object a line. The process says `ready` once, then
 * answers each request with its id. It ends when its standard input does.
 */

export const serveRequestSchema = z.union([
  z.object({
    id: z.int().min(1),
    messages: z.array(messageSchema).min(1),
    n: z.int().min(1).max(16),
    sampling: z.object({ temperature: z.number().min(0), topK: z.int().min(0), topP: z.number().gt(0).max(1), maxNewTokens: z.int().min(1).max(4096) }),
    seed: z.int().min(0),
  }),
  /** The answers to this request are not wanted any more. */
  z.object({ cancel: z.int().min(1) }),
]);
export type ServeRequest = z.infer<typeof serveRequestSchema>;

export const serveAnswerSchema = z.union([
  z.object({ ready: z.literal(true), /** Tokens of prompt and answer together. */ context: z.int(), chat: z.boolean() }),
  z.object({ id: z.int(), replies: z.array(z.object({ text: z.string(), finished: z.boolean() })) }),
  z.object({ id: z.int(), error: z.object({ code: z.string().optional(), message: z.string() }) }),
]);
export type ServeAnswer = z.infer<typeof serveAnswerSchema>;
