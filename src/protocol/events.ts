import * as z from 'zod';

/**
 * `events.jsonl` of a run folder: appended by the trainer, read by whoever looks. After a resume, steps that were
 * computed but not checkpointed appear again with the same numbers; a reader keeps the last line of each step.
 */

const metrics = z.record(z.string(), z.number());
const at = z.iso.datetime();

export const eventSchema = z.discriminatedUnion('type', [
  /** `resumedFrom`: the step of the checkpoint that was loaded. `plan`: what the run is about to do, in words, with its memory estimate. `device`: what computes, and why. */
  z.object({ type: z.literal('started'), at, pid: z.int(), total: z.int().min(0), resumedFrom: z.int().optional(), plan: z.string().optional(), device: z.object({ provider: z.enum(['cpu', 'webgpu', 'cuda', 'dml', 'coreml']), why: z.string() }).optional() }),
  /** One optimizer step (sft, reward), one update (ppo), one batch (generate, evaluate). `secondsLeft` is absent while it is not known. `metrics` uses TRL's names. */
  z.object({ type: z.literal('step'), at, step: z.int().min(1), total: z.int().min(1), secondsLeft: z.number().min(0).optional(), metrics }),
  /** Held-out numbers; step 0 is before training. */
  z.object({ type: z.literal('eval'), at, step: z.int().min(0), metrics }),
  /** One answer of the model as it was at `step`. */
  z.object({
    type: z.literal('sample'),
    at,
    step: z.int().min(0),
    index: z.int().min(0),
    prompt: z.string(),
    text: z.string(),
    reward: z.number().optional(),
    kl: z.number().optional(),
    finished: z.boolean().optional(),
  }),
  z.object({ type: z.literal('checkpoint'), at, step: z.int().min(0), folder: z.string() }),
  z.object({ type: z.literal('warning'), at, step: z.int().min(0).optional(), message: z.string() }),
  /** The `stop` file was obeyed; `trainer` resumes from the checkpoint. */
  z.object({ type: z.literal('stopped'), at, step: z.int().min(0) }),
  /** `outputs`: what the run made, by role (`model`, `generations`), relative to the run folder. `summary`: the run's result in numbers. */
  z.object({ type: z.literal('finished'), at, step: z.int().min(0), seconds: z.number(), outputs: z.record(z.string(), z.string()), summary: metrics }),
  /** `code` is a UserError's; absent for a bug, whose stack is in `log.txt`. */
  z.object({ type: z.literal('failed'), at, code: z.string().optional(), message: z.string() }),
]);

export type RunEvent = z.infer<typeof eventSchema>;
export type RunEventOf<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

/**
 * The numbers of an event by the names that curves, event files and tables give them: metrics keep TRL's names; those of an evaluation that have no
 * `eval_` of their own get `eval/`, or they would fall on training's curve.
 */
export function scalarsOf(event: Pick<RunEventOf<'step'>, 'type' | 'metrics'> | Pick<RunEventOf<'eval'>, 'type' | 'metrics'>): Readonly<Record<string, number>> {
  if (event.type === 'step') return event.metrics;
  return Object.fromEntries(Object.entries(event.metrics).map(([name, value]) => [/^eval[_/]/.test(name) ? name : `eval/${name}`, value]));
}
